"""A run's process, from the moment it is let go to its exit record."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

from . import surroundings
from .prefault import copy_pages
from .records import Records, StartRecord, exit_of
from .run import Run
from .run_records import RunRecords
from .work_folder import make_work_folder, remove_work_folder

# The codes that a shell and Python give.
_INTERRUPTED = 130
_FLUSH_FAILED = 120
_ALL_SIGNALS = signal.valid_signals()


def run_child(folder: Path, gate: int, prefaults: bool) -> NoReturn:
    """Goes on in a child of the host: waits for its run, and becomes its spider, or a fresh interpreter that will.

    :param folder: of the host's records.
    :param prefaults: its memory is copied while there is no run for it.
    """
    surroundings.enter_session()
    # At once: the wait may be long.
    surroundings.close_descriptors(but=gate)
    surroundings.reset_signals()
    if prefaults:
        copy_pages()
    told = open(gate, "rb")
    job = _next_line(told)
    records = Records(folder)
    record = records.read_drafted_start(job)
    if record is None:
        os._exit(1)
    run = Run.parse(record["run"])
    left = RunRecords(run)
    failed: Exception | None = None
    try:
        # A fresh interpreter does this itself, and where there has to be one, little may be done after a fork.
        if record["fork"]:
            surroundings.renew_interpreter(run)
            get_ready(run, left)
    except Exception as error:
        failed = error
    # Up to here nothing outside this process is touched: the start may not come to be on record.
    _next_line(told)
    told.close()
    try:
        surroundings.accept_interrupts()
        surroundings.redirect_output(run)
        if failed is not None:
            raise failed
        os.umask(0o077)
        make_work_folder(run.work_folder, run.project_folder, run.copy_project)
        os.chdir(run.work_folder)
        if not record["fork"]:
            _become_fresh_interpreter(records, run)
        surroundings.renew_streams()
    except KeyboardInterrupt:
        _end(records, record, run, left, _INTERRUPTED)
    except Exception as error:
        _end(records, record, run, left, 1, reason=f"The run could not be set up: {error}")
    run_spider(records, record, run, left)


def _next_line(told: BinaryIO) -> str:
    """What the host says next, without the line's end. Ends this process if it will say nothing more."""
    line = told.readline()
    if not line:
        os._exit(1)
    return line.decode().rstrip()


def _become_fresh_interpreter(records: Records, run: Run) -> NoReturn:
    surroundings.reset_signals_for_exec()
    script = Path(__file__).parent.parent / "spider_main.py"
    arguments = [sys.executable, str(script), str(records.folder), run.job_id]
    os.execve(sys.executable, arguments, {**os.environ, **surroundings.variables_of(run)})


def get_ready(run: Run, left: RunRecords) -> None:
    """Makes this process look like `scrapy crawl`, and has it keep what is logged from now on."""
    left.logs.install()
    surroundings.imitate_command(run)


def run_spider(records: Records, record: StartRecord, run: Run, left: RunRecords) -> NoReturn:
    """Runs the spider in this process, which is ready and has its surroundings already, and ends it."""
    _end(records, record, run, left, _code_of(lambda: _crawl(run, left), left))


def _crawl(run: Run, left: RunRecords) -> int:
    # Here, so that whatever goes wrong with it is in the run's log.
    from .crawl import crawl

    return crawl(run, left)


def _code_of(function: Callable[[], int], left: RunRecords) -> int:
    """What Python would exit with. What it would print is in the log's records, too."""
    try:
        return function()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        left.logs.note(str(end.code))
        return 1
    except KeyboardInterrupt:
        _report_exception(left)
        return _INTERRUPTED
    except BaseException:
        _report_exception(left)
        return 1


def _report_exception(left: RunRecords) -> None:
    left.logs.note(traceback.format_exc().rstrip())
    traceback.print_exc()


def _end(
    records: Records, start: StartRecord, run: Run, left: RunRecords, code: int, reason: str | None = None
) -> NoReturn:
    """Does what the end of an interpreter does for the spider, without taking the shared host apart.

    The record is this process's own, so that the code is known even if the host is gone by now.
    """
    if reason:
        left.logs.note(reason)
        _attempt(lambda: print(reason, file=sys.stderr))
    # Twisted and asyncio log an exception that nobody handled when what holds it is collected.
    _attempt(gc.collect)
    _attempt(threading._shutdown)  # type: ignore[attr-defined]
    _attempt(atexit._run_exitfuncs)
    _attempt(left.flush)
    if not (_attempt(sys.stdout.flush) and _attempt(sys.stderr.flush)):
        code = code or _FLUSH_FAILED
    signal.pthread_sigmask(signal.SIG_BLOCK, _ALL_SIGNALS)
    _attempt(lambda: os.chdir("/"))
    _attempt(lambda: remove_work_folder(run.work_folder))
    process = start["process"]
    at = int(time.time() * 1000)
    _attempt(
        lambda: records.write_exit({"job": run.job_id, "process": process, "exit": exit_of(code, reason), "at": at})
    )
    os._exit(code)


def _attempt(step: Callable[[], object]) -> bool:
    try:
        step()
        return True
    except BaseException:
        # The log itself may be what failed.
        try:
            traceback.print_exc()
        except BaseException:
            pass
        return False
