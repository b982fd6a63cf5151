"""A warning that may be due a million times over."""

from __future__ import annotations

import logging
import time

_SECONDS_BETWEEN_WARNINGS = 60.0

logger = logging.getLogger("orbweaver")


class Complaint:
    """Warns that something failed, at most once a minute: a full disk fails for each of a million items."""

    def __init__(self, text: str) -> None:
        """:param text: what failed; the error is put behind it."""
        self._text = text
        self._quiet_until = 0.0

    def of(self, error: Exception) -> None:
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + _SECONDS_BETWEEN_WARNINGS
            logger.warning("%s: %r", self._text, error)
