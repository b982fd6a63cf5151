"""Tells when its first line ran, and ends."""

import time

LOADED = time.clock_gettime(time.CLOCK_MONOTONIC)

import json  # noqa: E402
import os  # noqa: E402
from collections.abc import AsyncIterator  # noqa: E402
from pathlib import Path  # noqa: E402

import scrapy  # noqa: E402


class FirstLine(scrapy.Spider):
    name = "first-line"

    def __init__(self, payload: str, **kwargs: str) -> None:
        super().__init__(**kwargs)
        self.mark = Path(json.loads(payload)["mark"])

    async def start(self) -> AsyncIterator[scrapy.Request]:
        started = time.clock_gettime(time.CLOCK_MONOTONIC)
        mark = {"pid": os.getpid(), "loadedMs": LOADED * 1000, "startedMs": started * 1000}
        temporary = self.mark.with_suffix(".tmp")
        temporary.write_text(json.dumps(mark))
        # The benchmark watches for the name.
        temporary.rename(self.mark)
        return
        yield
