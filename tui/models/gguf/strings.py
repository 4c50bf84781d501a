"""Reading and skipping of the many strings in a GGUF header, a window of the file at a time.

A vocabulary and its merges are some hundred thousand strings. Two method calls of the file for each of them would cost
several times as much.
"""

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

_LENGTH = Struct("=Q")
_WINDOW = 2**18
"""Bytes that are read at a time."""


def skip_strings(file: BinaryIO, count: int, end: int) -> None:
    """Move past `count` strings by their lengths; raise EOFError if they do not end before the offset `end`."""
    at, start, window = file.tell(), 0, b""
    for _ in range(count):
        offset = at - start
        if offset + 8 > len(window):
            start, offset, window = at, 0, _window(file, at, 8, end)
        at += 8 + _LENGTH.unpack_from(window, offset)[0]
    _go_to(file, at, end)


def read_strings(file: BinaryIO, count: int, end: int) -> Iterator[bytes]:
    """Yield the next `count` strings; raise EOFError if they do not end before the offset `end`."""
    at, start, window = file.tell(), 0, b""
    for _ in range(count):
        offset = at - start
        if offset + 8 > len(window):
            start, offset, window = at, 0, _window(file, at, 8, end)
        size = 8 + _LENGTH.unpack_from(window, offset)[0]
        if offset + size > len(window):
            start, offset, window = at, 0, _window(file, at, size, end)
        at += size
        yield window[offset + 8 : offset + size]
    _go_to(file, at, end)


def _window(file: BinaryIO, at: int, least: int, end: int) -> bytes:
    """Return the bytes from `at` on, `least` or more of them."""
    _go_to(file, at, end - least)
    window = file.read(max(least, _WINDOW))
    if len(window) < least:
        raise EOFError
    return window


def _go_to(file: BinaryIO, at: int, last: int) -> None:
    if at > last:
        raise EOFError
    file.seek(at)
