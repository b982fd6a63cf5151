"""A file of records, with what lets a reader find and count some among millions."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .complaint import Complaint
from .growing_file import make_folder, open_to_append, write
from .record_index import RecordIndex

_SECONDS_BETWEEN_TALLIES = 1.0
# A tally of thousands of fields is written less often.
_LARGEST_SHARE_OF_TIME = 0.05

# How often this process has forked, or its parent had: only then can others append to a file of its.
_forks = 0


def _count_fork() -> None:
    global _forks
    _forks += 1


os.register_at_fork(after_in_parent=_count_fork, after_in_child=_count_fork)


@dataclass(frozen=True)
class Kind:
    """Records of one kind.

    `measure` gives a record's bytes in MessagePack, and under which names it counts.
    """

    name: str
    measure: Callable[[Any], tuple[int, Iterable[str]]]


class RecordFile:
    """Records as lines of JSON; they are on disk when `append` returns, so a killed spider has lost none.

    `<kind>.index` says where records begin: entries of three little-endian 64-bit numbers, a record's number, its
    line's offset in bytes, and when it was written, in milliseconds. Those up to the next entry follow it, and were
    written then.
    `<kind>.tally` counts the records before an offset. It may lag behind, since a reader can count the rest.

    A line that a full disk cut short is ended by the next one and is no record. Several processes may append to one
    file, as a project's own command may start some: each first counts what the others have added.
    """

    def __init__(self, kind: Kind, lines: Path, folder: Path) -> None:
        """Opens nothing yet.

        :param folder: of the index and the tally; made, closed to others, when it is needed.
        """
        self._kind = kind
        self._lines = lines
        self._folder = folder
        self._file: int | None = None
        self._count = 0
        self._bytes = 0
        self._counts: dict[str, int] = {}
        # What has been counted; more than that is a torn line, or another process's.
        self._end = 0
        # Unless the last line is known to be whole.
        self._torn = True
        self._forks = _forks
        self._index = RecordIndex(folder, folder / f"{kind.name}.index")
        self._tally = folder / f"{kind.name}.tally"
        self._tallied = 0
        self._next_tally = time.monotonic() + _SECONDS_BETWEEN_TALLIES
        self._complaint = Complaint(f"The tally of the {kind.name} could not be written")

    @property
    def size(self) -> int:
        """Bytes of the lines, as far as is known here."""
        return self._end

    def open(self) -> int:
        """Makes the file if there is none.

        :raises OSError: if it cannot be had.
        """
        if self._file is None:
            if self._lines.parent == self._folder:
                make_folder(self._folder)
            # Read, too: what others have added.
            self._file = open_to_append(self._lines, os.O_RDWR)
        return self._file

    def append(self, document: str, record: Any = None) -> int:
        """Writes one record, ASCII JSON in one line. Gives its number: 0 for the first.

        :param record: what the JSON says, where that is known.
        :raises OSError: if it cannot be written.
        """
        measured = self._kind.measure(json.loads(document) if record is None else record)
        line = document.encode("ascii") + b"\n"
        file = self.open()
        # Most processes never fork, and locks would slow them down.
        shared = self._forks != _forks
        if shared:
            _lock(file)
        try:
            if shared or self._torn:
                self._catch_up(file)
            start, number = self._end, self._count
            self._torn = True
            write(file, line)
            self._torn = False
            self._take(measured, len(line))
            self._index.add(number, start)
            if time.monotonic() >= self._next_tally:
                self._write_tally()
        finally:
            if shared:
                _unlock(file)
        return number

    def flush(self) -> None:
        """Writes the tally if it has changed. Never raises."""
        if self._file is not None and self._tallied != self._end:
            _lock(self._file)
            try:
                self._write_tally()
            finally:
                _unlock(self._file)

    def _catch_up(self, file: int) -> None:
        size = os.fstat(file).st_size
        if size == self._end:
            return
        self._index.require_entry()
        if size < self._end:
            # Somebody has cut the file.
            self._end = size
            return
        if os.pread(file, 1, size - 1) != b"\n":
            write(file, b"\n")
        # A file of its own would end this process's lock when it is closed.
        with open(file, "rb", closefd=False) as lines:
            lines.seek(self._end)
            for line in lines:
                self._take(self._measured(line), len(line))

    def _measured(self, line: bytes) -> tuple[int, Iterable[str]] | None:
        try:
            return self._kind.measure(json.loads(line))
        except Exception:
            # Torn.
            return None

    def _take(self, measured: tuple[int, Iterable[str]] | None, length: int) -> None:
        self._end += length
        if measured is None:
            return
        size, names = measured
        self._count += 1
        self._bytes += size
        for name in names:
            self._counts[name] = self._counts.get(name, 0) + 1

    def _write_tally(self) -> None:
        began = time.monotonic()
        try:
            make_folder(self._folder)
            tally = {"count": self._count, "bytes": self._bytes, "counts": self._counts, "offset": self._end}
            temporary = self._tally.with_name(f"{self._tally.name}.tmp")
            # Made anew, in case a killed process left one.
            with suppress(FileNotFoundError):
                temporary.unlink()
            file = open_to_append(temporary, os.O_WRONLY)
            try:
                write(file, json.dumps(tally).encode())
            finally:
                os.close(file)
            temporary.replace(self._tally)
            self._tallied = self._end
        except OSError as error:
            self._complaint.of(error)
        now = time.monotonic()
        self._next_tally = now + max(_SECONDS_BETWEEN_TALLIES, (now - began) / _LARGEST_SHARE_OF_TIME)


def _lock(file: int) -> None:
    """Keeps other processes from appending. A fork does not inherit this lock."""
    # Some file systems have no locks; nearly all runs are one process.
    with suppress(OSError):
        fcntl.lockf(file, fcntl.LOCK_EX)


def _unlock(file: int) -> None:
    with suppress(OSError):
        fcntl.lockf(file, fcntl.LOCK_UN)
