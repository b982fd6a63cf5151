"""The spider host: takes runs from the daemon, starts them, reaps them, and keeps their exits until acknowledged.

One thread and a plain selector loop, so that it may be forked at any time.
"""

from __future__ import annotations

import json
import os
import platform
import selectors
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import scrapy

from .connection import Connection
from .exits import Exits
from .fork_safety import why_fresh, why_not_fork
from .host_folder import HostFolder, log
from .launch import in_words, launch
from .output_limit import limit_output
from .process_identity import ProcessIdentity, identify
from .records import ExitRecord, Records, StartRecord, exit_of
from .run import InvalidRun, Run, check_job_id
from .spare import Spare
from .work_folder import remove_work_folder

PROTOCOL = 1

_SECONDS_BETWEEN_OUTPUT_CHECKS = 1.0
_SECONDS_FOR_FIRST_CONNECTION = 30.0


@dataclass(frozen=True)
class Job:
    run: Run
    process: ProcessIdentity


class Host:
    def __init__(self, folder: HostFolder, idle_seconds: float) -> None:
        self._folder = folder
        self._idle_seconds = idle_seconds
        self._records = Records(folder.jobs)
        self._records.remove_unfinished()
        self._connection: Connection | None = None
        self._draining = False
        # Running, by pid.
        self._jobs: dict[int, Job] = {}
        # Those that were sent a signal.
        self._signalled: set[int] = set()
        self._exits = Exits(self._records)
        self._spare = Spare()
        # The daemon that started it needs a moment to connect.
        self._idle_deadline = time.monotonic() + max(idle_seconds, _SECONDS_FOR_FIRST_CONNECTION)
        self._next_output_check = 0.0
        self._selector = selectors.DefaultSelector()
        self._wakeup, self._wakeup_writer = socket.socketpair()
        self._selector.register(folder.listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wakeup, selectors.EVENT_READ, self._woken)
        self._catch_signals()

    def _catch_signals(self) -> None:
        self._wakeup.setblocking(False)
        self._wakeup_writer.setblocking(False)
        signal.set_wakeup_fd(self._wakeup_writer.fileno(), warn_on_full_buffer=False)
        # A handler must exist for the wakeup descriptor to be written; the loop does the work.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def serve(self) -> None:
        """Returns when there is nothing left to do.

        :raises InChild: in each child.
        """
        while not self._finished():
            for key, events in self._selector.select(self._timeout()):
                key.data(events)
            self._drop_closed_connection()
            self._check_outputs()
            self._exits.retry()
            if self._wants_spare():
                self._spare.make()
            else:
                self._spare.dismiss()
        self._spare.dismiss()
        self._folder.remove_socket()
        log("The host ends: there is nothing left to do.")

    def close_copies(self) -> None:
        """In a child: closes its copies of the host's descriptors, before their numbers get another meaning."""
        self._selector.close()
        self._wakeup.close()
        self._wakeup_writer.close()
        if self._connection:
            self._connection.close()
        self._folder.close()

    # When to wake, and when to end

    def _timeout(self) -> float | None:
        """Seconds to the next thing to do; None if only an event can bring one."""
        deadlines: list[float] = []
        if self._jobs:
            deadlines.append(self._next_output_check)
        elif self._connection is None:
            deadlines.append(self._idle_deadline)
        if self._exits.unwritten:
            deadlines.append(self._exits.next_retry)
        if self._wants_spare() and self._spare.due is not None:
            deadlines.append(self._spare.due)
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _wants_spare(self) -> bool:
        """Only a daemon that is there starts runs."""
        return self._connection is not None and not self._draining

    def _finished(self) -> bool:
        if self._jobs or self._exits.unwritten:
            self._idle_deadline = time.monotonic() + self._idle_seconds
            return False
        if self._draining:
            return self._connection is None or not (self._exits.all() or self._connection.waiting)
        if self._connection is not None:
            self._idle_deadline = time.monotonic() + self._idle_seconds
            return False
        return time.monotonic() >= self._idle_deadline

    # The daemon

    def _accept(self, events: int) -> None:
        try:
            connected, _ = self._folder.listener.accept()
        except OSError:
            return
        if self._connection is not None:
            # A start that an older daemon sent just before it was killed must be seen before the greeting.
            self._receive_from(self._connection)
            self._close_connection()
        self._connection = Connection(connected)
        self._selector.register(connected, selectors.EVENT_READ, self._serve_connection)
        self._send(self._greeting())

    def _greeting(self) -> dict[str, Any]:
        return {
            "type": "greeting",
            "protocol": PROTOCOL,
            "process": identify(os.getpid()),
            "python": platform.python_version(),
            "scrapy": scrapy.__version__,
            "whyNotFork": why_not_fork(),
            "running": [{"job": job.run.job_id, "process": job.process} for job in self._jobs.values()],
            "exits": self._exits.all(),
        }

    def _serve_connection(self, events: int) -> None:
        connection = self._connection
        if connection is None:
            return
        if events & selectors.EVENT_WRITE:
            connection.flush()
            self._watch_connection()
        if events & selectors.EVENT_READ:
            self._receive_from(connection)

    def _receive_from(self, connection: Connection) -> None:
        for line in connection.receive():
            if line.strip():
                self._handle(line)

    def _handle(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            handler = {
                "start": self._start,
                "signal": self._signal,
                "ack": self._acknowledge,
                "drain": self._drain,
            }[message["type"]]
            handler(message)
        except Exception as error:
            # Not the message itself: a run has secrets among its variables.
            log(f"A message of {len(line)} bytes was not understood: {error!r}")

    def _send(self, message: dict[str, Any]) -> None:
        if self._connection is not None:
            self._connection.send(message)
            self._watch_connection()

    def _watch_connection(self) -> None:
        connection = self._connection
        if connection is not None and not connection.closed:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.waiting else 0)
            self._selector.modify(connection.socket, events, self._serve_connection)

    def _drop_closed_connection(self) -> None:
        if self._connection is not None and self._connection.closed:
            self._close_connection()

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._selector.unregister(self._connection.socket)
            self._connection.close()
            self._connection = None

    # What the daemon asks

    def _start(self, message: dict[str, Any]) -> None:
        description = message.get("run")
        try:
            run = Run.parse(description)
        except InvalidRun as error:
            job = description.get("jobId") if isinstance(description, dict) else None
            self._send({"type": "refused", "job": job, "kind": "invalid", "message": str(error)})
            return
        try:
            self._send({"type": "started", "job": run.job_id, "process": self._process_of(run)})
        except Exception as error:
            # Whatever it is, the daemon must hear of it.
            log(f"{run.job_id} was not started: {error!r}")
            self._send({"type": "refused", "job": run.job_id, "kind": "unavailable", "message": in_words(error)})

    def _process_of(self, run: Run) -> ProcessIdentity:
        """The process that was started for the job, or is started now."""
        earlier = self._records.read_start(run.job_id)
        if earlier is not None:
            return earlier["process"]
        if self._draining:
            raise RuntimeError("it takes no more runs")
        record = self._launch(run)
        self._jobs[record["process"]["pid"]] = Job(run, record["process"])
        return record["process"]

    def _launch(self, run: Run) -> StartRecord:
        fork = self._may_fork(run)
        try:
            return launch(self._spare.take(), run, self._records, fork)
        except BrokenPipeError:
            # It was killed while it waited; this one is new.
            return launch(self._spare.take(), run, self._records, fork)

    def _may_fork(self, run: Run) -> bool:
        if not run.fork:
            return False
        reason = why_fresh(run.env)
        if reason is not None:
            log(f"{run.job_id} gets a fresh interpreter: {reason}.")
        return reason is None

    def _signal(self, message: dict[str, Any]) -> None:
        number = signal.Signals[message["signal"]]
        for pid, job in self._jobs.items():
            if job.run.job_id != message["job"]:
                continue
            self._signalled.add(pid)
            # It is not reaped yet, so the pid is still its own.
            with suppress(ProcessLookupError):
                if message["target"] == "group":
                    try:
                        os.killpg(pid, number)
                        return
                    except ProcessLookupError:
                        # It has not had the time to make its group.
                        pass
                os.kill(pid, number)

    def _acknowledge(self, message: dict[str, Any]) -> None:
        job = check_job_id(message["job"])
        if any(running.run.job_id == job for running in self._jobs.values()):
            return
        self._exits.forget(job)

    def _drain(self, message: dict[str, Any]) -> None:
        self._draining = True

    # Exits

    def _woken(self, events: int) -> None:
        with suppress(BlockingIOError):
            while self._wakeup.recv(4096):
                pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._spare.ended(pid)
            job = self._jobs.pop(pid, None)
            if pid in self._signalled:
                # A stop reaches the browsers that the spider leaves, too. A group's number is not given again
                # while one of it lives.
                self._signalled.remove(pid)
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            if job is not None:
                self._ended(job, os.waitstatus_to_exitcode(status))

    def _ended(self, job: Job, code: int) -> None:
        run = job.run
        limit_output(run.stdout, run.output_limit)
        limit_output(run.stderr, run.output_limit)
        remove_work_folder(run.work_folder)
        own = self._records.read_exit(run.job_id)
        record: ExitRecord = {
            "job": run.job_id,
            "process": job.process,
            "exit": exit_of(code),
            "at": int(time.time() * 1000),
        }
        if own is not None and own["exit"]["code"] == code:
            record = own
            self._exits.keep(record)
        else:
            self._exits.write(record)
        self._send({"type": "exited", **record})

    # Output

    def _check_outputs(self) -> None:
        """The spiders write to their files directly, so a file may exceed its limit by what is written in a second."""
        now = time.monotonic()
        if self._jobs and now >= self._next_output_check:
            self._next_output_check = now + _SECONDS_BETWEEN_OUTPUT_CHECKS
            for job in self._jobs.values():
                limit_output(job.run.stdout, job.run.output_limit)
                limit_output(job.run.stderr, job.run.output_limit)
