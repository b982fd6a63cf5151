"""Locks and leftovers of the folders of Python environments: only one process at a time works on one of them."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".tmp-"
LOCK = ".lock"


@contextmanager
def locked(folder: Path, on_wait: Callable[[], None]) -> Iterator[int]:
    """Holds a folder's lock; the kernel unlocks it when the process ends, however it ends. Gives its descriptor."""
    with open(f"{folder}{LOCK}", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


@contextmanager
def locked_if_free(folder: Path) -> Iterator[bool]:
    """Holds a folder's lock unless somebody has it. Gives whether it does."""
    with open(f"{folder}{LOCK}", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def remove_leftovers(environments: Path, own_name: str | None = None) -> None:
    """
    Removes what killed builders left: their own lock tells whether they still live.
    :param own_name: of the folder whose lock this process has
    """
    for leftover in environments.glob(f"*{TEMPORARY}*"):
        name = leftover.name.split(TEMPORARY)[0]
        if name == own_name:
            shutil.rmtree(leftover)
            continue
        with locked_if_free(environments / name) as is_mine:
            if is_mine:
                shutil.rmtree(leftover, ignore_errors=True)
