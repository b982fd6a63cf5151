"""How many bytes a value takes in MessagePack, without making them."""

from __future__ import annotations

from typing import Any


def msgpack_size(value: Any) -> int:
    """Of what `json.loads` gives. An integer beyond 64 bits counts as the text of its digits."""
    size = 0
    # A list rather than a recursion: a value may be nested deeper than Python calls itself.
    todo = [value]
    while todo:
        part = todo.pop()
        kind = type(part)
        if kind is str:
            size += _text_size(part)
        elif kind is int:
            size += _integer_size(part)
        elif kind is dict:
            size += _collection_header(len(part))
            todo += part
            todo += part.values()
        elif kind is list:
            size += _collection_header(len(part))
            todo += part
        else:
            size += 9 if kind is float else 1
    return size


def _text_size(text: str) -> int:
    # JSON can hold half a surrogate pair, which has no UTF-8: its replacement has three bytes as well.
    length = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if length < 32:
        return 1 + length
    if length < 1 << 8:
        return 2 + length
    return length + (3 if length < 1 << 16 else 5)


def _integer_size(number: int) -> int:
    if -32 <= number < 1 << 7:
        return 1
    if not -(1 << 63) <= number < 1 << 64:
        return _text_size(str(number))
    # Signed ones have a bit less for the number.
    bits = number.bit_length() if number >= 0 else (~number).bit_length() + 1
    for size in (1, 2, 4):
        if bits <= 8 * size:
            return 1 + size
    return 9


def _collection_header(length: int) -> int:
    if length < 16:
        return 1
    return 3 if length < 1 << 16 else 5
