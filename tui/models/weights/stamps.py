"""Small entries about large files, and the stamps that tell whether a file changed since its entry was written.

An entry starts with a digest of itself: a damaged one counts as missing.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from tui.files import write_private


class Stamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The results of `stat` that change when the file does; `inode` is `device:inode` in hexadecimal."""

    inode: str
    size: int
    mtime_ns: int
    ctime_ns: int


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the file that `path` leads to, or None if there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return Stamp(f"{found.st_dev:x}:{found.st_ino:x}", found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Entries:
    """Entries about files in `folder`; without a folder, or if it cannot be written, nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, path: Path) -> bytes | None:
        """Return the entry about the file at `path`, or None if it is missing or damaged."""
        if self._folder is None:
            return None
        try:
            digest, _, content = self._file(self._folder, path).read_bytes().partition(b"\n")
        except OSError:
            return None
        return content if digest == _digest(content) else None

    def write(self, path: Path, content: bytes) -> None:
        """Write `content` as the entry about the file at `path`."""
        if self._folder is not None:
            with suppress(OSError):
                write_private(self._file(self._folder, path), _digest(content) + b"\n" + content)

    def _file(self, folder: Path, path: Path) -> Path:
        return folder / f"{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()}.json"


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
