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
from typing import NoReturn

from . import surroundings
from .launch import Task
from .process_identity import identify
from .records import Records, exit_of
from .run import Run
from .run_records import RunRecords
from .work_folder import make_work_folder, remove_work_folder

# The codes that a shell and Python give.
_INTERRUPTED = 130
_FLUSH_FAILED = 120


def run_child(task: Task, gate: int) -> NoReturn:
    """Goes on in a child of the host: as the spider, or by becoming a fresh interpreter that will be."""
    surroundings.enter_session()
    if not os.read(gate, 1):
        os._exit(1)
    surroundings.close_descriptors()
    run = task.run
    try:
        surroundings.reset_signals(before_exec=not task.fork)
        surroundings.redirect_output(run)
        os.umask(0o077)
        make_work_folder(Path(run.work_folder), Path(run.project_folder), run.copy_project)
        os.chdir(run.work_folder)
        environment = surroundings.environment_of(run)
        if not task.fork:
            _become_fresh_interpreter(task, environment)
        surroundings.renew_interpreter(environment)
    except KeyboardInterrupt:
        _end(task.records, run, RunRecords(run), _INTERRUPTED)
    except Exception as error:
        _end(task.records, run, RunRecords(run), 1, reason=f"The run could not be set up: {error}")
    run_spider(task.records, run)


def _become_fresh_interpreter(task: Task, environment: dict[str, str]) -> NoReturn:
    script = Path(__file__).parent.parent / "spider_main.py"
    folder = task.records.folder
    os.execve(sys.executable, [sys.executable, str(script), str(folder), task.run.job_id], environment)


def run_spider(records: Records, run: Run) -> NoReturn:
    """Runs the spider in this process, which has its surroundings already, and ends it."""
    left = RunRecords(run)
    left.logs.install()
    surroundings.imitate_command(run)
    _end(records, run, left, _code_of(lambda: _crawl(run, left), left))


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


def _end(records: Records, run: Run, left: RunRecords, code: int, reason: str | None = None) -> NoReturn:
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
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    _attempt(lambda: os.chdir("/"))
    _attempt(lambda: remove_work_folder(Path(run.work_folder)))
    process = identify(os.getpid())
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
