"""One question to two engines: both are heard, both are kept, and neither touches the other."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.scripted import LOADED, Death, Hold, Pause, ScriptedEngine, Step, Thought
from tui.archive.errors import ArchiveError
from tui.archive.store import Archive
from tui.archive.transcript.json_reader import from_json
from tui.archive.transcript.json_writer import to_json
from tui.chat.conversation import Conversation, FinishReason, Message, ModelInfo, Role, Side, Weights
from tui.chat.events import Checking, Failed, Finished, Loaded, ReplyEvent, Restarted
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.chat.judgment import Judgment, Verdict
from tui.chat.sampling import Source
from tui.engine.cores import Cores, Threads
from tui.engine.steering import FREE, Steering
from tui.session.duo import Duo, Participant
from tui.session.recorder import Recorder
from tui.streams import merge


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


def duo_of(
    archive: Archive,
    left: ScriptedEngine,
    right: ScriptedEngine,
    *,
    system: str | None = None,
    sampling: Mapping[str, float] | None = None,
) -> Duo:
    def participant(side: Side, engine: ScriptedEngine) -> Participant:
        model = ModelInfo(model=f"m-{side}", name=f"M {side}", weights=Weights(None, "m.gguf", 1, ""))
        overrides = Overrides(system=system, sampling=sampling or {})
        return Participant(model=model, engine=engine, settings=GenerationSettings(overrides=overrides, max_tokens=50))

    return Duo(
        participants={Side.LEFT: participant(Side.LEFT, left), Side.RIGHT: participant(Side.RIGHT, right)},
        conversation=Conversation(models={}, started_at=datetime.now(UTC)),
        recorder=Recorder(archive),
        cores=Cores(4),
    )


async def loaded(duo: Duo) -> Duo:
    async for _ in duo.load():
        pass
    return duo


async def ask(duo: Duo, text: str) -> list[tuple[Side, ReplyEvent]]:
    async with aclosing(duo.ask(text)) as events:
        return [pair async for pair in events]


async def test_both_are_asked_and_what_they_say_is_kept(archive: Archive) -> None:
    duo = await loaded(duo_of(archive, ScriptedEngine([Thought("hm"), "Left."]), ScriptedEngine(["右", "边"])))
    said = await ask(duo, "你好")
    assert {side for side, event in said if isinstance(event, Finished)} == set(Side)
    answers = duo.conversation.exchanges[-1].answers
    assert (answers[Side.LEFT].thinking, answers[Side.LEFT].text) == ("hm", "Left.")
    assert answers[Side.RIGHT].text == "右边"
    assert duo.conversation.id is not None
    assert archive.conversation(duo.conversation.id) == duo.conversation
    await duo.close()


async def test_answer_names_the_mode_that_gave_it_after_a_restart(archive: Archive) -> None:
    restarted = Restarted(replace(LOADED, safe_mode=True, extra_buffers=False))
    duo = await loaded(duo_of(archive, ScriptedEngine([restarted, "Left."], ["Again."]), ScriptedEngine(["Right."])))
    assert duo.conversation.models[Side.LEFT].safe_mode is False
    await ask(duo, "one")
    await ask(duo, "two")
    await duo.close()
    assert duo.conversation.id is not None
    kept = archive.conversation(duo.conversation.id)
    for exchange in kept.exchanges:
        left, right = (exchange.answers[side].model for side in Side)
        assert (left.safe_mode, left.extra_buffers) == (True, False)
        assert (right.safe_mode, right.extra_buffers) == (False, True)
    assert from_json(to_json(kept)).exchanges[0].answers[Side.LEFT].model.safe_mode is True


async def test_times_count_from_the_question_though_weights_were_hashed_or_the_engine_restarted(
    archive: Archive,
) -> None:
    late: list[Step] = [Pause(0.2), Restarted(LOADED), "Left."]
    hashed = ScriptedEngine([Checking(1, 2), "Right.", Pause(0.2), Checking(2, 2)])
    duo = await loaded(duo_of(archive, ScriptedEngine(late), hashed))
    await ask(duo, "one")
    await duo.close()
    answers = duo.conversation.exchanges[-1].answers
    left, right = (answers[side].usage for side in Side)
    assert left is not None
    assert right is not None
    assert left.started_ms >= 200
    assert left.first_ms is not None
    assert left.started_ms <= left.first_ms <= left.ended_ms
    assert right.started_ms < 200


async def test_the_same_seed_and_each_its_own_history(archive: Archive) -> None:
    left, right = ScriptedEngine(["L"]), ScriptedEngine(["R"])
    duo = await loaded(duo_of(archive, left, right, system="be brief"))
    await ask(duo, "one")
    await ask(duo, "two")
    system = Message(Role.SYSTEM, "be brief")
    assert left.heard[1] == (
        system,
        Message(Role.USER, "one"),
        Message(Role.ASSISTANT, "L"),
        Message(Role.USER, "two"),
    )
    assert right.heard[1][2] == Message(Role.ASSISTANT, "R")
    seeds = [[setup.sampling.seed.value for setup in engine.setups] for engine in (left, right)]
    assert seeds[0] == seeds[1]
    assert seeds[0][0] != seeds[0][1]
    await duo.close()


async def test_the_question_is_on_disk_before_the_first_token(archive: Archive) -> None:
    gate = asyncio.Event()
    duo = await loaded(duo_of(archive, ScriptedEngine([Hold(gate), "L"]), ScriptedEngine([Hold(gate), "R"])))
    async with aclosing(duo.ask("kept?")) as events:
        await anext(events)
        assert duo.conversation.id is not None
        kept = archive.conversation(duo.conversation.id).exchanges[0]
        assert kept.question.text == "kept?"
        assert {answer.finish_reason for answer in kept.answers.values()} == {None}
    await duo.close()


async def test_one_side_dies_and_the_other_ends_as_if_alone(archive: Archive) -> None:
    left, right = ScriptedEngine(["half", Death("It died.")]), ScriptedEngine(["a", "b", "c"])
    duo = await loaded(duo_of(archive, left, right))
    said = await ask(duo, "go")
    assert [event for side, event in said if isinstance(event, Failed)] == [Failed("It died.")]
    answers = duo.conversation.exchanges[-1].answers
    assert (answers[Side.LEFT].text, answers[Side.LEFT].finish_reason) == ("half", FinishReason.FAILED)
    assert answers[Side.LEFT].error == "It died."
    assert (answers[Side.RIGHT].text, answers[Side.RIGHT].finish_reason) == ("abc", FinishReason.STOP)
    assert not duo.ready(Side.LEFT)
    assert duo.ready(Side.RIGHT)
    async for _ in duo.load([Side.LEFT]):
        pass
    assert duo.ready(Side.LEFT)
    await duo.close()


async def test_an_answer_beside_a_model_that_loads_is_not_alone(archive: Archive) -> None:
    hold = Hold(asyncio.Event())
    left, right = ScriptedEngine(["L", hold, "l"]), ScriptedEngine(["R"], loads=[(), (hold,)])
    duo = await loaded(duo_of(archive, left, right))
    async with aclosing(duo.ask("go", [Side.LEFT])) as answering, aclosing(duo.load([Side.RIGHT])) as loading:
        await anext(answering)
        asyncio.get_running_loop().call_later(0.02, hold.gate.set)
        heard = asyncio.create_task(anext(loading))
        await asyncio.sleep(0)
        assert duo.computing == {Side.LEFT, Side.RIGHT}
        async for _ in answering:
            pass
        await heard
    assert duo.computing == frozenset()
    usage = duo.conversation.exchanges[-1].answers[Side.LEFT].usage
    assert usage is not None
    assert usage.shared
    await duo.close()


async def test_a_side_that_never_loaded_fails_at_once_and_the_other_is_alone(archive: Archive) -> None:
    duo = duo_of(archive, ScriptedEngine(loads=[[Death("No such file.")]]), ScriptedEngine(["R"]))
    events = [event async for _, event in duo.load()]
    assert Failed("No such file.") in events
    assert any(isinstance(event, Loaded) for event in events)
    await ask(duo, "go")
    answers = duo.conversation.exchanges[-1].answers
    assert answers[Side.LEFT].error == "No such file."
    usage = answers[Side.RIGHT].usage
    assert usage is not None
    assert not usage.shared
    assert usage.threads == 4
    await duo.close()


async def test_threads_are_shared_and_go_to_whoever_still_works(archive: Archive) -> None:
    gate = asyncio.Event()
    left, right = ScriptedEngine(["L"]), ScriptedEngine([Hold(gate), "R"])
    duo = await loaded(duo_of(archive, left, right))
    async with aclosing(duo.ask("go")) as events:
        async for side, event in events:
            if side is Side.LEFT and isinstance(event, Finished):
                assert duo.answering == {Side.RIGHT}
                gate.set()
    assert left.threads == [Threads(2, 2)]
    assert right.threads == [Threads(2, 2), Threads(4, 4)]
    shared = [answer.usage.shared for answer in duo.conversation.exchanges[-1].answers.values() if answer.usage]
    assert shared == [True, True]
    await duo.close()


async def test_stopping_one_side_leaves_the_other(archive: Archive) -> None:
    gate = asyncio.Event()
    duo = await loaded(duo_of(archive, ScriptedEngine(["half", Hold(gate)]), ScriptedEngine(["R", Hold(gate), "S"])))
    async with aclosing(duo.ask("go")) as events:
        async for side, event in events:
            if side is Side.LEFT and isinstance(event, Finished):
                gate.set()
            elif duo.answering == set(Side):
                await duo.stop(Side.LEFT)
    answers = duo.conversation.exchanges[-1].answers
    assert (answers[Side.LEFT].text, answers[Side.LEFT].finish_reason) == ("half", FinishReason.STOPPED)
    assert (answers[Side.RIGHT].text, answers[Side.RIGHT].finish_reason) == ("RS", FinishReason.STOP)
    await duo.close()


async def test_leaving_in_the_middle_keeps_what_was_written_as_interrupted(archive: Archive) -> None:
    gate = asyncio.Event()
    duo = await loaded(duo_of(archive, ScriptedEngine(["half", Hold(gate)]), ScriptedEngine(["R"])))
    async with aclosing(duo.ask("go")) as events:
        async for side, event in events:
            if side is Side.RIGHT and isinstance(event, Finished):
                break
    await duo.close()
    assert duo.conversation.id is not None
    kept = archive.conversation(duo.conversation.id).exchanges[0].answers
    assert (kept[Side.LEFT].text, kept[Side.LEFT].finish_reason) == ("half", FinishReason.INTERRUPTED)
    assert kept[Side.RIGHT].finish_reason is FinishReason.STOP


async def test_a_question_that_cannot_be_kept_is_not_asked(archive: Archive) -> None:
    left, right = ScriptedEngine(), ScriptedEngine()
    duo = await loaded(duo_of(archive, left, right))
    archive.close()
    with pytest.raises(ArchiveError):
        await ask(duo, "go")
    assert left.heard == right.heard == []
    assert duo.conversation.exchanges == ()
    await duo.close()


async def numbers(count: int) -> AsyncGenerator[int, None]:
    for number in range(count):
        await asyncio.sleep(0)
        yield number


async def failing() -> AsyncGenerator[int, None]:
    yield 0
    raise RuntimeError("broken")


async def test_merging_keeps_each_streams_order() -> None:
    got = [pair async for pair in merge({"a": numbers(3), "b": numbers(2)})]
    assert [number for key, number in got if key == "a"] == [0, 1, 2]
    assert [number for key, number in got if key == "b"] == [0, 1]


async def test_what_one_stream_raises_comes_after_the_others_have_ended() -> None:
    got: list[tuple[str, int]] = []

    async def read() -> None:
        async for pair in merge({"a": failing(), "b": numbers(5)}):
            got.append(pair)  # noqa: PERF401 - what came before the error is wanted, too

    with pytest.raises(RuntimeError, match="broken"):
        await read()
    assert [number for key, number in got if key == "b"] == [0, 1, 2, 3, 4]


async def test_again_keeps_the_answer_before_and_asks_with_the_same_past(archive: Archive) -> None:
    left, right = ScriptedEngine(["L"], ["first"], ["second"]), ScriptedEngine(["R"])
    duo = await loaded(duo_of(archive, left, right))
    await ask(duo, "one")
    await ask(duo, "two")
    exchange_id = duo.conversation.exchanges[-1].id
    assert exchange_id is not None
    await duo.judge(exchange_id, Judgment(verdict=Verdict.TIE, at=datetime.now(UTC)))
    async with aclosing(duo.again([Side.LEFT])) as events:
        assert {side async for side, _ in events} == {Side.LEFT}
    last = duo.conversation.exchanges[-1]
    assert (last.answers[Side.LEFT].text, [each.text for each in last.earlier[Side.LEFT]]) == ("second", ["first"])
    assert Side.RIGHT not in last.earlier
    assert last.judgment is None
    assert left.heard[2] == left.heard[1]
    assert left.setups[2].sampling.seed != left.setups[1].sampling.seed
    assert duo.conversation.id is not None
    assert archive.conversation(duo.conversation.id) == duo.conversation
    await duo.close()


async def test_a_seed_that_the_user_named_moves_on_with_each_attempt(archive: Archive) -> None:
    left, right = ScriptedEngine(["L"]), ScriptedEngine(["R"])
    duo = await loaded(duo_of(archive, left, right, sampling={"seed": 7}))
    await ask(duo, "one")
    for _ in range(2):
        async with aclosing(duo.again()) as events:
            async for _ in events:
                pass
    assert [setup.sampling.seed.value for setup in left.setups] == [7, 8, 9]
    await duo.close()


async def test_further_attempts_draw_a_seed_for_each_side(archive: Archive) -> None:
    left, right = ScriptedEngine(["L"]), ScriptedEngine(["R"])
    duo = await loaded(duo_of(archive, left, right))
    await ask(duo, "one")
    async with aclosing(duo.again()) as events:
        async for _ in events:
            pass
    seeds = [engine.setups[1].sampling.seed for engine in (left, right)]
    assert seeds[0] != seeds[1]
    assert {seed.source for seed in seeds} == {Source.DEFAULT}
    await duo.close()


async def test_what_is_judged_is_kept_and_can_be_taken_back(archive: Archive) -> None:
    duo = await loaded(duo_of(archive, ScriptedEngine(["L"]), ScriptedEngine(["R"])))
    await ask(duo, "one")
    exchange_id = duo.conversation.exchanges[0].id
    assert exchange_id is not None
    said = Judgment(verdict=Verdict.RIGHT, at=datetime.now(UTC), blind=True)
    await duo.judge(exchange_id, said)
    assert duo.conversation.id is not None
    assert archive.conversation(duo.conversation.id).exchanges[0].judgment == said
    assert duo.conversation.exchanges[0].judgment == said
    await duo.judge(exchange_id, None)
    assert archive.conversation(duo.conversation.id).exchanges[0].judgment is None
    await duo.close()


async def test_another_model_goes_on_with_what_was_said_on_its_side(archive: Archive) -> None:
    left, right, newcomer = ScriptedEngine(["L"]), ScriptedEngine(["R"]), ScriptedEngine(["N"])
    duo = await loaded(duo_of(archive, left, right))
    await ask(duo, "one")
    model = ModelInfo(model="new", name="New", weights=Weights(None, "n.gguf", 1, ""))
    await duo.replace_model(
        Side.LEFT,
        Participant(model=model, engine=newcomer, settings=GenerationSettings(overrides=Overrides(), max_tokens=50)),
    )
    assert left.closed
    assert not duo.ready(Side.LEFT)
    async for _ in duo.load([Side.LEFT]):
        pass
    await ask(duo, "two")
    assert newcomer.heard[0][:2] == (Message(Role.USER, "one"), Message(Role.ASSISTANT, "L"))
    first, second = (exchange.answers[Side.LEFT].model for exchange in duo.conversation.exchanges)
    assert (first.model, second.model) == ("m-left", "new")
    await duo.close()


async def test_an_answer_is_run_again_under_its_own_conditions(archive: Archive) -> None:
    left, right = ScriptedEngine(["L"]), ScriptedEngine(["R"])
    duo = await loaded(duo_of(archive, left, right))
    await ask(duo, "one")
    recorded = dict(duo.conversation.exchanges[0].answers)
    stopped = replace(recorded[Side.LEFT], finish_reason=FinishReason.STOPPED)
    async with aclosing(duo.ask("one", rerun=recorded | {Side.LEFT: stopped})) as events:
        async for _ in events:
            pass
    assert left.setups[1] == left.setups[0]
    assert left.steerings == [FREE, Steering(reuse=0, stop_after=1)]
    assert right.steerings == [FREE, Steering(reuse=0)]
    await duo.close()
