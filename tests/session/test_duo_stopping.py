"""A stop holds from the moment of the question on, whoever has heard of that by then; so does going away."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.archive.locks import locked
from tests.scripted import ScriptedEngine
from tests.session.test_duo import ask, loaded
from tests.session.test_duo_meanwhile import duo_of
from tui.archive.store import Archive
from tui.chat.conversation import Answer, FinishReason, Question, Side
from tui.chat.events import ReplyEvent
from tui.engine.cores import Threads
from tui.session.duo import BOTH, Duo
from tui.session.recorder import Recorder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


async def ask_two(duo: Duo) -> object:
    return await ask(duo, "two")


async def again(duo: Duo) -> list[tuple[Side, ReplyEvent]]:
    return [pair async for pair in duo.again()]


def checked(archive: Archive, duo: Duo, stopped: tuple[Side, ...]) -> None:
    """Whoever is in `stopped` wrote nothing, the other all, and the archive knows."""
    answers = duo.conversation.exchanges[-1].answers
    for side, answer in answers.items():
        reason, text = (FinishReason.STOPPED, "") if side in stopped else (FinishReason.STOP, "ab")
        assert (answer.finish_reason, answer.text, answer.error) == (reason, text, None)
        assert answer.usage is not None
        assert answer.usage.threads == (0 if side in stopped else 4)
        assert not answer.usage.shared
    assert duo.answering == frozenset()
    assert archive.conversation(duo.conversation.id or 0) == duo.conversation


@pytest.mark.parametrize("side", [None, Side.LEFT, Side.RIGHT])
async def test_whoever_is_stopped_while_the_question_is_kept_is_never_asked(
    archive: Archive, tmp_path: Path, side: Side | None
) -> None:
    engines = {each: ScriptedEngine(["a", "b"]) for each in Side}
    duo = await loaded(duo_of(Recorder(archive), engines[Side.LEFT], engines[Side.RIGHT]))
    stopped = BOTH if side is None else (side,)
    for attempt in (ask(duo, "go"), again(duo)):
        for engine in engines.values():
            engine.heard.clear()
            engine.threads.clear()
        with locked(tmp_path):
            asked = asyncio.create_task(attempt)
            await asyncio.sleep(0.01)
            await duo.stop(side)
        said = await asked
        assert {each for each, _ in said} == set(Side)
        checked(archive, duo, stopped)
        assert {each for each in Side if engines[each].heard} == set(Side) - set(stopped)
        assert all(engine.threads == [Threads(4, 4)] for engine in engines.values() if engine.heard)
    await duo.close()


class Eager(Recorder):
    """Has `duo` stopped as soon as a question is kept, before any engine has heard of it."""

    duo: Duo | None = None

    async def ask(self, conversation_id: int, question: Question, partial_answers: Mapping[Side, Answer]) -> int:
        kept = await super().ask(conversation_id, question, partial_answers)
        if self.duo is not None:
            self.stop = asyncio.create_task(self.duo.stop())
        return kept


async def test_a_stop_just_before_the_engines_take_the_question_holds(archive: Archive) -> None:
    recorder, engines = Eager(archive), {each: ScriptedEngine(["a", "b"]) for each in Side}
    recorder.duo = duo = await loaded(duo_of(recorder, engines[Side.LEFT], engines[Side.RIGHT]))
    await ask(duo, "go")
    checked(archive, duo, BOTH)
    await duo.close()


async def test_the_next_question_is_not_stopped_too(archive: Archive, tmp_path: Path) -> None:
    duo = await loaded(duo_of(Recorder(archive), ScriptedEngine(["a", "b"]), ScriptedEngine(["a", "b"])))
    with locked(tmp_path):
        asked = asyncio.create_task(ask(duo, "one"))
        await asyncio.sleep(0.01)
        await duo.stop()
    await asked
    await ask(duo, "two")
    assert [answer.text for answer in duo.conversation.exchanges[-1].answers.values()] == ["ab", "ab"]
    await duo.close()


async def test_an_answer_that_never_began_is_run_again_without_a_word_to_its_model(
    archive: Archive, tmp_path: Path
) -> None:
    left, right = ScriptedEngine(["a", "b"]), ScriptedEngine(["a", "b"])
    duo = await loaded(duo_of(Recorder(archive), left, right))
    with locked(tmp_path):
        asked = asyncio.create_task(ask(duo, "go"))
        await asyncio.sleep(0.01)
        await duo.stop(Side.LEFT)
    await asked
    recorded = dict(duo.conversation.exchanges[0].answers)
    for events in (duo.ask("go", rerun=recorded), duo.again(rerun=recorded)):
        async for _ in events:
            pass
        assert duo.conversation.exchanges[-1].answers[Side.LEFT].finish_reason is FinishReason.STOPPED
    assert (len(left.heard), len(right.heard)) == (0, 3)
    await duo.close()


@pytest.mark.parametrize("attempt", [ask_two, again])
async def test_whoever_goes_away_while_the_question_is_kept_leaves_nothing_that_grows(
    archive: Archive, tmp_path: Path, attempt: Callable[[Duo], Coroutine[Any, Any, object]]
) -> None:
    left, right = ScriptedEngine(["a", "b"]), ScriptedEngine(["a", "b"])
    duo = await loaded(duo_of(Recorder(archive), left, right))
    await ask(duo, "one")
    with locked(tmp_path):
        asked = asyncio.create_task(attempt(duo))
        await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert duo.answering == frozenset()
    await duo.close()
    kept = archive.conversation(duo.conversation.id or 0).exchanges[-1]
    assert kept.question.text == ("two" if attempt is ask_two else "one")
    assert {answer.finish_reason for answer in kept.answers.values()} == {FinishReason.INTERRUPTED}
    assert (len(left.heard), len(right.heard)) == (1, 1)
