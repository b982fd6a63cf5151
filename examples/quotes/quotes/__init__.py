"""An example Scrapy project: it crawls a small site of quotes."""
