"""Follows the links to the authors, from every page, and scrapes each of them; with XPath."""

from collections.abc import Iterator

import scrapy
from scrapy.http import Response

from quotes.items import Author


class AuthorsSpider(scrapy.Spider):
    """Start it elsewhere with the argument `url`: `scrapy crawl authors -a url=http://…`."""

    name = "authors"

    def __init__(self, *args, url: str = "http://127.0.0.1:8000/", **kwargs):
        super().__init__(*args, **kwargs)
        self.start_urls = [url]

    def parse(self, response: Response, **kwargs) -> Iterator[scrapy.Request]:
        """Follows the authors of a page, then the next page. Scrapy drops links that it has followed before."""
        authors = response.xpath('//*[@class="quote"]//a[@class="author"]')
        yield from response.follow_all(authors, callback=self.parse_author)
        yield from response.follow_all(xpath='//a[@rel="next"]', callback=self.parse)

    def parse_author(self, response: Response) -> Iterator[Author]:
        """Scrapes the page about an author."""
        yield Author(
            name=response.xpath("//h1/text()").get(),
            lived=response.xpath('//*[@class="lived"]/text()').get(),
            about=response.xpath('//*[@class="about"]/text()').get(),
        )
