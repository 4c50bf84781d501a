"""Owns the headers that were read before: a file that did not change is not read again.

A header takes up to a tenth of a second, as its vocabulary is checked. What was read is kept in the cache, one small
file for each GGUF, behind a hash of itself: whatever is damaged, older or of another format counts as not there.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from tui import paths
from tui.models import gguf

Read = Callable[[Path], gguf.Header]
"""Gives the header of a file; raises GgufError, as `tui.models.gguf.read` does."""

_FORMAT = 3
"""To be raised with every change of what a header holds, or of what is refused."""


_Stamp = tuple[int, int, int]


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header, and what its file was like when it was read."""

    format: int
    stamp: _Stamp
    header: gguf.Header


def kept_in(folder: Path) -> Read:
    """Reads headers, and keeps them in `folder`; where that cannot be written, every header is read each time."""

    def read(path: Path) -> gguf.Header:
        stamp = _stamp(path)
        if stamp is None:
            return gguf.read(path)
        file = folder / f"{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()}.json"
        known = _recall(file)
        if known is not None and (known.format, known.stamp) == (_FORMAT, stamp):
            return known.header
        header = gguf.read(path)
        if _stamp(path) == stamp:
            with suppress(OSError):
                _keep(_Kept(_FORMAT, stamp, header), file)
        return header

    return read


def _stamp(path: Path) -> _Stamp | None:
    """What changes when the file does, or None for a file that cannot be looked at."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino)


def _recall(file: Path) -> _Kept | None:
    try:
        digest, _, content = file.read_bytes().partition(b"\n")
        if digest != _digest(content):
            return None
        return msgspec.json.decode(content, type=_Kept)
    except (OSError, msgspec.DecodeError):
        return None


def _keep(kept: _Kept, file: Path) -> None:
    """Writes `kept` whole or not at all; nothing waits for the disk, since nothing is lost with it."""
    paths.private_dir(file.parent)
    content = msgspec.json.encode(kept)
    part = file.with_suffix(f".{os.getpid()}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(_digest(content) + b"\n" + content)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
