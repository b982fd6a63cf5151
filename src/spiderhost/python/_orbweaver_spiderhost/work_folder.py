"""The folder that a run works in."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path


def make_work_folder(work_folder: Path, project_folder: Path, copy_project: bool) -> None:
    """Copies the project's top-level files and links its folders, or copies all of it.

    A spider may write beside its project, and changes no other run's files. Copying it all costs seconds for
    thousands of files, so only a project that asks gets that.
    """
    work_folder.mkdir(mode=0o700, parents=True)
    _fill(work_folder, project_folder, copy_project)


def _fill(target: Path, source: Path, copy_folders: bool) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            copy = target / entry.name
            if entry.is_file():
                _copy_file(Path(entry.path), copy)
            elif not copy_folders and entry.is_dir():
                copy.symlink_to(entry.path, target_is_directory=True)
            elif entry.is_dir(follow_symlinks=False):
                copy.mkdir(mode=0o700)
                _fill(copy, Path(entry.path), copy_folders)


def _copy_file(source: Path, copy: Path) -> None:
    shutil.copyfile(source, copy)
    status = source.stat()
    # The original is read-only. Bytecode is valid for a source of the same time.
    copy.chmod(stat.S_IMODE(status.st_mode) | stat.S_IWUSR)
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))


def remove_work_folder(work_folder: Path) -> None:
    """Removes the folder and the links in it, not what they point to."""
    shutil.rmtree(work_folder, ignore_errors=True)
