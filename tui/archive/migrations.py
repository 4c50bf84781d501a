"""The archive's schema: one function a step, each in its own transaction, with a copy of the file made first."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from tui.archive.errors import ArchiveError
from tui.archive.transactions import transaction
from tui.files import replacing

Step = Callable[[sqlite3.Connection], None]

OLDEST = 2
"""The schema that `create` makes, and the oldest that can be read."""

STEPS: tuple[Step, ...] = ()
"""The first step leads from schema `OLDEST` to the next, and so on."""


def create(connection: sqlite3.Connection) -> None:
    """Create the tables; `seats`, `seat`, `setup`, `usage`, `sides`, `tokens` and `tags` hold JSON.

    `seat` is the model of an answer. Its `attempt` counts from 0, and the last one counts. `owner` names the run that
    still writes the answer; it is NULL once there is a `finish_reason`. `swapped` is 1 where each side's answer was
    shown on the other side.
    """
    connection.execute(
        "CREATE TABLE conversation"
        " (id INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, seats TEXT NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE exchange (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,"
        " question TEXT NOT NULL, asked_at TEXT NOT NULL, sides TEXT NOT NULL, swapped INTEGER NOT NULL DEFAULT 0)"
    )
    connection.execute("CREATE INDEX exchange_in_conversation ON exchange (conversation_id)")
    connection.execute(
        "CREATE TABLE answer (exchange_id INTEGER NOT NULL REFERENCES exchange (id) ON DELETE CASCADE,"
        " side TEXT NOT NULL CHECK (side IN ('left', 'right')), attempt INTEGER NOT NULL DEFAULT 0,"
        " seat TEXT NOT NULL, setup TEXT NOT NULL, text TEXT NOT NULL, thinking TEXT, finish_reason TEXT, error TEXT,"
        " usage TEXT, tokens TEXT, owner TEXT, PRIMARY KEY (exchange_id, side, attempt))"
    )
    connection.execute("CREATE INDEX answer_growing ON answer (owner) WHERE owner IS NOT NULL")
    connection.execute(
        "CREATE TABLE judgment (exchange_id INTEGER PRIMARY KEY REFERENCES exchange (id) ON DELETE CASCADE,"
        " verdict TEXT NOT NULL CHECK (verdict IN ('left', 'right', 'tie', 'both bad')), at TEXT NOT NULL,"
        " blind INTEGER NOT NULL, masked INTEGER NOT NULL, note TEXT NOT NULL, tags TEXT NOT NULL)"
    )


def check_version(connection: sqlite3.Connection, file: Path, steps: Sequence[Step] = STEPS) -> None:
    """Raise ArchiveError if this duochat cannot read the schema of `file`; read and change nothing else."""
    version, newest = version_of(connection), OLDEST + len(steps)
    if version > newest:
        raise ArchiveError(
            f"{file} was written by a newer duochat (schema {version}, this one knows {newest}). Update duochat."
        )
    if 0 < version < OLDEST:
        raise ArchiveError(
            f"{file} has schema {version}, and the oldest that this duochat reads is {OLDEST}. "
            "Move it aside to start a new archive."
        )


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema of a file; 0 for an empty one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection, file: Path, steps: Sequence[Step] = STEPS) -> None:
    """Bring `file`, open in autocommit mode as `connection`, to the newest schema, or leave it as it was."""
    version = version_of(connection)
    if 0 < version < OLDEST + len(steps):
        back_up(connection, file, version)
    for number, step in enumerate((create, *steps), start=OLDEST):
        if number > version:
            with transaction(connection):
                step(connection)
                connection.execute(f"PRAGMA user_version = {number}")


def back_up(connection: sqlite3.Connection, file: Path, version: int) -> None:
    """Copy the whole archive to `NAME.backup-vVERSION` beside it, with mode 0600."""
    with replacing(file.with_name(f"{file.name}.backup-v{version}")) as copy:
        connection.execute("VACUUM INTO ?", (str(copy),))
