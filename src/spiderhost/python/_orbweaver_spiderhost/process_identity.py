"""Tells a process apart from a later one with the same pid."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import TypedDict


class ProcessIdentity(TypedDict):
    pid: int
    startTime: str
    bootId: str


def identify(pid: int) -> ProcessIdentity:
    """The identity of a process that exists."""
    return {"pid": pid, "startTime": _start_time(pid), "bootId": _boot_id()}


def _start_time(pid: int) -> str:
    if sys.platform == "linux":
        # proc(5): the command's name, in brackets, may hold spaces and brackets; starttime is field 22.
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as stat:
            return stat.read().rpartition(b")")[2].split()[19].decode()
    return " ".join(_output_of("ps", "-o", "lstart=", "-p", str(pid)).split())


@lru_cache
def _boot_id() -> str:
    if sys.platform == "linux":
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return _output_of("sysctl", "-n", "kern.bootsessionuuid")


def _output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
