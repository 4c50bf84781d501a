"""GGUF headers that were read before: a file that did not change is not read again.

Reading a header takes up to a tenth of a second, because its vocabulary is checked.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from tui.models import gguf
from tui.models.stamps import Entries, Stamp, stamp_of

Read = Callable[[Path], gguf.Header]
"""Gives the header of a file; raises GgufError, as `tui.models.gguf.read` does."""

_FORMAT = 3
"""Raise it with every change of what a header holds, or of what is refused."""


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header, and the stamp of its file when it was read."""

    format: int
    stamp: Stamp
    header: gguf.Header


def kept_in(folder: Path, read: Read = gguf.read) -> Read:
    """Return a reader of headers that keeps in `folder` what it has `read`."""
    entries = Entries(folder)

    def read_or_recall(path: Path) -> gguf.Header:
        stamp = stamp_of(path)
        if stamp is None:
            return read(path)
        known = _decoded(entries.read(path))
        if known is not None and (known.format, known.stamp) == (_FORMAT, stamp):
            return known.header
        header = read(path)
        if stamp_of(path) == stamp:
            entries.write(path, msgspec.json.encode(_Kept(_FORMAT, stamp, header)))
        return header

    return read_or_recall


def _decoded(content: bytes | None) -> _Kept | None:
    try:
        return None if content is None else msgspec.json.decode(content, type=_Kept)
    except msgspec.DecodeError:
        return None
