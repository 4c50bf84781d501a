"""What `duochat surprise` prints: a table and words, or one JSON document, without control characters from models."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from tests.cli.test_views import HOSTILE, consoles
from tests.scripted import Death, ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import Conversation, Side
from tui.cli.surprise import Document, Prompt, Saved, Source, score_both
from tui.engine.cores import Cores
from tui.errors import UserError
from tui.models.catalogue.spec import ModelSpec
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


class Harness:
    """Two scripted models that read."""

    def __init__(self, archive: Archive, tmp_path: Path, left: ScriptedEngine, right: ScriptedEngine) -> None:
        memory_check = MemoryCheck(environ={}, available=lambda: 2**40)
        engines = iter((left, right))
        preloader = Preloader(memory_check, lambda *_: next(engines))
        self._preparer = Preparer(
            environ={}, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2)
        )
        paths = {side: tiny.write(tmp_path / f"{side}.gguf", seed=seed) for seed, side in enumerate(Side)}
        self._selections = {
            side: Selection(spec=ModelSpec(id=f"m-{side}", name=f"M [{side}]", file=path.name, path=path))
            for side, path in paths.items()
        }

    async def read(self, source: Source, *, terminal: bool = False, as_json: bool = False) -> tuple[int, str, str]:
        """Return the exit status and the text of both streams."""
        out, err, said, told = consoles(terminal=terminal)
        status = await score_both(self._preparer, self._selections, source, out, err, as_json=as_json)
        return status, said.getvalue(), told.getvalue()


def harness(archive: Archive, tmp_path: Path, left: ScriptedEngine, right: ScriptedEngine) -> Harness:
    return Harness(archive, tmp_path, left, right)


async def test_prompt_is_answered_and_both_answers_are_read(archive: Archive, tmp_path: Path) -> None:
    read = harness(archive, tmp_path, ScriptedEngine(["one"]), ScriptedEngine(["二"])).read
    status, said, _ = await read(Prompt("hi"))
    assert status == 0
    answers, _, figures = said.partition("\nbits per byte of what")
    assert "one" in answers
    assert "二" in answers
    assert figures.splitlines() == [
        "\tM [left] wrote\tM [right] wrote",
        "M [left] read\t1.443\t1.443",
        "M [right] read\t1.443\t1.443",
        "Most surprising for M [left] (bits): 二 4.3",
        "Most surprising for M [right] (bits): one 4.3",
    ]


async def test_terminal_gets_a_table_and_foreign_text_is_inert(archive: Archive, tmp_path: Path) -> None:
    read = harness(archive, tmp_path, ScriptedEngine([HOSTILE]), ScriptedEngine(["fine"])).read
    _, said, _ = await read(Prompt("hi"), terminal=True)
    assert "M [left] wrote" in said
    assert "1.443" in said
    assert "\x1b]52" not in said
    assert "[/x]" in said


async def test_document_holds_everything(archive: Archive, tmp_path: Path) -> None:
    read = harness(archive, tmp_path, ScriptedEngine(["one two"]), ScriptedEngine(["二"])).read
    status, said, _ = await read(Prompt("hi"), as_json=True)
    document: dict[str, Any] = json.loads(said)
    assert status == 0
    assert document["conversation"] == 1
    assert document["prompts"] == ["hi"]
    assert {key: document["left"][key] for key in ("model", "name")} == {"model": "m-left", "name": "M [left]"}
    assert document["right"]["other"] == {
        "bits_per_byte": 1.442695,
        "bits": 10.099,
        "bytes": 7,
        "tokens": 7,
        "perplexity": 2.718282,
        "words": [{"word": "one", "bits": 4.328}, {"word": "two", "bits": 4.328}],
        "error": None,
    }
    assert document["right"]["own"]["words"] == [{"word": "二", "bits": 4.328}]


async def test_saved_conversation_is_read_and_not_changed(archive: Archive, tmp_path: Path) -> None:
    await harness(archive, tmp_path, ScriptedEngine(["one"]), ScriptedEngine(["二"])).read(Prompt("hi"))
    saved = archive.conversation(1)
    left, right = ScriptedEngine(), ScriptedEngine()
    status, said, _ = await harness(archive, tmp_path, left, right).read(Saved(saved), as_json=True)
    assert status == 0
    assert json.loads(said)["conversation"] == 1
    assert [subject.text for subject in left.subjects] == [subject.text for subject in right.subjects] == ["one", "二"]
    assert archive.conversation(1) == saved
    assert left.heard == []


async def test_text_is_read_by_both(archive: Archive, tmp_path: Path) -> None:
    status, said, _ = await harness(archive, tmp_path, ScriptedEngine(), ScriptedEngine()).read(Document("a text"))
    assert status == 0
    assert said.splitlines()[1] == "bits per byte of what\tthe text"
    assert said.splitlines()[2] == "M [left] read\t1.443"
    assert archive.conversations() == ()


async def test_failed_side_is_reported_and_the_other_reads(archive: Archive, tmp_path: Path) -> None:
    left = ScriptedEngine(loads=[[Death("no room")]])
    status, said, told = await harness(archive, tmp_path, left, ScriptedEngine()).read(Document("a text"))
    assert status == 1
    assert "M [left] read\t-" in said
    assert "M [right] read\t1.443" in said
    assert "left (M [left]): no room" in told


async def test_without_two_answers_there_is_an_error(archive: Archive, tmp_path: Path) -> None:
    read = harness(archive, tmp_path, ScriptedEngine([" "]), ScriptedEngine(["x"])).read
    with pytest.raises(UserError, match="no question that both"):
        await read(Prompt("hi"), as_json=True)
    with pytest.raises(UserError, match="no question that both"):
        await harness(archive, tmp_path, ScriptedEngine(), ScriptedEngine()).read(
            Saved(Conversation(models={}, started_at=datetime.now(UTC)))
        )
