"""The spider host: the process that starts Scrapy spiders for the Orbweaver daemon, and the parts that run in a spider."""
