"""The folder that a run works in. Each run makes and removes one, so this does without `pathlib` and `shutil`."""

from __future__ import annotations

import os
import shutil
import stat

from .growing_file import write

_BYTES_AT_ONCE = 1024 * 1024


def make_work_folder(work_folder: str, project_folder: str, copy_project: bool) -> None:
    """Copies the project's top-level files and links its folders, or copies all of it.

    A spider may write beside its project, and changes no other run's files. Copying it all costs seconds for
    thousands of files, so only a project that asks gets that.
    """
    try:
        os.mkdir(work_folder, 0o700)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(work_folder), exist_ok=True)
        os.mkdir(work_folder, 0o700)
    _fill(work_folder, project_folder, copy_project)


def _fill(target: str, source: str, copy_folders: bool) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            copy = f"{target}/{entry.name}"
            if entry.is_file():
                _copy_file(entry.path, copy)
            elif not copy_folders and entry.is_dir():
                os.symlink(entry.path, copy, target_is_directory=True)
            elif entry.is_dir(follow_symlinks=False):
                os.mkdir(copy, 0o700)
                _fill(copy, entry.path, copy_folders)


def _copy_file(source: str, copy: str) -> None:
    original = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        file = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            while data := os.read(original, _BYTES_AT_ONCE):
                write(file, data)
            status = os.fstat(original)
            # The original is read-only. Bytecode is valid for a source of the same time.
            os.fchmod(file, stat.S_IMODE(status.st_mode) | stat.S_IWUSR)
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(file)
    finally:
        os.close(original)


def remove_work_folder(work_folder: str) -> None:
    """Removes the folder and the links in it, not what they point to. Never raises."""
    if os.path.islink(work_folder):
        # The spider has put it there; what it points to stays.
        return
    try:
        with os.scandir(work_folder) as entries:
            for entry in entries:
                os.unlink(entry.path)
        os.rmdir(work_folder)
    except FileNotFoundError:
        return
    except OSError:
        # The spider has made folders in it.
        shutil.rmtree(work_folder, ignore_errors=True)
