"""A saved conversation of the real starter pair runs again to the token, and tells what was tampered with."""

import asyncio
import json
import os
import subprocess
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.conftest import environ_for, run
from tests.end_to_end.test_turns import table
from tui.archive.store import Archive
from tui.archive.transcript.json_writer import to_json
from tui.chat.conversation import Conversation, FinishReason, Side
from tui.chat.events import Delta
from tui.chat.generation_settings import Overrides
from tui.chat.judgment import Judgment, Verdict
from tui.session.duo import Duo

SEEDED = Overrides(max_tokens=130, sampling={"seed": 3})
"""Each further attempt has the next seed."""
STORY = " ".join(
    f"On day {day} the keeper {did} and wrote to {whom} about it."
    for day, (did, whom) in enumerate(
        [
            (did, whom)
            for did in ("mended the lamp", "saw a ship", "fed the gulls", "lit the fire", "slept late", "sang a song")
            for whom in ("his daughter 阿明", "the mayor", "an old friend", "the harbor master", "nobody")
        ],
        1,
    )
)


async def say(duo: Duo, text: str, *sides: Side) -> None:
    async with aclosing(duo.ask(text, sides or tuple(Side))) as events:
        async for _ in events:
            pass


async def stopped(duo: Duo, text: str, side: Side, after: int) -> None:
    """Asks, and stops `side` once it has written so many tokens of very many."""
    duo.override(side, replace(SEEDED, max_tokens=2_000))
    async with aclosing(duo.ask(text)) as events:
        async for each, event in events:
            if each is side and isinstance(event, Delta) and event.tokens >= after:
                await duo.stop(side)
    duo.override(side, SEEDED)


async def again(duo: Duo, *sides: Side) -> None:
    async with aclosing(duo.again(sides)) as events:
        async for _ in events:
            pass


@pytest.fixture(scope="module")
def talk(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """Six questions: one stopped, one asked again twice, one to one side only."""
    return asyncio.run(_talk(starter, tmp_path_factory.mktemp("talk") / "archive.db"))


async def _talk(starter: Path, file: Path) -> Conversation:
    archive = Archive.open(file)
    async with table(starter, archive) as duo:
        for side in Side:
            duo.override(side, SEEDED)
        await say(duo, f"{STORY} Go on with this story.")
        await stopped(duo, "And his daughter? ☂", Side.LEFT, 25)
        await say(duo, "What would she write in a diary?")
        await again(duo, Side.LEFT, Side.RIGHT)
        await again(duo, Side.RIGHT)
        await say(duo, "Only you: sum it up.", Side.RIGHT)
        await say(duo, "A poem about it, please.")
        await say(duo, "Which word did you use most?")
        number = duo.conversation.id
    assert number is not None
    kept = archive.conversation(number)
    archive.close()
    return kept


@pytest.fixture
def saved(talk: Conversation, tmp_path: Path) -> Path:
    file = tmp_path / "talk.json"
    file.write_text(to_json(talk), encoding="utf-8")
    return file


@pytest.fixture
def short(talk: Conversation, tmp_path: Path) -> Path:
    """The first question alone, as if nothing else had been asked; judged."""
    judged = replace(talk.exchanges[0], judgment=Judgment(verdict=Verdict.LEFT, at=talk.started_at))
    file = tmp_path / "short.json"
    file.write_text(to_json(replace(talk, exchanges=(judged,))), encoding="utf-8")
    return file


def replay(home: Path, file: Path) -> subprocess.CompletedProcess[str]:
    return run(("replay", str(file)), environ_for(home))


@pytest.mark.parametrize("_time", ["first", "second", "third"])
def test_six_turns_come_out_identical_each_time(talk: Conversation, saved: Path, home: Path, _time: str) -> None:
    for answer in talk.exchanges[-1].answers.values():
        assert answer.usage is not None
        assert answer.usage.prompt_tokens + answer.usage.completion_tokens > 600
    assert talk.exchanges[1].answers[Side.LEFT].finish_reason is FinishReason.STOPPED
    assert len(talk.exchanges[2].earlier[Side.RIGHT]) == 2
    result = run(("replay", str(saved), "--json"), environ_for(home))
    document = json.loads(result.stdout)
    assert {answer["outcome"] for answer in document["answers"]} == {"identical"}, document
    assert [difference for answer in document["answers"] for difference in answer["differences"]] == []
    assert len(document["answers"]) == 14
    assert document["identical"]
    assert result.returncode == 0


def test_an_edited_answer_is_named(short: Path, home: Path) -> None:
    document = json.loads(short.read_text(encoding="utf-8"))
    document["exchanges"][0]["left"]["text"] += " And he was never seen again."
    short.write_text(json.dumps(document), encoding="utf-8")
    result = replay(home, short)
    assert result.returncode == 1
    assert "1 left  smollm2-135m: differs: " in result.stdout
    assert result.stdout.count("edited after it was saved") == 1
    assert "1 right  qwen2.5-coder-0.5b: identical" in result.stdout
    assert "1 of 2 answers came out identical. 1 edited since" in result.stdout


def test_an_edit_outside_the_answers_is_named(short: Path, home: Path) -> None:
    whole = short.read_text(encoding="utf-8")
    changed = json.loads(whole)
    changed["exchanges"][0]["judgment"]["verdict"] = "right"
    changed["seats"]["right"]["quant"] = "F16"
    short.write_text(json.dumps(changed), encoding="utf-8")
    result = replay(home, short)
    assert result.returncode == 1
    assert "The judgment of question 1 was edited after it was saved." in result.stdout
    assert "The transcript was edited after it was saved: a model, " in result.stdout
    assert result.stdout.endswith("2 of 2 answers came out identical.\n")
    cut = json.loads(whole)
    cut["exchanges"][0]["right"] = None
    short.write_text(json.dumps(cut), encoding="utf-8")
    result = run(("replay", str(short), "--json"), environ_for(home))
    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert document["edited"] == {"document": False, "questions": [1], "judgments": []}
    assert [answer["edited"] for answer in document["answers"]] == [False]
    assert (document["identical"], document["sealed"]) == (False, True)


def test_transcript_without_digests_is_not_called_identical(short: Path, home: Path) -> None:
    document = json.loads(short.read_text(encoding="utf-8"))
    exchange = document["exchanges"][0]
    for part in (document, exchange, exchange["left"], exchange["right"], exchange["judgment"]):
        del part["digest"]
    short.write_text(json.dumps(document), encoding="utf-8")
    result = replay(home, short)
    assert result.returncode == 1, result.stdout
    assert "2 of 2 answers came out identical." in result.stdout
    assert "The transcript has no digests: duochat cannot tell" in result.stdout


def test_one_changed_byte_of_the_weights_is_named(starter: Path, short: Path, tmp_path: Path) -> None:
    document = json.loads(short.read_text(encoding="utf-8"))
    home = tmp_path / "other"
    there = home / "data" / "weights"
    there.mkdir(parents=True)
    left, right = (document["seats"][side]["weights"]["sha256"] for side in Side)
    (there / f"{right}.gguf").symlink_to(starter / f"{right}.gguf")
    content = bytearray((starter / f"{left}.gguf").read_bytes())
    content[len(content) // 2] ^= 0x40
    (there / f"{left}.gguf").write_bytes(content)
    result = replay(home, short)
    assert result.returncode == 1, result.stderr
    (said,) = [line for line in result.stderr.splitlines() if line.startswith("duochat:")]
    assert f"{left}.gguf has a wrong checksum: its bytes changed." in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This is not JSON"),
        (b"\xff", "not UTF-8 text"),
        (b'{"duochat": 99}', "A newer duochat wrote this transcript"),
        (b'{"duochat": 1, "exchanges": 3}', "This transcript is not whole"),
        (None, "cannot be read (No such file or directory)"),
    ],
    ids=["empty", "bytes", "newer", "half", "absent"],
)
def test_what_cannot_be_replayed_is_one_sentence(content: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    if content is not None:
        file.write_bytes(content)
    result = run(("replay", str(file)), {**environ_for(tmp_path), "PATH": os.environ["PATH"]})
    assert result.returncode == 1
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
