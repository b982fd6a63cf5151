"""A child that is forked ahead of its run: a fork takes as long as all else that a start does."""

from __future__ import annotations

import os
import time

from .fork_safety import why_not_fork
from .host_folder import log
from .launch import Child, fork_child

# The spider that has just been started is quicker to its first page without another fork beside it.
_SECONDS_AFTER_START = 0.1


class Spare:
    """At most one. It runs nothing but the wait for its run, and ends with the host."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._due = time.monotonic()

    def take(self) -> Child:
        """The child that waits, or else a new one. The next is made when there is time.

        :raises OSError: if there can be no process.
        :raises InChild: in the child.
        """
        child, self._child = self._child, None
        self._due = time.monotonic() + _SECONDS_AFTER_START
        return child or fork_child(prefaults=False)

    @property
    def due(self) -> float | None:
        """When one is to be made, in seconds of the monotonic clock; None while there is one."""
        return None if self._child else self._due

    def make(self) -> None:
        """Makes one if it is time to.

        :raises InChild: in the child.
        """
        if self._child or time.monotonic() < self._due:
            return
        try:
            # Only what is used as it is: where forks are not safe, a child does little before it becomes another program.
            self._child = fork_child(prefaults=why_not_fork() is None)
        except OSError as error:
            self._due = time.monotonic() + 60
            log(f"There is no process ahead of the next run: {error}")

    def ended(self, pid: int) -> None:
        """A child of the host has ended."""
        if self._child and self._child.process["pid"] == pid:
            self._drop(self._child)

    def dismiss(self) -> None:
        """Has it end."""
        if self._child:
            self._drop(self._child)

    def _drop(self, child: Child) -> None:
        os.close(child.opener)
        self._child = None
