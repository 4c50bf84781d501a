"""Locks that tell which runs of duochat are still alive, one file each, beside the archive.

The operating system drops a lock when its process ends, in whatever way. So no clock and no process id is needed, and
two runs that share an archive (from two containers, too) can tell each other's unfinished answers from lost ones.
"""

import secrets
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout


def _lock_file(archive: Path, name: str) -> Path:
    return archive.with_name(f"{archive.name}.owner-{name}")


class RunLock:
    """The lock of one run of duochat on one archive, under a name that no other run has."""

    def __init__(self, archive: Path) -> None:
        self.name = secrets.token_hex(8)
        self._file = _lock_file(archive, self.name)
        self._lock = FileLock(self._file, mode=0o600, thread_local=False)
        self._lock.acquire(timeout=0)

    def release(self) -> None:
        """End the run; call it once none of its answers is in progress."""
        self._lock.release()
        with suppress(OSError):
            self._file.unlink()


def has_ended(archive: Path, name: str) -> bool:
    """Return whether the run `name` has ended, and remove its lock file if it has."""
    file = _lock_file(archive, name)
    if not file.exists():
        return True
    try:
        with FileLock(file, mode=0o600).acquire(timeout=0):
            pass
    except Timeout:
        return False
    with suppress(OSError):
        file.unlink()
    return True


def runs_with_lock_files(archive: Path) -> tuple[str, ...]:
    """Return the names of the runs whose lock files lie beside `archive`, held or not."""
    prefix = _lock_file(archive, "").name
    names = (file.name for file in archive.parent.iterdir())
    return tuple(name.removeprefix(prefix) for name in names if name.startswith(prefix))
