"""A Scrapy extension that writes a crawl's items and stats to the run's files."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itemadapter import ItemAdapter
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from .json_text import to_json

PATH = f"{__name__}.Reporter"

_SECONDS_BETWEEN_STATS = 1.0

logger = logging.getLogger("orbweaver")


@dataclass(frozen=True)
class Files:
    items: Path | None
    stats: Path


# Where this process reports to; an extension has no other way to know than a setting that the project would see.
_files: Files | None = None
_reporters: list[Reporter] = []


def report_to(files: Files) -> None:
    """Has every crawl of this process report to these files."""
    global _files
    _files = files


def finish_reports() -> None:
    """Writes what other extensions added to the stats after the spider was closed."""
    for reporter in _reporters:
        reporter.write_stats()


class Reporter:
    def __init__(self, crawler: Crawler, files: Files) -> None:
        self._crawler = crawler
        self._items = _ItemFile(files.items) if files.items else None
        self._stats = _StatsFile(files.stats)
        self._close_reason: str | None = None
        self._timer: Any = None
        crawler.signals.connect(self.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)
        if self._items:
            crawler.signals.connect(self.item_scraped, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reporter:
        if _files is None:
            raise NotConfigured
        reporter = cls(crawler, _files)
        _reporters.append(reporter)
        return reporter

    def spider_opened(self) -> None:
        self._timer = _looping_call(self.write_stats)
        self._timer.start(_SECONDS_BETWEEN_STATS)

    def item_scraped(self, item: Any) -> None:
        assert self._items is not None
        self._items.append(item)

    def spider_closed(self, reason: str) -> None:
        self._close_reason = reason
        if self._timer is not None and self._timer.running:
            self._timer.stop()
        self.write_stats()

    def write_stats(self) -> None:
        """The stats, and `close_reason` once there is one. Never raises: the crawl goes on."""
        try:
            stats = dict(self._crawler.stats.get_stats())
            if self._close_reason is not None:
                stats["close_reason"] = self._close_reason
            self._stats.write(to_json(stats))
        except Exception as error:
            logger.warning("The stats could not be written: %r", error)


class _ItemFile:
    """One JSON line for each item, written at once: a killed spider has lost none."""

    _SECONDS_BETWEEN_WARNINGS = 60.0

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._torn = False
        self._quiet_until = 0.0

    def append(self, item: Any) -> None:
        try:
            line = to_json(ItemAdapter(item).asdict()).encode() + b"\n"
            self._write(b"\n" + line if self._torn else line)
        except Exception as error:
            # A full disk fails for each of a million items.
            if time.monotonic() >= self._quiet_until:
                self._quiet_until = time.monotonic() + self._SECONDS_BETWEEN_WARNINGS
                logger.warning("An item could not be kept: %r", error)

    def _write(self, line: bytes) -> None:
        remaining = memoryview(line)
        try:
            while remaining:
                remaining = remaining[os.write(self._file, remaining) :]
        finally:
            # A line that was cut short must not run into the next.
            self._torn = 0 < len(remaining) < len(line) or (self._torn and len(remaining) == len(line))


class _StatsFile:
    """Replaced as a whole, when it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f"{path.name}.tmp")
        self._written = ""

    def write(self, text: str) -> None:
        if text == self._written:
            return
        self._temporary.write_text(text, encoding="utf-8")
        self._temporary.replace(self._path)
        self._written = text


def _looping_call(function: Any) -> Any:
    """Scrapy's own choice between asyncio and Twisted, or Twisted's before Scrapy 2.14, which always had a reactor."""
    try:
        from scrapy.utils.asyncio import create_looping_call
    except ImportError:
        from twisted.internet.task import LoopingCall

        return LoopingCall(function)
    return create_looping_call(function)
