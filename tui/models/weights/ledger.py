"""The ledger of hashed weights files: the sha256 of each, and its stamp at that time."""

import os
from pathlib import Path

import msgspec

from tui.models.weights.stamps import Entries, Stamp, stamp_of


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file at the absolute `path` had the hash `sha256` (hex) while it had this `stamp`."""

    path: str
    stamp: Stamp
    sha256: str


class Ledger:
    """The entries in `folder`; without a folder, nothing is remembered."""

    def __init__(self, folder: Path | None) -> None:
        self._entries = Entries(folder)

    def last(self, path: Path) -> Entry | None:
        """Return the last entry about the file at `path`, whether the file changed since or not."""
        content = self._entries.read(path)
        try:
            entry = None if content is None else msgspec.json.decode(content, type=Entry)
        except msgspec.DecodeError:
            return None
        return entry if entry is not None and entry.path == _key(path) else None

    def current(self, path: Path) -> Entry | None:
        """Return the entry about the file at `path`, or None if the file changed since or has none."""
        entry = self.last(path)
        return entry if entry is not None and entry.stamp == stamp_of(path) else None

    def remember(self, path: Path, stamp: Stamp, sha256: str) -> None:
        """Add that the file at `path` had this hash while it had this `stamp`."""
        self._entries.write(path, msgspec.json.encode(Entry(_key(path), stamp, sha256)))


NO_LEDGER = Ledger(None)
"""A ledger that remembers nothing, so every file is hashed each time."""


def _key(path: Path) -> str:
    """Return the absolute path as text; bytes that are not UTF-8 are written as escapes."""
    return os.fsencode(path.absolute()).decode(errors="backslashreplace")
