"""The spider host: the process that starts Scrapy spiders for Orbweaver, and its parts that run in a spider."""
