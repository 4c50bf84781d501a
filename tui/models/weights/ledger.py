"""The ledger of weights files: the sha256 that each had when it was hashed, and its stamp at that time."""

import os
from pathlib import Path

import msgspec

from tui.models.weights.stamps import Entries, Stamp, stamp_of


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file at the absolute `path` had the hash `sha256` (hex) while its stamp was `stamp`."""

    path: str
    stamp: Stamp
    sha256: str


class Ledger:
    """The entries in `folder`; without a folder nothing is remembered."""

    def __init__(self, folder: Path | None) -> None:
        self._entries = Entries(folder)

    def last(self, path: Path) -> Entry | None:
        """Return what was last known of the file at `path`, whether it changed since or not."""
        content = self._entries.read(path)
        try:
            entry = None if content is None else msgspec.json.decode(content, type=Entry)
        except msgspec.DecodeError:
            return None
        return entry if entry is not None and entry.path == _name(path) else None

    def current(self, path: Path) -> Entry | None:
        """Return what is known of the file at `path` as it is now, or None for one that changed or is unknown."""
        entry = self.last(path)
        return entry if entry is not None and entry.stamp == stamp_of(path) else None

    def remember(self, path: Path, stamp: Stamp, sha256: str) -> None:
        """Enter that the file at `path` had this hash while its stamp was `stamp`."""
        self._entries.write(path, msgspec.json.encode(Entry(_name(path), stamp, sha256)))


NO_LEDGER = Ledger(None)
"""Remembers nothing: every file is hashed each time."""


def _name(path: Path) -> str:
    """The absolute path as text; bytes that are no UTF-8 are written as escapes."""
    return os.fsencode(path.absolute()).decode(errors="backslashreplace")
