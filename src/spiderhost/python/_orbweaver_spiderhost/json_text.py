"""Values of spiders, of whatever kind, as JSON text."""

from __future__ import annotations

import math
from typing import Any

from scrapy.utils.serialize import ScrapyJSONEncoder


class _Encoder(ScrapyJSONEncoder):
    def default(self, o: Any) -> Any:
        if isinstance(o, (bytes, bytearray)):
            return bytes(o).decode("utf-8", "replace")
        try:
            return super().default(o)
        except TypeError:
            return repr(o)


_encoder = _Encoder(allow_nan=False)


def to_json(value: Any) -> str:
    """ASCII JSON in one line, as Scrapy's feeds write it; what JSON cannot say becomes its `repr`, and NaN null.

    :raises Exception: whatever the value's own methods raise; ValueError or RecursionError if it holds itself.
    """
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError):
        return _encoder.encode(_plain(value))


def _plain(value: Any) -> Any:
    """The same with keys and numbers that JSON has."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
