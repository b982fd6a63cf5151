"""Makes the process of a run: recorded before it runs anything of the spider's."""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import dataclass

from .process_identity import ProcessIdentity, identify
from .records import Records, StartRecord
from .run import Run


class InChild(BaseException):
    """Raised in the child, to leave the host's code behind. All signals are blocked in it."""

    def __init__(self, gate: int) -> None:
        super().__init__()
        # Reads the job's id once the start is on record; the end of file if it never will be.
        self.gate = gate


@dataclass(frozen=True)
class Child:
    """A process that waits for the job that it is to run. It ends when the opener is closed before."""

    process: ProcessIdentity
    opener: int

    def let_go(self, job: str) -> None:
        """:raises BrokenPipeError: if it has ended."""
        os.write(self.opener, job.encode())


def fork_child() -> Child:
    """:raises OSError: if there can be no process.
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
        raise InChild(gate)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    os.close(gate)
    return Child(identify(pid), opener)


def launch(child: Child, run: Run, records: Records, fork: bool) -> StartRecord:
    """Writes the start record, and only then lets the child go: without a record nothing ever ran.

    :param fork: run in this copy of the host, or in a fresh interpreter.
    :raises OSError: if the record cannot be written; BrokenPipeError, if the child has ended. Nothing was started then.
    """
    record: StartRecord = {
        "job": run.job_id,
        "process": child.process,
        "group": child.process["pid"],
        "fork": fork,
        "run": run.description,
    }
    try:
        records.write_start(record)
        try:
            child.let_go(run.job_id)
        except BrokenPipeError:
            records.remove_start(run.job_id)
            raise
        return record
    finally:
        os.close(child.opener)


def in_words(error: Exception) -> str:
    """Why a run was not started."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so the spider host could not record the start: {error}."
    return f"The spider host could not start the run: {error}."
