"""The archive's file: checks before it is opened, its mode, a damaged one set aside, and its errors in sentences."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from tui.archive.errors import ArchiveError
from tui.archive.migrations import check_version, migrate
from tui.archive.rows import decode_text
from tui.files import private_dir

_HEAD = b"SQLite format 3\0"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SENTENCES = {
    sqlite3.SQLITE_FULL: "has no room left on its disk. Free some space and try again.",
    sqlite3.SQLITE_IOERR: "could not be read or written. Check the disk and the space left on it.",
    sqlite3.SQLITE_READONLY: "cannot be written. Make it and its directory writable, or set DUOCHAT_HOME to another.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Make it and its directory writable, or set DUOCHAT_HOME to another.",
    sqlite3.SQLITE_CONSTRAINT: "no longer holds this conversation. Begin a new one.",
    sqlite3.SQLITE_BUSY: "is locked by another program. Close that and try again.",
    sqlite3.SQLITE_LOCKED: "is locked by another program. Close that and try again.",
} | dict.fromkeys(_DAMAGED, "is damaged. Start duochat again: it keeps the file aside and begins a new one.")


def _result_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, which is the lowest byte of the extended one."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


@contextmanager
def translated_errors(file: Path) -> Iterator[None]:
    """Turn every error with `file` inside into an ArchiveError."""
    try:
        yield
    except sqlite3.Error as error:
        sentence = _SENTENCES.get(_result_code(error), f"cannot be used ({error}). Move it aside to begin a new one.")
        raise ArchiveError(f"{file} {sentence}") from error
    except Timeout as error:
        raise ArchiveError(f"{file} is being opened by another duochat. Try again in a moment.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArchiveError(f"{file} cannot be used ({reason}). Make room for it, or set DUOCHAT_HOME.") from error
    except ValueError as error:
        raise ArchiveError(f"{file} holds an entry that cannot be read ({error}). Move the file aside.") from error


@contextmanager
def opening_lock(file: Path, patience: float) -> Iterator[None]:
    """Let one duochat at a time open `file`; the others wait up to `patience` seconds."""
    with translated_errors(file):
        private_dir(file.parent)
        with FileLock(f"{file}.lock", timeout=patience, mode=0o600):
            yield


def connect(file: Path, patience: float) -> tuple[sqlite3.Connection, str | None]:
    """Return a connection to `file` at the newest schema, and a notice if a damaged file was set aside for it.

    Raise ArchiveError if its schema is not supported, sqlite3.Error or OSError if it cannot be used.
    """
    try:
        return _connect_undamaged(file, patience), None
    except sqlite3.DatabaseError as error:
        if _result_code(error) not in _DAMAGED:
            raise
    kept = set_aside(file)
    notice = f"The archive was damaged and is kept as {kept}. A new one has been started."
    return _connect_undamaged(file, patience), notice


def _connect_undamaged(file: Path, patience: float) -> sqlite3.Connection:
    _make_private(file)
    _check_head(file)
    connection = sqlite3.connect(file, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        check_version(connection, file)
        _check_pages(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, file)
    except BaseException:
        connection.close()
        raise
    connection.text_factory = decode_text
    return connection


def _make_private(file: Path) -> None:
    """Create `file` if it is missing and give it mode 0600; SQLite gives its companions the mode of the file."""
    with suppress(FileExistsError):
        file.touch(0o600, exist_ok=False)
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)


def _check_head(file: Path) -> None:
    """Raise DatabaseError if `file` does not start as a database does: SQLite would remove the log beside it."""
    with file.open("rb") as stream:
        head = stream.read(len(_HEAD))
    if head != _HEAD and (head or Path(f"{file}-wal").exists()):
        raise _damage("the head is damaged")


def _check_pages(connection: sqlite3.Connection) -> None:
    """Raise DatabaseError if a page of the file is damaged."""
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _damage(verdict)


def _damage(what: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def set_aside(file: Path) -> Path:
    """Rename `file`, and what SQLite keeps beside it, to `NAME.corrupt-TIME`; return the new path."""
    kept = file.with_name(f"{file.name}.corrupt-{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}")
    for companion in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            Path(f"{file}{companion}").rename(f"{kept}{companion}")
    return kept
