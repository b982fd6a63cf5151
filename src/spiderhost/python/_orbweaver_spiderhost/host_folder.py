"""The host's own folder: one host at a time, its socket, its log."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from pathlib import Path

_SOCKET = "host.sock"
_LOG = "host.log"
_MOST_BYTES_OF_LOG = 1024 * 1024
_SECONDS_FOR_LOCK = 2.0


class HostFolderInUse(Exception):
    """Another host serves this folder."""


class HostFolder:
    """Is the working folder of its host, so that the socket's path is short however long the folder's is."""

    def __init__(self, path: Path) -> None:
        """:raises HostFolderInUse:"""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chdir(path)
        self.jobs = path / "jobs"
        self._lock = os.open("host.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._take_lock()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Left behind by a host that was killed.
        Path(_SOCKET).unlink(missing_ok=True)
        self.listener.bind(_SOCKET)
        os.chmod(_SOCKET, 0o600)
        self.listener.listen(16)
        self.listener.setblocking(False)

    def _take_lock(self) -> None:
        # A host that is about to end keeps it a moment longer than its socket.
        deadline = time.monotonic() + _SECONDS_FOR_LOCK
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise HostFolderInUse from None
                time.sleep(0.05)

    def close(self) -> None:
        """Closes this process's descriptors; the lock and the socket remain if another has them open."""
        self.listener.close()
        os.close(self._lock)

    def remove_socket(self) -> None:
        Path(_SOCKET).unlink(missing_ok=True)


def log_to_file() -> None:
    """Sends stdout and stderr to the log in the working folder."""
    descriptor = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def log(text: str) -> None:
    """A line in the log, which is begun anew at its limit; the one before is kept. Never raises."""
    try:
        if os.fstat(2).st_size > _MOST_BYTES_OF_LOG:
            os.replace(_LOG, f"{_LOG}.1")
            log_to_file()
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}", file=sys.stderr, flush=True)
    except OSError:
        return
