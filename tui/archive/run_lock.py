"""Owns the question of who still writes: each run holds a lock beside the archive for as long as it lives.

The operating system drops the lock with its process, however that ends, so a run's end needs no clock and no process
id, and two runs that share an archive (also from two containers) can tell each other's growing answers from lost ones.
"""

import secrets
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout


def _lock_file(archive: Path, name: str) -> Path:
    return archive.with_name(f"{archive.name}.owner-{name}")


class Owner:
    """One run of duochat on one archive, under a name that no other run has."""

    def __init__(self, archive: Path) -> None:
        self.name = secrets.token_hex(8)
        self._file = _lock_file(archive, self.name)
        self._lock = FileLock(self._file, mode=0o600, thread_local=False)
        self._lock.acquire(timeout=0)

    def leave(self) -> None:
        """Ends the run's claim; called once nothing that it owns is growing any more."""
        self._lock.release()
        with suppress(OSError):
            self._file.unlink()


def gone(archive: Path, name: str) -> bool:
    """Whether the run `name` has ended; what it left lying is removed then."""
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


def left_behind(archive: Path) -> tuple[str, ...]:
    """The names of the runs whose locks lie beside `archive`, held or not."""
    prefix = _lock_file(archive, "").name
    names = (file.name for file in archive.parent.iterdir())
    return tuple(name.removeprefix(prefix) for name in names if name.startswith(prefix))
