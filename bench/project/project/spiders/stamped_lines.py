"""Prints lines that tell when they were written, at random moments, and ends."""

import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import scrapy

LINE_BYTES = 100


class StampedLines(scrapy.Spider):
    name = "stamped-lines"

    def __init__(self, lines: str, rate: str, begin: str, **kwargs: str) -> None:
        """`rate` is in lines a second; it begins when there is a file at `begin`."""
        super().__init__(**kwargs)
        self.lines = int(lines)
        self.rate = float(rate)
        self.begin = Path(begin)

    async def start(self) -> AsyncIterator[scrapy.Request]:
        while not self.begin.exists():
            time.sleep(0.01)
        for _ in range(self.lines):
            time.sleep(random.expovariate(self.rate))
            print(str(time.clock_gettime_ns(time.CLOCK_MONOTONIC)).ljust(LINE_BYTES - 1))
        return
        yield
