"""Makes a Python virtual environment, unless it is there already.

    python -I make_environment.py FOLDER MARKER < WANTED

FOLDER appears by a rename, complete, or not at all. MARKER is the JSON text of the file in it that says that it is
ready, to which this adds what only it knows. WANTED is JSON of what is to be in it (`Wanted`); nothing is an empty
environment. Progress goes to stdout, the reason of a failure to stderr, its kind is the exit code.

Several processes may do this at the same time: one builds, the others wait and find it built. A killed one leaves a
temporary folder behind, which the next removes. One whose output nobody reads any more ends and leaves nothing.
"""

import errno
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from environment_lock import TEMPORARY, locked, remove_leftovers  # noqa: E402
from install_requirements import Wanted, install  # noqa: E402
from installer_output import INVALID, STORAGE_FULL, UNAVAILABLE, Failure, run, say  # noqa: E402

MARKER_NAME = "orbweaver-environment.json"
#: For what does not end by itself when it should.
END_SECONDS = 5

VERSION_OF_SCRAPY = """
import importlib.metadata, importlib.util
if importlib.util.find_spec("scrapy"):
    import scrapy.crawler
    print(importlib.metadata.version("Scrapy"))
"""


def main() -> None:
    folder, marker = Path(sys.argv[1]), json.loads(sys.argv[2])
    wanted = Wanted(**json.loads(sys.stdin.read() or "{}"))
    signal.signal(signal.SIGTERM, lambda *_: None)
    threading.Thread(target=end_with_reader, daemon=True).start()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        waiting = "Waiting for another process that is making the Python environment"
        with locked(folder, lambda: say(waiting)) as lock:
            if is_ready(folder, marker):
                return
            remove_leftovers(folder.parent, folder.name)
            build(folder, marker, wanted, lock)
    except BrokenPipeError:
        # Nobody listens any more. A later daemon starts anew.
        os._exit(1)
    except (Failure, OSError) as failure:
        is_full = isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT)
        print(failure, file=sys.stderr)
        sys.exit(STORAGE_FULL if is_full else getattr(failure, "kind", UNAVAILABLE))


def end_with_reader() -> None:
    """
    When whoever reads the output is gone, ends whatever this process has started, and so the build: its folder is
    then removed as after any failure. In the terminal's group, where others are too, nothing is ended.
    """
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    poll.poll()
    if os.getpgrp() != os.getpid():
        return
    os.killpg(0, signal.SIGTERM)
    threading.Event().wait(END_SECONDS)
    os.killpg(0, signal.SIGKILL)


def is_ready(folder: Path, marker: dict[str, object]) -> bool:
    """Whether it is complete and the Python that it was made with is still there."""
    try:
        found = json.loads((folder / MARKER_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    target = os.path.realpath(folder / "bin" / "python")
    return found.get("pythonTarget") == target and os.path.exists(target) and found.keys() >= marker.keys()


def build(folder: Path, marker: dict[str, object], wanted: Wanted, lock: int) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=folder.name + TEMPORARY, dir=folder.parent))
    try:
        say(f"Making a Python environment in {folder}")
        install(temporary, wanted, lock)
        python = temporary / "bin" / "python"
        remove_scripts(temporary / "bin")
        # Files that cannot be compiled are no fault. Half of Twisted are its tests, which no spider imports.
        compile_all = [python, "-I", "-m", "compileall", "-q", "-q", "-j", "0", "-x", r"/tests?/"]
        subprocess.run([*compile_all, temporary / "lib"], pass_fds=[lock])
        broken = "Scrapy was installed but does not work"
        scrapy = run([python, "-I", "-c", VERSION_OF_SCRAPY], lock, broken, kind=INVALID)
        marker["pythonTarget"] = os.path.realpath(python)
        marker["scrapyVersion"] = scrapy[-1] if scrapy else None
        (temporary / MARKER_NAME).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
        # A power cut after the rename must not find it there without its files.
        os.sync()
        if folder.exists():
            # Made by a Python that is gone.
            folder.rename(f"{temporary}-old")
            shutil.rmtree(f"{temporary}-old", ignore_errors=True)
        temporary.chmod(0o755)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_scripts(folder: Path) -> None:
    """They begin with the path of the temporary folder. Everything is run as `bin/python -m`."""
    for script in folder.iterdir():
        if script.is_dir():
            shutil.rmtree(script)
        elif not script.name.startswith("python"):
            script.unlink()


if __name__ == "__main__":
    main()
