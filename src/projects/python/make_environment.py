"""Makes a Python virtual environment, unless it is there already.

    python -I make_environment.py FOLDER MARKER REQUIREMENTS

FOLDER appears by a rename, complete, or not at all. MARKER is the JSON text of the file in it that says that it is
ready, to which this adds what only it knows; REQUIREMENTS is the text of a pip requirements file. Progress goes to
stdout, the reason of a failure to stderr.

Several processes may do this at the same time: one builds, the others wait and find it built. A killed one leaves a
temporary folder behind, which the next removes.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARKER_NAME = "orbweaver-environment.json"
TEMPORARY = ".tmp-"
LOCK = ".lock"

VERSION_OF_SCRAPY = """
import importlib.metadata, importlib.util
if importlib.util.find_spec("scrapy"):
    import scrapy.crawler
    print(importlib.metadata.version("Scrapy"))
"""


class Failure(Exception):
    """Why there is no environment, in one sentence."""


def main() -> None:
    folder, marker, requirements = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder) as lock:
            if is_ready(folder, marker):
                return
            remove_leftovers(folder.parent, folder.name)
            build(folder, marker, requirements, lock)
    except BrokenPipeError:
        # Nobody listens any more. A later daemon starts anew.
        os._exit(1)
    except (Failure, OSError) as failure:
        sys.exit(str(failure))


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Only one process at a time works on a folder; the kernel unlocks it when that one ends, however it ends."""
    with open(f"{folder}{LOCK}", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another process that is making the Python environment")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def is_ready(folder: Path, marker: dict[str, object]) -> bool:
    """Whether it is complete and the Python that it was made with is still there."""
    try:
        found = json.loads((folder / MARKER_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    target = os.path.realpath(folder / "bin" / "python")
    return found.get("pythonTarget") == target and os.path.exists(target) and found.keys() >= marker.keys()


def remove_leftovers(environments: Path, own_name: str) -> None:
    """Removes what killed builders left: their own lock tells whether they still live."""
    for leftover in environments.glob(f"*{TEMPORARY}*"):
        name = leftover.name.split(TEMPORARY)[0]
        if name == own_name:
            shutil.rmtree(leftover)
            continue
        with open(environments / f"{name}{LOCK}", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(leftover, ignore_errors=True)


def build(folder: Path, marker: dict[str, object], requirements: str, lock: int) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=folder.name + TEMPORARY, dir=folder.parent))
    try:
        say(f"Making a Python environment in {folder}")
        # Only an installation needs pip, and pip takes most of the time that a virtual environment takes.
        pip = [] if requirements.strip() else ["--without-pip"]
        run([sys.executable, "-m", "venv", *pip, temporary], lock, "The virtual environment could not be made")
        python = temporary / "bin" / "python"
        if requirements.strip():
            install(python, temporary / "requirements.txt", requirements, lock)
        remove_scripts(temporary / "bin")
        # pip compiles too, unless its configuration says otherwise. Files that cannot be compiled are no fault.
        subprocess.run([python, "-m", "compileall", "-q", "-q", temporary / "lib"], pass_fds=[lock])
        scrapy = run([python, "-I", "-c", VERSION_OF_SCRAPY], lock, "Scrapy was installed but does not work")
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


def install(python: Path, file: Path, requirements: str, lock: int) -> None:
    file.write_text(requirements, encoding="utf-8")
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    run([*command, "-r", file], lock, "pip could not install the requirements", show=True)


def remove_scripts(folder: Path) -> None:
    """They begin with the path of the temporary folder. Everything is run as `bin/python -m`."""
    for script in folder.iterdir():
        if script.is_dir():
            shutil.rmtree(script)
        elif not script.name.startswith("python"):
            script.unlink()


def run(command: list[str | Path], lock: int, failure: str, show: bool = False) -> list[str]:
    """Runs a command, which shares the lock: while it lives, nobody takes its folder away. Returns what it printed."""
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, pass_fds=[lock],
        text=True, errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines = [*lines[-99:], line.strip()]
                if show:
                    # Without pip's long chains of what asked for what.
                    say(lines[-1].split(" (from ")[0])
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise Failure(f"{failure}: {reason(lines)}")
    return lines


def reason(lines: list[str]) -> str:
    """The last lines that say what went wrong."""
    errors = [line for line in lines if line.startswith("ERROR:")]
    return " ".join(errors[-2:]) or next((line for line in reversed(lines) if line), "it printed nothing")


def say(line: str) -> None:
    print(line[:200], flush=True)


if __name__ == "__main__":
    main()
