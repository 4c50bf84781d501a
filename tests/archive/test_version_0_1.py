"""Files that duochat 0.1 wrote still open with the same content.

`archive.sql` is the dump of an archive; `transcript.json` and `settings.toml` are files as they were saved.
"""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.archive import sample
from tui import settings
from tui.archive.store import Archive
from tui.archive.transcript.digests import AnswerPart
from tui.archive.transcript.json_reader import read_json
from tui.chat.conversation import Conversation, Side
from tui.chat.judgment import Judgment, Verdict
from tui.settings import Settings

FOLDER = Path(__file__).with_name("version_0_1")


def schema(file: Path) -> list[tuple[object, ...]]:
    """Return the columns of every table, with types, defaults and keys, and every index."""
    connection = sqlite3.connect(file)
    columns = connection.execute(
        'SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk'
        " FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY m.name, c.cid"
    ).fetchall()
    indexes = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name").fetchall()
    connection.close()
    return columns + indexes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An archive of duochat 0.1, closed."""
    path = tmp_path / "archive.db"
    connection = sqlite3.connect(path)
    connection.executescript((FOLDER / "archive.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


@pytest.fixture
def conversation() -> Conversation:
    """The conversation in both files: an exchange with two attempts, and a judged one."""
    [exchange] = sample.rivers().exchanges
    judgment = Judgment(verdict=Verdict.LEFT, at=sample.WHEN, blind=True, masked=True, note="shorter", tags=("facts",))
    again = exchange.again({Side.RIGHT: exchange.answers[Side.RIGHT]})
    return replace(sample.conversation(again, replace(exchange, judgment=judgment)), id=1)


def test_archive_opens(file: Path, conversation: Conversation) -> None:
    archive = Archive.open(file)
    assert archive.notice is None
    assert archive.conversation(1) == conversation
    [vote] = archive.votes()
    assert (vote.id, vote.left.model, vote.judgment.note) == (2, "qwen-small", "shorter")
    archive.close()
    assert not list(file.parent.glob("*.backup-*"))


def test_new_archive_has_the_same_schema(file: Path, tmp_path: Path) -> None:
    Archive.open(tmp_path / "new.db").close()
    assert schema(tmp_path / "new.db") == schema(file)


def test_transcript_opens_and_its_digests_are_right(conversation: Conversation) -> None:
    saved = read_json((FOLDER / "transcript.json").read_text(encoding="utf-8"))
    assert (saved.edited, saved.has_digests) == ((), True)
    assert replace(saved.conversation, id=1) == conversation


def test_edit_of_a_transcript_is_found() -> None:
    document = json.loads((FOLDER / "transcript.json").read_text(encoding="utf-8"))
    document["exchanges"][1]["left"]["text"] = "Rhine"
    assert read_json(json.dumps(document)).edited == (AnswerPart(2, Side.LEFT, 1, 1),)


def test_settings_open() -> None:
    expected = Settings(theme="duochat-light", cores=2, warm=False, keys={"stop": "f8"})
    assert settings.load(FOLDER / "settings.toml") == expected
