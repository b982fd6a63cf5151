"""Removes the Python environments of projects that nobody has used for a while, and what killed builders left.

    python -I tidy_environments.py FOLDER SECONDS

Whoever uses an environment touches its marker, so the marker's age tells. Prints the names of those that it removed.
Base environments stay: the daemon that made one may only be stopped.
"""

import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from environment_lock import LOCK, TEMPORARY, locked_if_free, remove_leftovers  # noqa: E402
from make_environment import MARKER_NAME  # noqa: E402


def main() -> None:
    environments, seconds = Path(sys.argv[1]), float(sys.argv[2])
    remove_leftovers(environments)
    for folder in sorted(environments.glob("own-*")):
        if folder.name.endswith(LOCK) or TEMPORARY in folder.name:
            continue
        with locked_if_free(folder) as is_mine:
            if is_mine and is_old(folder, seconds) and remove(folder):
                print(folder.name, flush=True)


def is_old(folder: Path, seconds: float) -> bool:
    try:
        return time.time() - (folder / MARKER_NAME).stat().st_mtime > seconds
    except OSError:
        return False


def remove(folder: Path) -> bool:
    """It is gone at once, or not at all: nobody finds half of it."""
    going = folder.with_name(f"{folder.name}{TEMPORARY}old")
    try:
        folder.rename(going)
    except OSError:
        # Another user's.
        return False
    shutil.rmtree(going, ignore_errors=True)
    return True


if __name__ == "__main__":
    main()
