"""The daemon's end of the socket: JSON lines in both directions, never blocking."""

from __future__ import annotations

import json
import socket
from typing import Any

_MOST_BYTES_OF_A_LINE = 64 * 1024 * 1024
# A daemon that reads nothing is cut off; exits stay on disk, so it misses none.
_MOST_BYTES_WAITING = 64 * 1024 * 1024


class Connection:
    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        self.socket = connected
        self.closed = False
        self._received = bytearray()
        self._waiting = bytearray()

    def receive(self) -> list[bytes]:
        """The lines that have arrived. Sets `closed` at the end of the stream."""
        while not self.closed:
            try:
                chunk = self.socket.recv(256 * 1024)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                chunk = b""
            if not chunk:
                self.closed = True
            self._received += chunk
        *lines, rest = self._received.split(b"\n")
        self._received = rest
        if len(rest) > _MOST_BYTES_OF_A_LINE:
            self.closed = True
        return [bytes(line) for line in lines]

    def send(self, message: dict[str, Any]) -> None:
        self._waiting += json.dumps(message).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        """Sends what the socket takes now."""
        try:
            while self._waiting and not self.closed:
                del self._waiting[: self.socket.send(self._waiting)]
        except (BlockingIOError, InterruptedError):
            self.closed = len(self._waiting) > _MOST_BYTES_WAITING
        except OSError:
            self.closed = True

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def close(self) -> None:
        self.closed = True
        self.socket.close()
