"""What a run logs, as records."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from .complaint import Complaint
from .record_file import RecordFile

_encode = json.JSONEncoder(separators=(",", ":")).encode
_formatter = logging.Formatter()


class LogRecords(logging.Handler):
    """Writes what reaches the root logger as `{"time": ms, "level": number, "message": text}`. Never raises.

    It is no handler of the root logger's own: with one there, a `logging.basicConfig` of the project's would do
    nothing, and a configuration of its own would remove it.
    """

    def __init__(self, file: RecordFile, limit: int) -> None:
        """:param limit: most bytes that are kept."""
        super().__init__()
        self._file = file
        self._limit = limit
        self._full = False
        # A value that logs when it is shown, and what cannot be written here, would come here again.
        self._inside = threading.local()
        self._complaint = Complaint("A log entry could not be kept")

    def install(self) -> None:
        """Sees from now on what any logger hands on to the root logger."""
        call_handlers = logging.Logger.callHandlers

        def call_handlers_and_keep(logger: logging.Logger, record: logging.LogRecord) -> None:
            try:
                call_handlers(logger, record)
            finally:
                # Whatever a project, or another Scrapy, made of loggers and records: who logs must not notice.
                with suppress(Exception):
                    if record.levelno >= self._threshold() and _reaches_root(logger):
                        self.handle(record)

        logging.Logger.callHandlers = call_handlers_and_keep  # type: ignore[method-assign,assignment]

    def use_level(self, level: Any) -> None:
        """:param level: a name or number, of what to keep where Scrapy has no handler of its own; ignored if wrong."""
        with suppress(TypeError, ValueError):
            self.setLevel(level)

    def note(self, text: str) -> None:
        """Keeps as an error what ends the run without being logged."""
        with suppress(Exception), self._held():
            self._keep(int(time.time() * 1000), logging.ERROR, text)

    def flush(self) -> None:
        with self._held():
            self._file.flush()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(self._inside, "emit", False):
            return
        self._inside.emit = True
        try:
            self._keep(int(record.created * 1000), int(record.levelno), self._text_of(record))
        except Exception as error:
            with suppress(Exception):
                self._complaint.of(error)
        finally:
            self._inside.emit = False

    def _text_of(self, record: logging.LogRecord) -> str:
        # Another handler has made these already, if there is one.
        message = vars(record).get("message")
        if message is None:
            try:
                message = record.getMessage()
            except Exception:
                # Wrong arguments.
                message = str(record.msg)
        trace = record.exc_text or (_formatter.formatException(record.exc_info) if record.exc_info else None)
        parts = [f"[{record.name}] {message}", trace, record.stack_info]
        return "\n".join(part for part in parts if part)

    def _keep(self, at: int, level: int, text: str) -> None:
        if self._full:
            return
        entry = {"time": at, "level": level, "message": text}
        line = _encode(entry)
        if self._file.size + len(line) >= self._limit:
            notice = f"[orbweaver] The log reached its limit of {self._limit} bytes; the rest is not kept here."
            entry = {"time": at, "level": logging.WARNING, "message": notice}
            line = _encode(entry)
            self._full = True
        # Two halves of a surrogate pair are one character to whoever reads them.
        self._file.append(line, entry if text.isascii() else None)

    def _held(self) -> Any:
        assert self.lock is not None
        return self.lock

    def _threshold(self) -> int:
        """Also while LOG_ENABLED is false, Scrapy's handler has the level of the settings, later of the spider's."""
        scrapy_log = sys.modules.get("scrapy.utils.log")
        handler = scrapy_log.get_scrapy_root_handler() if scrapy_log else None
        return self.level if handler is None else int(handler.level)


def _reaches_root(logger: logging.Logger) -> bool:
    while logger.parent is not None:
        if not logger.propagate:
            return False
        logger = logger.parent
    return logger is logging.root
