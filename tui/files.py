"""Private files and folders: mode 0600 and 0700, written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def private_dir(path: Path) -> Path:
    """Make `path` and its missing parents with mode 0700 and return `path`."""
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(exist_ok=True, mode=0o700)
    return path


def private_opener(path: str, flags: int) -> int:
    """Create with mode 0600 under any umask, as the `opener` of `open`."""
    return os.open(path, flags, 0o600)


@contextmanager
def replacing(file: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield an empty file with mode 0600 in the same folder, which replaces `file` when the block ends.

    An error in the block removes it and leaves `file` as it was. A `durable` file is on the disk before it is renamed.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".duochat-", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        yield part
        if durable:
            sync(part)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_private(file: Path, content: bytes) -> None:
    """Write `content` to `file` and make its folder if it is missing; raise OSError where that fails.

    There is no fsync: use it for what can be made again.
    """
    private_dir(file.parent)
    with replacing(file, durable=False) as part:
        part.write_bytes(content)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk. Windows cannot open a folder, and orders renames itself."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
