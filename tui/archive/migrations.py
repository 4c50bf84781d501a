"""Owns the archive's schema: one function a step, each in its own transaction, with a copy of the file made first."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tui.archive.errors import ArchiveError

Step = Callable[[sqlite3.Connection], None]


def first(connection: sqlite3.Connection) -> None:
    """Conversations, exchanges and answers; `seats`, `seat`, `setup`, `usage` and `sides` hold JSON.

    `owner` names the run that still writes an answer; it is NULL once the answer has its `finish_reason`.
    """
    connection.execute(
        "CREATE TABLE conversation"
        " (id INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, seats TEXT NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE exchange (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,"
        " question TEXT NOT NULL, asked_at TEXT NOT NULL, sides TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX exchange_in_conversation ON exchange (conversation_id)")
    connection.execute(
        "CREATE TABLE answer (exchange_id INTEGER NOT NULL REFERENCES exchange (id) ON DELETE CASCADE,"
        " side TEXT NOT NULL CHECK (side IN ('left', 'right')), seat TEXT NOT NULL, setup TEXT NOT NULL,"
        " text TEXT NOT NULL, thinking TEXT, finish_reason TEXT, error TEXT, usage TEXT, owner TEXT,"
        " PRIMARY KEY (exchange_id, side))"
    )
    connection.execute("CREATE INDEX answer_growing ON answer (owner) WHERE owner IS NOT NULL")


def second(connection: sqlite3.Connection) -> None:
    """Answers that were asked for again, and judgments.

    The `attempt` of an answer counts from 0, and the last one counts; `tokens` holds the JSON list of its ids.
    `swapped` is 1 where each side's answer was shown on the other side.
    """
    connection.execute("ALTER TABLE exchange ADD COLUMN swapped INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE answer RENAME TO first_answer")
    connection.execute("DROP INDEX answer_growing")
    connection.execute(
        "CREATE TABLE answer (exchange_id INTEGER NOT NULL REFERENCES exchange (id) ON DELETE CASCADE,"
        " side TEXT NOT NULL CHECK (side IN ('left', 'right')), attempt INTEGER NOT NULL DEFAULT 0,"
        " seat TEXT NOT NULL, setup TEXT NOT NULL, text TEXT NOT NULL, thinking TEXT, finish_reason TEXT, error TEXT,"
        " usage TEXT, tokens TEXT, owner TEXT, PRIMARY KEY (exchange_id, side, attempt))"
    )
    connection.execute(
        "INSERT INTO answer (exchange_id, side, seat, setup, text, thinking, finish_reason, error, usage, owner)"
        " SELECT exchange_id, side, seat, setup, text, thinking, finish_reason, error, usage, owner FROM first_answer"
    )
    connection.execute("DROP TABLE first_answer")
    connection.execute("CREATE INDEX answer_growing ON answer (owner) WHERE owner IS NOT NULL")
    connection.execute(
        "CREATE TABLE judgment (exchange_id INTEGER PRIMARY KEY REFERENCES exchange (id) ON DELETE CASCADE,"
        " verdict TEXT NOT NULL CHECK (verdict IN ('left', 'right', 'tie', 'both bad')), at TEXT NOT NULL,"
        " blind INTEGER NOT NULL, masked INTEGER NOT NULL, note TEXT NOT NULL, tags TEXT NOT NULL)"
    )


STEPS: tuple[Step, ...] = (first, second)
"""Step n leads from schema n to schema n + 1."""


def version_of(connection: sqlite3.Connection) -> int:
    """The schema that a file has; 0 for a file that is still empty."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def refuse_newer(connection: sqlite3.Connection, file: Path, steps: Sequence[Step] = STEPS) -> None:
    """Raises ArchiveError when a later duochat wrote `file`; reads and changes nothing else."""
    version = version_of(connection)
    if version > len(steps):
        raise ArchiveError(
            f"{file} was written by a newer duochat (schema {version}, this one knows {len(steps)}). Update duochat."
        )


def migrate(connection: sqlite3.Connection, file: Path, steps: Sequence[Step] = STEPS) -> None:
    """Brings `file`, open in autocommit mode as `connection`, to the newest schema, or leaves it as it was."""
    version = version_of(connection)
    if 0 < version < len(steps):
        back_up(connection, file, version)
    for number in range(version, len(steps)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            steps[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def back_up(connection: sqlite3.Connection, file: Path, version: int) -> Path:
    """Copies the whole archive beside itself as `NAME.backup-vVERSION` (mode 0600), and returns where."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.backup-")
    partial, target = Path(name), file.with_name(f"{file.name}.backup-v{version}")
    try:
        with os.fdopen(handle, "rb") as copy:
            connection.execute("VACUUM INTO ?", (name,))
            os.fsync(copy.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target
