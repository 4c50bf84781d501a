"""Two models that read: each gets every answer after what it had itself heard by then."""

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scripted import Death, ScriptedEngine, Thought
from tests.session.test_duo import ask, duo_of, loaded
from tui.archive.store import Archive
from tui.chat.conversation import Message, Role, Side, Weights
from tui.chat.scores import Continuation, Passage
from tui.session.cross_scoring import Read, comparable, read_answers, read_text


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


def user(text: str) -> Message:
    return Message(Role.USER, text)


async def test_each_reads_both_answers_as_if_it_had_written_them(archive: Archive) -> None:
    left, right = ScriptedEngine([" One.\n"], ["Two."]), ScriptedEngine([Thought("hm"), "Eins."], ["Zwei."])
    duo = await loaded(duo_of(archive, left, right, system="Be brief."))
    await ask(duo, "first?")
    await ask(duo, "second?")
    async with aclosing(read_answers(duo, duo.conversation)) as reads:
        found = [read async for read in reads]
    await duo.close()
    assert {(read.reader, read.writer, read.text) for read in found} == {
        (reader, writer, text)
        for reader in Side
        for writer, texts in ((Side.LEFT, ("One.", "Two.")), (Side.RIGHT, ("Eins.", "Zwei.")))
        for text in texts
    }
    assert all(len(read.scores) == len(read.text) and read.trouble is None for read in found)
    system, first, second = Message(Role.SYSTEM, "Be brief."), user("first?"), user("second?")
    heard = [subject for subject in left.subjects if isinstance(subject, Continuation)]
    assert [(each.messages, each.text) for each in heard] == [
        ((system, first), "One."),
        ((system, first, Message(Role.ASSISTANT, " One.\n"), second), "Two."),
        ((system, first), "Eins."),
        ((system, first, Message(Role.ASSISTANT, " One.\n"), second), "Zwei."),
    ]
    earlier = Message(Role.ASSISTANT, "Eins.", "hm")
    assert [each.messages for each in right.subjects if isinstance(each, Continuation)][1] == (
        *(system, first, earlier, second),
    )


async def test_only_what_both_present_models_answered_is_comparable(archive: Archive) -> None:
    left = ScriptedEngine(["One."], [" \n"], [Death("gone")], ["Four."])
    duo = await loaded(duo_of(archive, left, ScriptedEngine(["Eins."])))
    await ask(duo, "1")
    await ask(duo, "2")
    async with aclosing(duo.ask("only right", [Side.RIGHT])) as events:
        _ = [event async for event in events]
    await duo.close()
    talk = duo.conversation
    assert comparable(talk) == (0,)
    other = replace(talk.models[Side.LEFT], weights=Weights(None, "other.gguf", 2, ""))
    assert comparable(replace(talk, models={**talk.models, Side.LEFT: other})) == ()
    assert comparable(replace(talk, models={})) == ()


async def test_both_read_one_text(archive: Archive) -> None:
    left, right = ScriptedEngine(), ScriptedEngine()
    duo = await loaded(duo_of(archive, left, right))
    async with aclosing(read_text(duo, "a 猫")) as reads:
        found = [read async for read in reads]
    await duo.close()
    assert left.subjects == right.subjects == [Passage("a 猫")]
    assert {read.reader for read in found} == set(Side)
    assert [score.log_prob for score in found[0].scores] == [-1, -1, -3]


async def test_who_is_not_loaded_says_so_and_the_other_reads(archive: Archive) -> None:
    duo = await loaded(duo_of(archive, ScriptedEngine(loads=[[Death("no room")]]), ScriptedEngine()))
    async with aclosing(read_text(duo, "text")) as reads:
        found = {read.reader: read async for read in reads}
    await duo.close()
    assert found[Side.LEFT] == Read(Side.LEFT, None, "text", (), "no room")
    assert found[Side.RIGHT].trouble is None


async def test_who_reads_alone_gets_the_threads_of_both(archive: Archive) -> None:
    left, right = ScriptedEngine(), ScriptedEngine()
    duo = await loaded(duo_of(archive, left, right))
    async with aclosing(duo.score(Side.LEFT, Passage("x"))) as first:
        await anext(first)
        assert duo.answering == {Side.LEFT}
        async with aclosing(duo.score(Side.RIGHT, Passage("x"))) as second:
            await anext(second)
            assert left.threads[-1].writing == 2
        assert left.threads[-1].writing == 4
    await duo.close()
    assert not duo.answering
