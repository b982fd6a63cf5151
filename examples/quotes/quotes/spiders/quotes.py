"""Follows the pages of the site and scrapes every quote; with CSS selectors."""

from collections.abc import Iterator

import scrapy
from scrapy.http import Response

from quotes.items import Quote


class QuotesSpider(scrapy.Spider):
    """Start it elsewhere with the argument `url`: `scrapy crawl quotes -a url=http://…`."""

    name = "quotes"

    def __init__(self, *args, url: str = "http://127.0.0.1:8000/", **kwargs):
        super().__init__(*args, **kwargs)
        self.start_urls = [url]

    def parse(self, response: Response, **kwargs) -> Iterator[Quote | scrapy.Request]:
        """Scrapes a page of quotes and goes on to the next."""
        for quote in response.css(".quote"):
            yield Quote(
                text=quote.css(".text::text").get(),
                author=quote.css(".author::text").get(),
                tags=quote.css(".tag::text").getall(),
            )
        yield from response.follow_all(css="a[rel=next]", callback=self.parse)
