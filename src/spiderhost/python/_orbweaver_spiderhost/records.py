"""What the host keeps on disk about each job: that it was started, and how it ended.

`<job>.start` exists before the job's process is let go; `<job>.exit` once its end is known.
Both stay until the daemon acknowledges the exit. `<job>.start.tmp` is a start that is not on disk for certain yet.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict, cast

from .growing_file import write
from .process_identity import ProcessIdentity


class Exit(TypedDict):
    code: int | None
    signal: str | None
    reason: str | None


class StartRecord(TypedDict):
    job: str
    process: ProcessIdentity
    # The process group, which is also the session.
    group: int
    # Whether it is a fork of the host, or a fresh interpreter.
    fork: bool
    # The run as the daemon described it.
    run: dict[str, Any]


class ExitRecord(TypedDict):
    job: str
    process: ProcessIdentity | None
    exit: Exit
    # Milliseconds since the epoch.
    at: int


class Records:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, job: str, kind: str) -> str:
        # Not by `pathlib`, here and below: each page that its code is in would be copied after each fork.
        return f"{self.folder}/{job}.{kind}"

    def read_start(self, job: str) -> StartRecord | None:
        return cast("StartRecord | None", _read(self._path(job, "start")))

    def read_exit(self, job: str) -> ExitRecord | None:
        return cast("ExitRecord | None", _read(self._path(job, "exit")))

    def read_drafted_start(self, job: str) -> StartRecord | None:
        """The record while it is being written, and after; None if it was given up."""
        return cast("StartRecord | None", _read(self._path(job, "start.tmp"))) or self.read_start(job)

    def write_start(self, record: StartRecord, drafted: Callable[[], None]) -> None:
        """After this the record survives a power cut. After an error there is none. For the one host of the folder.

        :param drafted: called once :meth:`read_drafted_start` has it; what it raises gives the record up.
        """
        draft, path = self._path(record["job"], "start.tmp"), self._path(record["job"], "start")
        try:
            try:
                file = _create(draft)
            except FileNotFoundError:
                # Somebody has cleared the host's folder away.
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                file = _create(draft)
            try:
                write(file, json.dumps(record).encode())
                drafted()
                os.fsync(file)
            finally:
                os.close(file)
            os.replace(draft, path)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError:
            # Else the next attempt would take the child, which never ran, for the job's process, and wait for its exit.
            self.remove_start(record["job"])
            with suppress(OSError):
                os.unlink(draft)
            raise

    def remove_start(self, job: str) -> None:
        """Removes the record of a start that did not come to be. Never raises."""
        with suppress(OSError):
            os.unlink(self._path(job, "start"))

    def write_exit(self, record: ExitRecord) -> None:
        replace_file(self._path(record["job"], "exit"), json.dumps(record))

    def exits(self) -> list[ExitRecord]:
        """The exits that nobody has acknowledged."""
        found = (self.read_exit(path.stem) for path in sorted(self.folder.glob("*.exit")))
        return [record for record in found if record is not None]

    def remove_unfinished(self) -> None:
        """Removes what killed processes left of records that they were writing. For the one host of the folder."""
        for path in self.folder.glob("*.tmp"):
            pid = path.suffixes[-2][1:] if len(path.suffixes) > 1 else ""
            if not pid.isdigit() or not _exists(int(pid)):
                path.unlink(missing_ok=True)

    def forget(self, job: str) -> None:
        # The start goes first: an exit left alone by a crash is told again and removed then.
        for kind in ("start", "exit"):
            with suppress(FileNotFoundError):
                os.unlink(self._path(job, kind))


def exit_of(code: int, reason: str | None = None) -> Exit:
    """The exit for a code of `os.waitstatus_to_exitcode`: negative means a signal."""
    if code >= 0:
        return {"code": code, "signal": None, "reason": reason}
    return {"code": None, "signal": _signal_name(-code), "reason": reason}


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def replace_file(path: str, text: str) -> None:
    """Readers see the old text or the new one, also after a power cut; a full disk leaves the old one."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        file = _create(temporary)
        try:
            write(file, text.encode())
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _create(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)


def _read(path: str) -> Any:
    try:
        with open(path, "rb", buffering=0) as file:
            return json.loads(file.read())
    except (FileNotFoundError, ValueError):
        return None
