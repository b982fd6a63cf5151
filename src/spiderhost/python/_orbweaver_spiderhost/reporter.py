"""A Scrapy extension that writes a crawl's items, requests and stats to the run's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from itemadapter import ItemAdapter
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from .complaint import Complaint
from .json_text import to_json
from .prefault import note_pages
from .record_file import RecordFile
from .request_records import RequestRecords, link_requests
from .run_records import RunRecords

PATH = f"{__name__}.Reporter"

_SECONDS_BETWEEN_STATS = 1.0

# Where this process reports to; an extension has no other way to know than a setting that the project would see.
_target: tuple[RunRecords, Path] | None = None
_reporters: list[Reporter] = []


def report_to(records: RunRecords, stats: Path) -> None:
    """Has every crawl of this process report to these files."""
    global _target
    _target = (records, stats)


def finish_reports() -> None:
    """Writes what other extensions added to the stats after the spider was closed."""
    for reporter in _reporters:
        reporter.write_stats()


class Reporter:
    def __init__(self, crawler: Crawler, records: RunRecords, stats: Path) -> None:
        self._crawler = crawler
        self._records = records
        self._items = _Items(records.items) if records.items else None
        self._requests = RequestRecords(crawler, records.requests, records.job_id)
        self._stats = _StatsFile(stats)
        self._stats_complaint = Complaint("The stats could not be written")
        self._close_reason: str | None = None
        self._timer: Any = None
        crawler.signals.connect(self.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)
        if self._items:
            crawler.signals.connect(self._items.append, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reporter:
        if _target is None:
            raise NotConfigured
        reporter = cls(crawler, *_target)
        _reporters.append(reporter)
        return reporter

    def spider_opened(self) -> None:
        note_pages()
        link_requests(self._crawler.engine)
        self._timer = _looping_call(self.report)
        self._timer.start(_SECONDS_BETWEEN_STATS, now=False)

    def report(self) -> None:
        """Brings the files up to date that are replaced as a whole."""
        self.write_stats()
        self._records.flush()

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
            self._stats_complaint.of(error)


class _Items:
    """Never raises: the crawl goes on."""

    def __init__(self, file: RecordFile) -> None:
        self._file = file
        self._complaint = Complaint("An item could not be kept")
        try:
            # That there are none shows as well.
            file.open()
        except OSError as error:
            self._complaint.of(error)

    def append(self, item: Any) -> None:
        try:
            self._file.append(to_json(ItemAdapter(item).asdict()))
        except Exception as error:
            self._complaint.of(error)


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
