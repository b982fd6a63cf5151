"""The requests of a crawl, as records, and which led to which."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from .complaint import Complaint
from .record_file import RecordFile

# Of a request's meta: the record of the request whose response led to it, once it is sent its own.
_META_KEY = "_orbweaver_request"

_encode = json.JSONEncoder(separators=(",", ":")).encode


class RequestRecords:
    """Writes a record for each response that the downloader gave; those of redirects and of robots.txt, too."""

    def __init__(self, crawler: Crawler, file: RecordFile, job_id: str) -> None:
        self._crawler = crawler
        self._file = file
        # Requests on disk may be of an earlier job, whose records are others.
        self._prefix = f"{job_id}/"
        self._complaint = Complaint("A request could not be kept")
        crawler.signals.connect(self.response_downloaded, signal=signals.response_downloaded)

    def response_downloaded(self, request: Request, response: Response) -> None:
        try:
            record = self._record(request, response)
            number = self._file.append(_encode(record), record)
        except Exception as error:
            self._complaint.of(error)
            return
        # A redirect and a retry copy it, and so have this one as their parent.
        request.meta[_META_KEY] = f"{self._prefix}{number}"

    def _record(self, request: Request, response: Response) -> dict[str, Any]:
        record: dict[str, Any] = {
            "url": response.url,
            "status": response.status,
            "method": request.method,
            "rs": len(response.body),
            "duration": _duration(request),
        }
        parent = request.meta.get(_META_KEY)
        if isinstance(parent, str) and parent.startswith(self._prefix):
            record["parent"] = int(parent.removeprefix(self._prefix))
        record["time"] = int(time.time() * 1000)
        # The project's own may refuse.
        with suppress(Exception):
            record["fp"] = self._crawler.request_fingerprinter.fingerprint(request).hex()
        return record


def _duration(request: Request) -> int:
    """Milliseconds, without the time that the downloader kept it waiting; 0 where it takes none: `data:`, files, FTP.

    Not by a signal when it is sent: that costs as much as the record.
    """
    latency = request.meta.get("download_latency")
    return max(0, round(latency * 1000)) if isinstance(latency, (int, float)) else 0


def link_requests(engine: Any) -> None:
    """Tells each request that a callback gives which record its response has.

    :param engine: a crawler's, with its scraper. What it does with a callback's output is wrapped, since a spider middleware
        would slow down each item, too, by a tenth. Where a Scrapy has no such method, requests have no parents.
    """
    scraper = getattr(engine, "scraper", None)
    for name in ("_process_spidermw_output", "_process_spidermw_output_async"):
        process = getattr(scraper, name, None)
        # It may take no attributes.
        with suppress(Exception):
            if process is not None:
                setattr(scraper, name, _linking(process))


def _linking(process: Callable[..., Any]) -> Callable[..., Any]:
    def process_linked(*given: Any, **named: Any) -> Any:
        # No Scrapy promises what this is given.
        with suppress(Exception):
            _link([*given, *named.values()])
        return process(*given, **named)

    return process_linked


def _link(given: list[Any]) -> None:
    """Beside the output of a callback there are the response, or the failure, and in some versions the spider."""
    output = given[0]
    if not isinstance(output, Request):
        return
    for value in given[1:]:
        if isinstance(value, Response) and value.request is not None and _META_KEY in value.request.meta:
            output.meta[_META_KEY] = value.request.meta[_META_KEY]
