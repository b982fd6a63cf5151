"""Makes the process of a run: recorded before it runs anything of the spider's."""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import dataclass

from .process_identity import ProcessIdentity, identify
from .records import Records, StartRecord
from .run import Run
from .surroundings import handled_signals


class InChild(BaseException):
    """Raised in the child, to leave the host's code behind. The signals that the host handles are blocked in it."""

    def __init__(self, gate: int, prefaults: bool) -> None:
        super().__init__()
        # Reads what a :class:`Child` is told; the end of file if it is to run nothing.
        self.gate = gate
        self.prefaults = prefaults


@dataclass(frozen=True)
class Child:
    """A process that waits for the job that it is to run. It ends when the opener is closed before it is let go."""

    process: ProcessIdentity
    opener: int

    def prepare(self, job: str) -> None:
        """Has it get ready, in its own memory only, for a job whose start can be read.

        :raises BrokenPipeError: if it has ended.
        """
        os.write(self.opener, f"{job}\n".encode())

    def let_go(self) -> None:
        """:raises BrokenPipeError: if it has ended."""
        os.write(self.opener, b"\n")


def fork_child(prefaults: bool) -> Child:
    """:param prefaults: its memory is copied while there is no run for it.
    :raises OSError: if there can be no process.
    :raises InChild: in the child.
    """
    gate, opener = os.pipe()
    # A signal to the child must find the child's handlers, not the host's.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, handled_signals())
    try:
        pid = os.fork()
    except OSError:
        os.close(gate)
        os.close(opener)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    if pid == 0:
        os.close(opener)
        raise InChild(gate, prefaults)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    os.close(gate)
    return Child(identify(pid), opener)


def launch(child: Child, run: Run, records: Records, fork: bool) -> StartRecord:
    """Writes the start record, and only then lets the child go: without a record nothing ever ran.

    The child gets ready while the disk takes the record.

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
        records.write_start(record, lambda: child.prepare(run.job_id))
        try:
            child.let_go()
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
