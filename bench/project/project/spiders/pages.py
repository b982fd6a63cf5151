"""Crawls a site of linked pages, an item from each, and tells at the end how many there were."""

import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import scrapy
from scrapy.http import Response

LOADED = time.clock_gettime(time.CLOCK_MONOTONIC)


class Pages(scrapy.Spider):
    name = "pages"

    def __init__(self, payload: str, **kwargs: str) -> None:
        super().__init__(**kwargs)
        asked = json.loads(payload)
        self.first = asked["url"]
        self.mark = Path(asked["mark"])

    async def start(self) -> AsyncIterator[scrapy.Request]:
        self.started = time.clock_gettime(time.CLOCK_MONOTONIC)
        yield scrapy.Request(self.first)

    def parse(self, response: Response) -> Iterator[object]:
        yield {
            "url": response.url,
            "title": response.css("h1::text").get(),
            "text": response.css(".text::text").get(),
        }
        yield from response.follow_all(css="a[rel=next]")

    def closed(self, reason: str) -> None:
        items = self.crawler.stats.get_value("item_scraped_count", 0)
        mark = {"pid": os.getpid(), "loadedMs": LOADED * 1000, "startedMs": self.started * 1000, "items": items}
        temporary = self.mark.with_suffix(".tmp")
        temporary.write_text(json.dumps(mark))
        # The benchmark watches for the name.
        temporary.rename(self.mark)
