"""Whether this process may be forked and its copy used to run a spider."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Mapping

# Python, the loader, the C library and OpenSSL read these when a process starts: a fork would ignore them.
_READ_AT_START = (
    "PYTHON",
    "LD_",
    "DYLD_",
    "LC_",
    "LANG",
    "MALLOC_",
    "GLIBC_TUNABLES",
    "OPENSSL_",
    "CRYPTOGRAPHY_",
)


def why_not_fork() -> str | None:
    """Why a fork of this process is not safe, or None if it is: a copy has one thread, and the locks of all."""
    if sys.platform != "linux":
        return f"a fork is not safe on {sys.platform}"
    threads = max(len(os.listdir("/proc/self/task")), threading.active_count())
    if threads > 1:
        return f"the spider host has {threads} threads"
    if "twisted.internet.reactor" in sys.modules:
        return "a Twisted reactor is installed in the spider host"
    if asyncio._get_running_loop() is not None:
        return "an asyncio loop runs in the spider host"
    return None


def why_fresh(env: Mapping[str, str]) -> str | None:
    """Why a run with these variables needs a fresh interpreter, or None if a fork will do."""
    reason = why_not_fork()
    if reason is not None:
        return reason
    for name, value in env.items():
        if name.startswith(_READ_AT_START) and os.environ.get(name) != value:
            return f"{name} is read when an interpreter starts"
    return None
