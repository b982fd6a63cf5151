"""Runs the programs that make a Python environment, and says in short what went wrong with them."""

import re
import subprocess
from pathlib import Path

#: Exit codes: what was asked for cannot be had; it cannot be had now; the disk is full.
UNAVAILABLE, INVALID, STORAGE_FULL = 1, 3, 4
KEPT_LINES = 1000
LONGEST_LINE = 2000
LONGEST_REASON = 700

NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|os error (28|122)\b")
#: pip says the first of these, uv the others.
NO_ANSWER = re.compile(
    r"connection broken by .?(?P<pip>.*)|Failed to fetch|error sending request|operation timed out|dns error"
)
#: Where the index has answered, after all.
ANSWERED = re.compile(r"ResolutionImpossible|HTTP status client error|Getting requirements to build|egg_info|Preparing meta")
#: A token may stand where others have a name.
PASSWORD = re.compile(r"(?<=://)[^/\s]+(?=@)")


class Failure(Exception):
    """Why there is no environment, in one sentence, and the exit code of its kind."""

    def __init__(self, sentence: str, kind: int = UNAVAILABLE) -> None:
        super().__init__(sentence)
        self.kind = kind


def run(
    command: list[str | Path], lock: int, failure: str, *, kind: int = UNAVAILABLE, show: bool = False,
    env: dict[str, str] | None = None,
) -> list[str]:
    """
    Runs a command, which shares the lock: while it lives, nobody takes its folder away. Returns what it printed.
    :param kind: of its failure, unless it is the disk's or the index's
    """
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, pass_fds=[lock],
        text=True, errors="replace", env=env,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines = [*lines[1 - KEPT_LINES :], line.rstrip()]
                if show:
                    say(lines[-1])
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise failed(failure, kind, lines)
    return [line.strip() for line in lines]


def failed(failure: str, kind: int, lines: list[str]) -> Failure:
    """What a command that failed said, in short, and what kind of failure it is."""
    text = "\n".join(lines)
    if NO_SPACE.search(text):
        return Failure(f"{failure}: the disk is full.", STORAGE_FULL)
    silent = None if ANSWERED.search(text) else NO_ANSWER.search(text)
    if silent:
        detail = re.sub(r"<[^>]* object at \w+>: ", "", silent["pip"] or reason(lines))
        return Failure(f"The package index cannot be reached: {masked(detail)[:LONGEST_REASON]}")
    return Failure(f"{failure}: {masked(reason(lines))[:LONGEST_REASON]}", kind)


def reason(lines: list[str]) -> str:
    """What went wrong, as pip or uv says it: which requirement, and why."""
    stripped = [line.strip() for line in lines if line.strip()]
    step = next((line for line in stripped if re.match(r"× .* did not run successfully", line)), None)
    if step is not None:
        return f"{wanted_last(stripped, step)}{step[2:]} {said_last(stripped)}".strip()
    for number, line in enumerate(stripped):
        if re.match(r"error: |× ", line):
            # All that uv says from here on is why.
            marks = r"^(× |error: |╰─▶ |│ |├─▶ |cause: |Caused by: )+"
            return " ".join(re.sub(marks, "", rest) for rest in stripped[number:])
    many = re.compile(r"\(from versions: .{60,}((?:, [^,]+){5})\)")
    stripped = [many.sub(r"(from versions: …\1)", line) for line in stripped]
    errors = [line for line in stripped if line.startswith("ERROR:") and "ResolutionImpossible" not in line]
    causes = [line for line in stripped if re.match(r"The user requested |\S+( \S+)? depends on ", line)]
    return " ".join([*errors[-2:], *causes]) or (stripped[-1] if stripped else "it printed nothing")


def wanted_last(lines: list[str], before: str) -> str:
    """The requirement that pip was busy with: `broken==1.0: `."""
    found = [re.match(r"(?:Collecting|Processing) (\S+)", line) for line in lines[: lines.index(before)]]
    names = [match[1].rsplit("/", 1)[-1] for match in found if match]
    return f"{names[-1]}: " if names else ""


def said_last(lines: list[str]) -> str:
    """The last line of what a build printed."""
    ends = [number for number, line in enumerate(lines) if line == "[end of output]"]
    return lines[ends[0] - 1] if ends and ends[0] > 0 else ""


def masked(text: str) -> str:
    """Without the passwords of addresses."""
    return PASSWORD.sub("****", text)


def say(line: str) -> None:
    print(masked(line[:LONGEST_LINE]), flush=True)
