"""A saved conversation is run again under its own conditions, and each answer is judged by itself."""

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.scripted import ScriptedEngine
from tests.session.test_duo import ask, loaded
from tui.archive.store import Archive
from tui.chat.conversation import Answer, Conversation, FinishReason, ModelInfo, Side, Weights
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.engine.cores import Cores
from tui.engine.steering import Steering
from tui.session.duo import Duo, Participant
from tui.session.recorder import Recorder
from tui.session.replay import EndedOtherwise, Identical, NotRun, Outcome, Parted, Replay, Replayed


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


def model(side: Side, model: str = "m", sha256: str = "aa") -> ModelInfo:
    return ModelInfo(model=f"{model}-{side}", name="M", weights=Weights(None, "m.gguf", 1, sha256))


def participant(engine: ScriptedEngine, seated: ModelInfo) -> Participant:
    return Participant(model=seated, engine=engine, settings=GenerationSettings(overrides=Overrides(), max_tokens=50))


class Table:
    """A duo of scripted engines, and those that were brought to it later."""

    def __init__(self, archive: Archive, left: ScriptedEngine, right: ScriptedEngine) -> None:
        self.engines = {Side.LEFT: left, Side.RIGHT: right}
        self.duo = Duo(
            participants={side: participant(engine, model(side)) for side, engine in self.engines.items()},
            conversation=Conversation(models={}, started_at=datetime.now(UTC)),
            recorder=Recorder(archive),
            cores=Cores(2),
        )
        self.brought: list[tuple[Side, str]] = []

    async def bring(self, side: Side, seated: ModelInfo) -> Participant:
        self.brought.append((side, seated.model))
        return participant(self.engines[side], seated)

    async def replay(self, saved: Conversation) -> list[Replayed]:
        async with aclosing(Replay(saved, self.duo, self.bring).run()) as answers:
            found = [each async for each in answers]
        await self.duo.close()
        return found


def scripts(*texts: str) -> ScriptedEngine:
    return ScriptedEngine(*[[text] for text in texts])


async def saved(archive: Archive, left: ScriptedEngine, right: ScriptedEngine, *questions: str) -> Conversation:
    """What was said, with an id for each token as a worker would give it."""
    table = Table(archive, left, right)
    await loaded(table.duo)
    for question in questions:
        await ask(table.duo, question)
    await table.duo.close()
    return table.duo.conversation


def changed(conversation: Conversation, exchange: int, side: Side, answer: Answer) -> Conversation:
    exchanges = list(conversation.exchanges)
    exchanges[exchange] = exchanges[exchange].with_answer(side, answer)
    return replace(conversation, exchanges=tuple(exchanges))


async def test_the_same_comes_out_identical(archive: Archive) -> None:
    kept = await saved(archive, scripts("L1", "L2"), scripts("R1", "R2"), "one", "two")
    found = await Table(archive, scripts("L1", "L2"), scripts("R1", "R2")).replay(kept)
    assert [(each.part.exchange, each.part.side) for each in found] == [
        (1, "left"),
        (1, "right"),
        (2, "left"),
        (2, "right"),
    ]
    assert {type(each.outcome) for each in found} == {Identical}
    assert [each.differences for each in found] == [()] * 4


async def test_where_an_answer_parts_is_said_and_the_next_one_has_the_saved_past(archive: Archive) -> None:
    kept = await saved(archive, scripts("The Nile.", "L2"), scripts("R1", "R2"), "one", "two")
    table = Table(archive, scripts("The Rhine.", "L2"), scripts("R1", "R2"))
    found = await table.replay(kept)
    assert found[0].outcome == Parted(None, "Nile.", "Rhine.")
    assert isinstance(found[2].outcome, Identical)
    assert [message.text for message in table.engines[Side.LEFT].heard[1]] == ["one", "The Nile.", "two"]


async def test_the_first_token_that_differs_is_numbered(archive: Archive) -> None:
    kept = await saved(archive, scripts("L"), scripts("R"), "one")
    answer = replace(kept.exchanges[0].answers[Side.LEFT], tokens=(7, 8, 9))
    found = await Table(archive, scripts("L"), scripts("R")).replay(changed(kept, 0, Side.LEFT, answer))
    assert found[0].outcome == Parted(1, "", "")


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (FinishReason.STOP, Identical(0)),
        (FinishReason.LENGTH, EndedOtherwise(0, FinishReason.LENGTH, FinishReason.STOP)),
        (FinishReason.STOPPED, Identical(0)),
    ],
)
async def test_the_same_words_with_another_end_are_not_the_same(
    archive: Archive, reason: FinishReason, outcome: Outcome
) -> None:
    kept = await saved(archive, scripts("L"), scripts("R"), "one")
    answer = replace(kept.exchanges[0].answers[Side.LEFT], finish_reason=reason)
    found = await Table(archive, scripts("L"), scripts("R")).replay(changed(kept, 0, Side.LEFT, answer))
    assert found[0].outcome == outcome


async def test_a_model_that_was_loaded_anew_is_loaded_anew(archive: Archive) -> None:
    kept = await saved(archive, scripts("L1", "L2"), scripts("R1", "R2"), "one", "two")
    answer = kept.exchanges[1].answers[Side.LEFT]
    anew = changed(kept, 1, Side.LEFT, replace(answer, model=replace(answer.model, session="another")))
    table = Table(archive, scripts("L1", "L2"), scripts("R1", "R2"))
    await table.replay(anew)
    assert (table.engines[Side.LEFT].load_count, table.engines[Side.RIGHT].load_count) == (2, 1)
    assert table.brought == []


async def test_a_text_that_is_not_that_of_its_tokens_is_said_to_differ_at_no_token(archive: Archive) -> None:
    kept = await saved(archive, scripts("L"), scripts("R"), "one")
    now = Table(archive, scripts("L"), scripts("R"))
    answer = kept.exchanges[0].answers[Side.LEFT]
    usage = answer.usage
    assert usage is not None
    edited = replace(answer, text="L, edited", usage=replace(usage, completion_tokens=0))
    found = await now.replay(changed(kept, 0, Side.LEFT, edited))
    assert found[0].outcome == Parted(None, ", edited", "")


async def test_a_model_that_was_loaded_with_another_context_is_brought(archive: Archive) -> None:
    kept = await saved(archive, scripts("L1", "L2"), scripts("R1", "R2"), "one", "two")
    answer = kept.exchanges[1].answers[Side.LEFT]
    larger = replace(answer, model=replace(answer.model, session="another", context=8192))
    table = Table(archive, scripts("L1", "L2"), scripts("R1", "R2"))
    await table.replay(changed(kept, 1, Side.LEFT, larger))
    assert table.brought == [(Side.LEFT, "m-left")]


async def test_a_model_that_took_the_seat_is_brought(archive: Archive) -> None:
    kept = await saved(archive, scripts("L1", "L2"), scripts("R1", "R2"), "one", "two")
    other = changed(kept, 1, Side.RIGHT, replace(kept.exchanges[1].answers[Side.RIGHT], model=model(Side.RIGHT, "new")))
    table = Table(archive, scripts("L1", "L2"), scripts("R1", "R2"))
    found = await table.replay(other)
    assert table.brought == [(Side.RIGHT, "new-right")]
    assert found[3].model == "new-right"


async def test_what_failed_is_not_run_and_stays_in_the_past(archive: Archive) -> None:
    kept = await saved(archive, scripts("L1", "L2"), scripts("R1", "R2"), "one", "two")
    failed = replace(kept.exchanges[0].answers[Side.RIGHT], finish_reason=FinishReason.FAILED, usage=None)
    table = Table(archive, scripts("L1", "L2"), scripts("R2"))
    found = await table.replay(changed(kept, 0, Side.RIGHT, failed))
    assert found[1].outcome == NotRun("It failed when it was saved.")
    assert isinstance(found[3].outcome, Identical)
    assert [message.text for message in table.engines[Side.RIGHT].heard[0]] == ["one", "R1", "two"]


async def test_attempts_come_in_their_order_and_stop_where_they_were_stopped(archive: Archive) -> None:
    said = Table(archive, scripts("first", "second"), scripts("R"))
    await loaded(said.duo)
    await ask(said.duo, "one")
    async with aclosing(said.duo.again([Side.LEFT])) as events:
        async for _ in events:
            pass
    await said.duo.close()
    kept = said.duo.conversation
    stopped = replace(kept.exchanges[0].answers[Side.LEFT], finish_reason=FinishReason.STOPPED)
    table = Table(archive, scripts("first", "second"), scripts("R"))
    found = await table.replay(changed(kept, 0, Side.LEFT, stopped))
    assert [(each.part.side, each.part.attempt, each.part.attempts) for each in found] == [
        ("left", 1, 2),
        ("right", 1, 1),
        ("left", 2, 2),
    ]
    assert table.engines[Side.LEFT].steerings == [Steering(reuse=0), Steering(reuse=0, stop_after=1)]
    assert table.engines[Side.LEFT].setups[1] == kept.exchanges[0].answers[Side.LEFT].setup


async def test_an_attempt_of_a_side_that_the_question_does_not_name_is_run_all_the_same(archive: Archive) -> None:
    said = Table(archive, scripts("L"), scripts("first", "second"))
    await loaded(said.duo)
    await ask(said.duo, "one")
    async with aclosing(said.duo.again([Side.RIGHT])) as events:
        async for _ in events:
            pass
    await said.duo.close()
    exchange = said.duo.conversation.exchanges[0]
    fewer = replace(exchange, question=replace(exchange.question, sides=(Side.LEFT,)))
    kept = replace(said.duo.conversation, exchanges=(fewer,))
    found = await Table(archive, scripts("L"), scripts("first", "other")).replay(kept)
    assert found[2].outcome == Parted(None, "second", "other")


async def test_what_is_different_in_the_set_up_is_said(archive: Archive) -> None:
    kept = await saved(archive, scripts("L"), scripts("R"), "one")
    answer = kept.exchanges[0].answers[Side.LEFT]
    usage = answer.usage
    assert usage is not None
    was = replace(
        answer.model,
        weights=replace(answer.model.weights, sha256="bb" * 32),
        engine="older",
        machine="ARM",
        context=9,
        template_sha256="cc",
        safe_mode=True,
        extra_buffers=False,
    )
    other = replace(answer, model=was, usage=replace(usage, prompt_tokens=99))
    found = await Table(archive, scripts("L"), scripts("R")).replay(changed(kept, 0, Side.LEFT, other))
    assert len(found[0].differences) == 8
    assert "It ran in the safe mode, and runs in the normal mode: last digits may differ." in found[0].differences
    assert "llama.cpp ran without extra buffers, and runs with them: last digits may differ." in found[0].differences
    assert found[0].differences[0] == "The weights are others: sha256 bbbbbbbbbbbb then, aa now."
    assert (found[0].same_weights, found[1].same_weights) == (False, True)
    assert found[1].differences == ()
