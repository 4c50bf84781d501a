"""A cache of GGUF headers: a file that did not change is not read again.

Reading a header takes up to a tenth of a second, because its vocabulary is checked.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from tui.models.gguf import metadata
from tui.models.weights.stamps import Entries, Stamp, stamp_of

Read = Callable[[Path], metadata.Header]
"""Returns the header of a file or raises GgufError, as `tui.models.gguf.metadata.read` does."""

_FORMAT = 3
"""Raise it with every change of what a header holds, or of what is refused."""


class _CachedHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header, and the stamp of its file when it was read."""

    format: int
    stamp: Stamp
    header: metadata.Header


def cached_in(folder: Path, read: Read = metadata.read) -> Read:
    """Return a reader of headers that caches in `folder` what `read` returns."""
    entries = Entries(folder)

    def read_cached(path: Path) -> metadata.Header:
        stamp = stamp_of(path)
        if stamp is None:
            return read(path)
        known = _decoded(entries.read(path))
        if known is not None and (known.format, known.stamp) == (_FORMAT, stamp):
            return known.header
        header = read(path)
        if stamp_of(path) == stamp:
            entries.write(path, msgspec.json.encode(_CachedHeader(_FORMAT, stamp, header)))
        return header

    return read_cached


def _decoded(content: bytes | None) -> _CachedHeader | None:
    try:
        return None if content is None else msgspec.json.decode(content, type=_CachedHeader)
    except msgspec.DecodeError:
        return None
