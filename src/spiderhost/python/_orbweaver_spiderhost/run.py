"""One run, as the daemon describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

# A job's id names files.
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class InvalidRun(Exception):
    """The description of a run is wrong; the message says why."""


@dataclass(frozen=True)
class Run:
    """Paths are absolute; `output_limit` is in bytes, of stdout, of stderr and of the log's records each.

    `settings` are any values that JSON has. `cmd_args` are options of `scrapy crawl`, as typed in a shell.
    """

    job_id: str
    project_folder: str
    settings_module: str
    spider: str
    args: dict[str, str]
    settings: dict[str, Any]
    cmd_args: str
    env: dict[str, str]
    fork: bool
    copy_project: bool
    work_folder: str
    stdout: str
    stderr: str
    items: str | None
    records: str
    stats: str
    output_limit: int
    # As the daemon sent it.
    description: dict[str, Any]

    @staticmethod
    def parse(message: Any) -> Run:
        """:raises InvalidRun: if a field is missing, has the wrong type, or could not be handed to a process."""
        if not isinstance(message, dict):
            raise InvalidRun("A run must be an object.")
        description = cast("dict[str, Any]", message)
        fields = _Fields(description)
        items = description.get("items")
        cmd_args = description.get("cmdArgs")
        return Run(
            job_id=check_job_id(description.get("jobId")),
            project_folder=fields.text("projectFolder"),
            settings_module=fields.text("settingsModule"),
            spider=fields.text("spider"),
            args=fields.texts("args"),
            settings=fields.object("settings"),
            cmd_args="" if cmd_args in (None, "") else fields.text("cmdArgs"),
            env=fields.environment("env"),
            fork=fields.flag("fork"),
            copy_project=fields.flag("copyProject"),
            work_folder=fields.text("workFolder"),
            stdout=fields.text("stdout"),
            stderr=fields.text("stderr"),
            items=None if items is None else fields.text("items"),
            records=fields.text("records"),
            stats=fields.text("stats"),
            output_limit=fields.size("outputLimit"),
            description=description,
        )


def check_job_id(value: Any) -> str:
    """:raises InvalidRun: if the value cannot be a job's id."""
    if not isinstance(value, str) or not _JOB_ID.fullmatch(value):
        raise InvalidRun(f"The job id {value!r} is not made of letters, digits, '.', '_' and '-'.")
    return value


class _Fields:
    def __init__(self, message: dict[str, Any]) -> None:
        self._message = message

    def text(self, name: str) -> str:
        value = self._message.get(name)
        if not isinstance(value, str) or not value:
            raise InvalidRun(f"The run's {name} is missing or not a text.")
        return value

    def flag(self, name: str) -> bool:
        value = self._message.get(name)
        if not isinstance(value, bool):
            raise InvalidRun(f"The run's {name} is missing or neither true nor false.")
        return value

    def size(self, name: str) -> int:
        value = self._message.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise InvalidRun(f"The run's {name} is missing or not a number of bytes.")
        return value

    def object(self, name: str) -> dict[str, Any]:
        value = self._message.get(name)
        if not isinstance(value, dict):
            raise InvalidRun(f"The run's {name} is missing or not an object.")
        return cast("dict[str, Any]", value)

    def texts(self, name: str) -> dict[str, str]:
        value = self._message.get(name)
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise InvalidRun(f"The run's {name} is missing or not an object of texts.")
        return cast("dict[str, str]", value)

    def environment(self, name: str) -> dict[str, str]:
        variables = self.texts(name)
        for key, value in variables.items():
            if not key or "=" in key or "\0" in key or "\0" in value:
                raise InvalidRun(f"The environment variable {key!r} cannot have that name or value.")
        return variables
