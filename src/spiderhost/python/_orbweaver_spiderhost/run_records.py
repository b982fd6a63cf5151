"""The records of a run: its items, its log entries and its requests."""

from __future__ import annotations

from pathlib import Path

from .log_records import LogRecords
from .msgpack_size import msgpack_size
from .record_file import Kind, RecordFile
from .run import Run

_ITEMS = Kind("items", lambda item: (msgpack_size(item), item))
_LOGS = Kind("logs", lambda entry: (msgpack_size(entry["message"]), (str(entry["level"]),)))
_REQUESTS = Kind(
    "requests",
    lambda request: (
        msgpack_size(request),
        [name for name, value in request.items() if name != "time" and value is not None],
    ),
)


class RunRecords:
    """One for a process, however many crawlers there are in it. Makes no file before there is something to write."""

    def __init__(self, run: Run) -> None:
        folder = Path(run.records)
        self.job_id = run.job_id
        self.items = RecordFile(_ITEMS, Path(run.items), folder) if run.items else None
        self.logs = LogRecords(RecordFile(_LOGS, folder / "logs.jl", folder), run.output_limit)
        self.requests = RecordFile(_REQUESTS, folder / "requests.jl", folder)

    def flush(self) -> None:
        """Brings the tallies up to date. Never raises."""
        if self.items:
            self.items.flush()
        self.logs.flush()
        self.requests.flush()
