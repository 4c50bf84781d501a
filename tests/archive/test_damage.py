"""The archive's file: modes, damage, schemas, locks and full disks."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.archive import sample
from tests.archive.test_store import keep
from tui.archive.errors import ArchiveError
from tui.archive.migrations import OLDEST, STEPS, migrate
from tui.archive.store import Archive


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A closed archive with one conversation."""
    path = tmp_path / "data" / "archive.db"
    archive = Archive.open(path)
    keep(archive, sample.rivers())
    archive.close()
    return path


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_files_and_folders_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "data"
    archive = Archive.open(folder / "archive.db")
    keep(archive, sample.rivers())
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert {"archive.db", "archive.db-wal", "archive.db-shm"} <= {each.name for each in folder.iterdir()}
    assert [each.stat().st_mode & 0o777 for each in (folder, folder.parent)] == [0o700, 0o700]
    archive.close()


def test_readable_archive_is_made_private(file: Path) -> None:
    file.chmod(0o644)
    Archive.open(file).close()
    assert file.stat().st_mode & 0o777 == 0o600


def flip_middle(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle - 3000 : middle + 3000] = b"\xa5" * 6000
    file.write_bytes(content)


def garbage(file: Path) -> None:
    file.write_bytes(b"no database at all\n" * 1000)


def cut(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.truncate(file.stat().st_size - 4096)


@pytest.mark.parametrize("damage", [flip_middle, garbage, cut])
def test_damaged_archive_is_set_aside_and_reported(file: Path, damage: Callable[[Path], None]) -> None:
    damage(file)
    damaged = file.read_bytes()
    archive = Archive.open(file)
    [aside] = file.parent.glob("archive.db.corrupt-*")
    assert aside.read_bytes() == damaged
    assert archive.notice is not None
    assert str(aside) in archive.notice
    assert archive.conversations() == ()
    keep(archive, sample.rivers())
    archive.close()
    again = Archive.open(file)
    assert (again.notice, len(again.conversations())) == (None, 1)
    again.close()


@pytest.mark.parametrize("content", [b"no database" * 1000, b""], ids=["garbage", "empty"])
def test_log_of_a_damaged_archive_is_set_aside_with_it(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    Path(f"{file}-wal").write_bytes(b"its log")
    Archive.open(file).close()
    [log] = file.parent.glob("archive.db.corrupt-*-wal")
    assert log.read_bytes() == b"its log"


def test_damage_found_while_reading_is_one_sentence(file: Path) -> None:
    archive = Archive.open(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE answer SET setup = '{'")
    connection.close()
    with pytest.raises(ArchiveError, match="cannot be read"):
        archive.conversation(1)
    archive.close()


def test_newer_archive_is_refused_and_untouched(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(ArchiveError, match=r"newer duochat .* Update"):
        Archive.open(file)
    assert file.read_bytes() == before
    assert {each.name for each in file.parent.iterdir()} == {"archive.db", "archive.db.lock"}


@pytest.mark.parametrize("schema", range(1, OLDEST))
def test_archive_older_than_the_oldest_schema_is_refused_and_untouched(file: Path, schema: int) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {schema}")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(ArchiveError, match=rf"has schema {schema}, .* Move it aside to start a new archive\.$"):
        Archive.open(file)
    assert file.read_bytes() == before
    assert {each.name for each in file.parent.iterdir()} == {"archive.db", "archive.db.lock"}


def add_note(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE conversation ADD COLUMN note TEXT")


def failing(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE answer")
    connection.execute("no such statement")


def test_older_archive_is_migrated_after_a_backup(file: Path) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    migrate(connection, file, (*STEPS, add_note))
    assert connection.execute("SELECT title, note FROM (SELECT 1 AS title), conversation").fetchall() == [(1, None)]
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()
    backup = file.with_name("archive.db.backup-v2")
    assert backup.stat().st_mode & 0o777 == 0o600
    old = Archive.open(backup)
    assert old.conversation(1).exchanges == sample.rivers().exchanges
    old.close()


def test_failed_migration_changes_nothing(file: Path) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        migrate(connection, file, (*STEPS, failing))
    connection.close()
    archive = Archive.open(file)
    assert archive.conversation(1).exchanges == sample.rivers().exchanges
    archive.close()


def test_locked_archive_is_one_sentence(file: Path) -> None:
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("PRAGMA locking_mode = EXCLUSIVE")
    blocker.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ArchiveError, match=r"locked by another program\. Close"):
        Archive.open(file, patience=0.05)
    blocker.execute("ROLLBACK")
    blocker.close()
    Archive.open(file, patience=0.05).close()


def test_locked_write_is_one_sentence_after_a_wait(file: Path) -> None:
    archive = Archive.open(file, patience=0.05)
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveError, match="locked"):
        archive.ask(1, sample.question(), sample.partial_answers())
    blocker.execute("ROLLBACK")
    blocker.close()
    archive.ask(1, sample.question(), sample.partial_answers())
    archive.close()


def test_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ArchiveError, match="DUOCHAT_HOME"):
        Archive.open(tmp_path / "data" / "archive.db")


READ_ONLY = """
import os, sys
from pathlib import Path
from tui.archive.store import Archive, ArchiveError
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.setuid(65534)
try:
    Archive.open(Path("data/archive.db"))
except ArchiveError as error:
    print(error)
"""
"""Opens an archive in a folder that it may not write; root, which may write everywhere, becomes another user."""


@pytest.mark.parametrize("exists", [True, False])
def test_read_only_folder_is_one_sentence(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    if exists:
        Archive.open(folder / "archive.db").close()
        (folder / "archive.db").chmod(0o444)
    folder.chmod(0o555)
    done = subprocess.run([sys.executable, "-c", READ_ONLY, tmp_path], capture_output=True, text=True, check=False)
    folder.chmod(0o755)
    assert done.stderr == ""
    assert "DUOCHAT_HOME" in done.stdout
    assert done.stdout.count("\n") == 1


FULL = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from tests.archive import sample
from tui.archive.store import Archive, ArchiveError
from tui.chat.conversation import Side
archive = Archive.open(Path(sys.argv[1]))
conversation = archive.begin(sample.conversation())
number = archive.ask(conversation.id, sample.question("the one that counts"), sample.partial_answers())
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
grown = replace(sample.partial_answers()[Side.LEFT], text="kept")
archive.checkpoint(number, Side.LEFT, grown)
try:
    archive.checkpoint(number, Side.LEFT, replace(grown, text="x" * 400_000))
except ArchiveError as error:
    print(error)
archive.checkpoint(number, Side.LEFT, replace(grown, text="kept too"))
archive.close()
"""
"""Writes until the file may not grow any more, and goes on afterwards."""


def test_full_disk_is_one_sentence_and_loses_only_the_last_write(tmp_path: Path) -> None:
    file = tmp_path / "archive.db"
    done = subprocess.run([sys.executable, "-c", FULL, file], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "space" in done.stdout
    archive = Archive.open(file)
    [exchange] = archive.conversation(1).exchanges
    assert exchange.question.text == "the one that counts"
    assert "kept too" in {answer.text for answer in exchange.answers.values()}
    archive.close()
