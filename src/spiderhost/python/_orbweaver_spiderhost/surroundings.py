"""What a spider's process has of its own: signals, output, environment, folder."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from .run import Run

_OWN_FOLDER = str(Path(__file__).resolve().parent.parent)
_IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


def enter_session() -> None:
    """A session, and so a group, of its own: a stop reaches its helpers, and no hang-up of the host's reaches it."""
    os.setsid()


@cache
def handled_signals() -> set[int]:
    """Those that do not have the system's action in the host. To look at each signal takes 0.3 ms: the forks know it."""
    settable = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
    return {number for number in settable if signal.getsignal(number) is not signal.SIG_DFL}


def reset_signals() -> None:
    """The handlers, and the mask, that a Python just started has; but a SIGINT waits for :func:`accept_interrupts`."""
    signal.set_wakeup_fd(-1)
    for number in handled_signals():
        signal.signal(number, signal.SIG_IGN if number in _IGNORED_BY_PYTHON else signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGINT})


def accept_interrupts() -> None:
    """:raises KeyboardInterrupt: if a SIGINT was waiting."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def reset_signals_for_exec() -> None:
    """Those that Python itself ignores: a program is started with the system's own."""
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)


def close_descriptors(but: int) -> None:
    """Closes all but the standard three and one more. A copy of the listening socket would make a dead host look alive."""
    # Listed rather than counted: the limit may be a thousand million.
    for descriptor in [int(name) for name in os.listdir("/dev/fd")]:
        if descriptor > 2 and descriptor != but:
            with suppress(OSError):
                os.close(descriptor)


def redirect_output(run: Run) -> None:
    """stdin reads nothing; stdout and stderr append to the run's files, without passing through anybody."""
    _onto(os.open(os.devnull, os.O_RDONLY), 0)
    for path, target in ((run.stdout, 1), (run.stderr, 2)):
        _onto(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), target)


def _onto(descriptor: int, target: int) -> None:
    if descriptor != target:
        os.dup2(descriptor, target)
        os.close(descriptor)


def variables_of(run: Run) -> dict[str, str]:
    """What the run's environment has beside that of the host."""
    # Set here since SCRAPY_PROJECT, which the run has too, would change which of scrapy.cfg's settings Scrapy takes.
    return {**run.env, "SCRAPY_SETTINGS_MODULE": run.settings_module}


def renew_interpreter(run: Run) -> None:
    """Gives a fork what a fresh interpreter would have read or drawn for itself."""
    os.environ.update(variables_of(run))
    time.tzset()
    tempfile.tempdir = None
    random.seed()


def renew_streams() -> None:
    """Leaves the host's streams, once the output is redirected."""
    sys.stdin = sys.__stdin__ = _stream(0, "r")
    sys.stdout = sys.__stdout__ = _stream(1, "w")
    sys.stderr = sys.__stderr__ = _stream(2, "w")


def _stream(descriptor: int, mode: str) -> Any:
    like = {0: sys.__stdin__, 1: sys.__stdout__, 2: sys.__stderr__}[descriptor]
    assert like is not None
    # closefd would close the descriptor again when the host's stream is dropped.
    return open(descriptor, mode, buffering=1, encoding=like.encoding, errors=like.errors, closefd=False)


def imitate_command(run: Run) -> None:
    """`sys.argv` and `sys.path` as `scrapy crawl` has them."""
    scripts = f"{sys.prefix}/bin"
    try:
        options = shlex.split(run.cmd_args) if run.cmd_args else []
    except ValueError:
        # The crawl says what is wrong with them.
        options = [run.cmd_args]
    # Last, where they win on a command line, too.
    options += [f"-a{name}={value}" for name, value in run.args.items()]
    for name, value in run.settings.items():
        options.append(f"-s{name}={value if isinstance(value, str) else json.dumps(value)}")
    sys.argv = [f"{scripts}/scrapy", "crawl", run.spider, *options]
    sys.path[:] = [entry for entry in sys.path if entry != _OWN_FOLDER]
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, scripts)
