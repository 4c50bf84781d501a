"""What is remembered of large files, one small entry a file, and the stamps that tell whether a file changed since.

An entry stands behind a digest of itself: a damaged one counts as missing.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from tui import paths


class Stamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `stat` says of a file that changes when the file does; `inode` is `device:inode` in hexadecimal."""

    inode: str
    size: int
    mtime_ns: int
    ctime_ns: int


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the file that `path` leads to, or None where there is none to look at."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return Stamp(f"{found.st_dev:x}:{found.st_ino:x}", found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Entries:
    """Entries about files, kept in `folder`; without a folder, or where it cannot be written, nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, path: Path) -> bytes | None:
        """Return the entry about the file at `path`, or None where there is none or it is damaged."""
        if self._folder is None:
            return None
        try:
            digest, _, content = self._file(self._folder, path).read_bytes().partition(b"\n")
        except OSError:
            return None
        return content if digest == _digest(content) else None

    def write(self, path: Path, content: bytes) -> None:
        """Keep `content` as the entry about the file at `path`."""
        if self._folder is not None:
            with suppress(OSError):
                paths.write_private(self._file(self._folder, path), _digest(content) + b"\n" + content)

    def _file(self, folder: Path, path: Path) -> Path:
        return folder / f"{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()}.json"


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
