"""Where the records of a file begin."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

from .complaint import Complaint
from .growing_file import make_folder, open_to_append

_ENTRY = struct.Struct("<QQQ")
_RECORDS_BETWEEN_ENTRIES = 64
_MS_BETWEEN_ENTRIES = 1000


class RecordIndex:
    """Never raises: without an entry a record is found a little more slowly."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._folder = folder
        self._path = path
        self._file: int | None = None
        self._number = 0
        self._time = 0
        # The first record has an entry, and the first after a torn line, which would be counted else.
        self._required = True
        self._unwritten = b""
        self._complaint = Complaint(f"The index {path.name} could not be written")

    def require_entry(self) -> None:
        """For the next record."""
        self._required = True

    def add(self, number: int, offset: int) -> None:
        """Makes an entry for this record if one is due."""
        now = int(time.time() * 1000)
        # The clock may be set back.
        due = number - self._number >= _RECORDS_BETWEEN_ENTRIES or abs(now - self._time) >= _MS_BETWEEN_ENTRIES
        if self._required or (due and not self._unwritten):
            self._unwritten += _ENTRY.pack(number, offset, now)
            self._number, self._time, self._required = number, now, False
        if self._unwritten:
            self._write()

    def _write(self) -> None:
        try:
            if self._file is None:
                make_folder(self._folder)
                self._file = open_to_append(self._path, os.O_WRONLY)
            size = os.fstat(self._file).st_size
            if size % _ENTRY.size:
                # A full disk took part of an entry.
                os.ftruncate(self._file, size - size % _ENTRY.size)
            written = os.write(self._file, self._unwritten)
            self._unwritten = self._unwritten[written - written % _ENTRY.size :]
        except OSError as error:
            self._complaint.of(error)
