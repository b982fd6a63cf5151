"""Makes the process of a run: recorded before it runs anything of the spider's."""

from __future__ import annotations

import errno
import os
import signal
from contextlib import suppress
from dataclasses import dataclass

from .process_identity import identify
from .records import Records, StartRecord
from .run import Run


@dataclass(frozen=True)
class Task:
    run: Run
    records: Records
    # Run in this copy of the host, or in a fresh interpreter.
    fork: bool


class InChild(BaseException):
    """Raised in the child, to leave the host's code behind. All signals are blocked in it."""

    def __init__(self, task: Task, gate: int) -> None:
        super().__init__()
        self.task = task
        # Reads one byte once the start is on record; the end of file if it never will be.
        self.gate = gate


def launch(task: Task) -> StartRecord:
    """Forks, writes the start record, and only then lets the child go: without a record nothing ever ran.

    :raises OSError: if there can be no process, or its record cannot be written; nothing was started then.
    :raises InChild: in the child.
    """
    gate, opener = os.pipe()
    # A signal to the child must find the child's handlers, not the host's.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
    except OSError:
        os.close(gate)
        os.close(opener)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    if pid == 0:
        os.close(opener)
        raise InChild(task, gate)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    os.close(gate)
    try:
        record: StartRecord = {
            "job": task.run.job_id,
            "process": identify(pid),
            "group": pid,
            "fork": task.fork,
            "run": task.run.description,
        }
        task.records.write_start(record)
        # The child may be gone already, by a SIGKILL.
        with suppress(BrokenPipeError):
            os.write(opener, b"!")
        return record
    finally:
        os.close(opener)


def in_words(error: Exception) -> str:
    """Why a run was not started."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so the spider host could not record the start: {error}."
    return f"The spider host could not start the run: {error}."
