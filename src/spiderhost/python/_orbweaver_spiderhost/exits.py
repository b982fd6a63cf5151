"""The exits that nobody has acknowledged: on disk, or in memory until the disk takes them."""

from __future__ import annotations

import time

from .host_folder import log
from .records import ExitRecord, Records

_SECONDS_BETWEEN_RETRIES = 5.0


class Exits:
    def __init__(self, records: Records) -> None:
        self._records = records
        # By job id; those of hosts before this one too.
        self._exits: dict[str, ExitRecord] = {record["job"]: record for record in records.exits()}
        self.unwritten: set[str] = set()
        self.next_retry = 0.0

    def all(self) -> list[ExitRecord]:
        return list(self._exits.values())

    def keep(self, record: ExitRecord) -> None:
        """Takes note of an exit that is on disk already."""
        self._exits[record["job"]] = record

    def write(self, record: ExitRecord) -> None:
        self.keep(record)
        try:
            self._records.write_exit(record)
            self.unwritten.discard(record["job"])
        except OSError as error:
            log(f"The exit of {record['job']} waits to be written: {error}")
            self.unwritten.add(record["job"])
            self.next_retry = time.monotonic() + _SECONDS_BETWEEN_RETRIES

    def retry(self) -> None:
        """Writes what could not be written, if it is time to try again."""
        if self.unwritten and time.monotonic() >= self.next_retry:
            for job in sorted(self.unwritten):
                self.write(self._exits[job])

    def forget(self, job: str) -> None:
        self._exits.pop(job, None)
        self.unwritten.discard(job)
        self._records.forget(job)
