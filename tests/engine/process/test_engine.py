"""The engine in a worker process: answers, stops, crashes, and the end of the worker."""

import asyncio
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests import tiny
from tests.engine.asking import ONE, Collected, ask, assistant, collect_checked, load, loaded, setup, user
from tests.engines import engine as made
from tui.chat.conversation import FinishReason, Message, Role
from tui.chat.events import Delta, Failed, Loaded, Loading, Prefill, ReplyEvent
from tui.engine.cores import Threads
from tui.engine.process.describe import describe
from tui.engine.process.fallback import FallbackEngine
from tui.engine.steering import Steering
from tui.engine.wire import PACE

ENDLESS = {"\n": ["la", "\n"]}
LONG = "x" * 30_000
"""A prompt that a tiny model reads for seconds."""


@pytest.fixture(scope="module")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "random.gguf", context=100_000, words=["straw", "berry"])


@pytest.fixture(scope="module")
def endless_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "endless.gguf", context=100_000, script=ENDLESS)


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_loaded_model_reports_context_engine_and_template(random_model: Path) -> None:
    engine = made(random_model, 256)
    events = [event async for event in engine.load()]
    await engine.close()
    assert all(isinstance(event, Loading) for event in events[:-1])
    last = events[-1]
    assert isinstance(last, Loaded)
    assert last.context == 256
    assert last.engine.startswith("llama-cpp-python 0.3")
    assert len(last.template_sha256) == 64
    assert not [note for note in last.notes if "safe mode" not in note]


async def test_answer_comes_whole_with_its_usage(tmp_path: Path) -> None:
    script: dict[str, list[str | bytes]] = {"\n": ["Hello", " you", b"\xf0", b"\x9f", b"\x98", b"\x80", b"\xff", "!"]}
    async with loaded(tiny.write(tmp_path / "m.gguf", script=script)) as engine:
        collected = await ask(engine, "hi")
    assert collected.text == "Hello you😀\ufffd!"
    assert collected.reason is FinishReason.STOP
    usage = collected.usage
    assert (usage.completion_tokens, usage.reused_tokens, usage.threads) == (8, 0, 1)
    assert collected.prefills[-1].done == collected.prefills[-1].total == usage.prompt_tokens
    assert usage.first_ms is not None
    assert usage.last_ms is not None
    assert 0 <= usage.started_ms <= usage.first_ms <= usage.last_ms <= usage.ended_ms


async def test_answer_ends_at_its_limit_or_at_the_end_of_the_context(endless_model: Path) -> None:
    async with loaded(endless_model, context=256) as engine:
        short = await ask(engine, "hi", max_tokens=5)
        assert (short.reason, short.usage.completion_tokens) == (FinishReason.LENGTH, 5)
        full = await ask(engine, "hi", max_tokens=9999)
    assert full.reason is FinishReason.LENGTH
    assert 256 <= full.usage.prompt_tokens + full.usage.completion_tokens <= 257


@pytest.mark.parametrize("temperature", [0.0, 1.0])
async def test_answer_continues_past_its_end_with_ignore_end(tmp_path: Path, temperature: float) -> None:
    async with loaded(tiny.write(tmp_path / "m.gguf", script={"\n": ["Hello", " you"]})) as engine:
        short = await ask(engine, "hi", max_tokens=20, temperature=temperature)
        forced = await ask(engine, "hi", max_tokens=20, temperature=temperature, steering=Steering(ignore_end=True))
    assert (short.text, short.reason) == ("Hello you", FinishReason.STOP)
    assert forced.text.startswith("Hello you")
    assert (forced.usage.completion_tokens, forced.reason) == (20, FinishReason.LENGTH)
    assert not {"<|im_end|>", "<|endoftext|>"} & set(re.findall(r"<\|\w+\|>", forced.text))


async def test_same_seed_gives_the_same_answer_after_other_questions(random_model: Path) -> None:
    async with loaded(random_model) as engine:
        first = await ask(engine, "one", seed=3, temperature=1.0, max_tokens=40)
        other = await ask(engine, "one", seed=4, temperature=1.0, max_tokens=40)
        await ask(engine, "two", assistant("two"), "two", seed=3, temperature=1.0, max_tokens=40)
        again = await ask(engine, "one", seed=3, temperature=1.0, max_tokens=40, threads=2)
    assert first.text == again.text != other.text


async def test_follow_up_reads_only_new_tokens(random_model: Path) -> None:
    async with loaded(random_model) as engine:
        talk: list[Message] = []
        before = 0
        for question in ("one", "two", "three"):
            talk.append(user(question))
            collected = await ask(engine, *talk, max_tokens=20, temperature=1.0)
            assert collected.usage.reused_tokens >= before - 1
            assert collected.prefills[0].done == collected.usage.reused_tokens
            before = collected.usage.prompt_tokens + collected.usage.completion_tokens
            talk.append(assistant(collected.text))


async def test_answer_is_reused_as_sampled_even_if_its_text_tokenizes_differently(tmp_path: Path) -> None:
    async with loaded(tiny.write(tmp_path / "m.gguf", script={"\n": ["straw", "berry"]})) as engine:
        first = await ask(engine, "hi")
        second = await ask(engine, "hi", assistant("strawberry"), "hi")
    assert first.usage.completion_tokens == 2
    assert second.usage.reused_tokens == first.usage.prompt_tokens + 2


async def test_stopped_answer_leaves_the_engine_usable(endless_model: Path) -> None:
    async with loaded(endless_model, context=100_000) as engine:
        fresh = await ask(engine, "hi", max_tokens=30)
        collected: list[ReplyEvent] = []
        async for event in engine.reply([user("hi")], setup(90_000), ONE):
            collected.append(event)
            if isinstance(event, Delta):
                await engine.stop()
        assert Collected(tuple(collected)).reason is FinishReason.STOPPED
        assert (await ask(engine, "hi", max_tokens=30)).text == fresh.text


async def test_progress_of_reading_comes_at_a_steady_pace(random_model: Path) -> None:
    async with loaded(random_model, context=10_000) as engine:
        collected = await ask(engine, "x" * 6_000, max_tokens=1)
    usage, (first, *others) = collected.usage, collected.prefills
    assert (first.done, others[-1].done) == (0, usage.prompt_tokens)
    assert first.prompt is not None
    assert not any(each.prompt for each in others)
    assert usage.first_ms is not None
    between = (usage.first_ms - usage.started_ms) / 1000
    assert len(collected.prefills) <= 2 + between / PACE


async def test_stop_while_reading_leaves_no_trace(random_model: Path) -> None:
    async with loaded(random_model, context=40_000) as engine:
        fresh = await ask(engine, "hi", max_tokens=30)
        stopped: list[ReplyEvent] = []
        async for event in engine.reply([user(LONG)], setup(), ONE):
            stopped.append(event)
            if isinstance(event, Prefill) and event.done:
                await engine.stop()
        collected = Collected(tuple(stopped))
        assert collected.reason is FinishReason.STOPPED
        assert collected.prefills[-1].done < collected.prefills[-1].total
        assert (await ask(engine, "hi", max_tokens=30)).text == fresh.text


async def test_closing_the_generator_stops_the_answer(endless_model: Path) -> None:
    async with loaded(endless_model, context=100_000) as engine:
        reply = engine.reply([user("hi")], setup(90_000), ONE)
        await anext(reply)
        await reply.aclose()
        assert (await ask(engine, "hi", max_tokens=3)).usage.completion_tokens == 3


async def test_closing_the_generator_does_not_stop_the_next_answer(endless_model: Path) -> None:
    async with loaded(endless_model, context=100_000) as engine:
        abandoned = engine.reply([user("hi")], setup(90_000), ONE)
        await anext(abandoned)
        following = asyncio.create_task(ask(engine, "hi", max_tokens=3))
        await asyncio.sleep(0)
        await abandoned.aclose()
        assert (await following).reason is FinishReason.LENGTH


async def test_threads_change_during_an_answer(endless_model: Path) -> None:
    async with loaded(endless_model, context=100_000) as engine:
        events = []
        async for event in engine.reply([user("hi")], setup(90_000), Threads(1, 1)):
            events.append(event)
            if isinstance(event, Delta):
                engine.set_threads(Threads(2, 2))
                if event.tokens > 5_000:
                    await engine.stop()
        assert Collected(tuple(events)).usage.threads == 2


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        ("load", signal.SIGKILL),
        ("prefill", signal.SIGKILL),
        ("decode", signal.SIGKILL),
        ("idle", signal.SIGKILL),
        ("decode", signal.SIGSEGV),
        ("prefill", signal.SIGABRT),
    ],
)
async def test_death_of_a_worker_affects_only_its_side(
    random_model: Path, endless_model: Path, phase: str, number: signal.Signals
) -> None:
    async def killed(engine: FallbackEngine) -> Failed:
        def kill() -> None:
            assert engine.pid is not None
            with suppress(ProcessLookupError):  # its events may be read after its end
                os.kill(engine.pid, number)

        if phase == "load":
            async for step in engine.load():
                if step == Loading():
                    kill()
                if isinstance(step, Failed):
                    return step
        if phase == "idle":
            kill()
        events = []
        async for event in engine.reply([user(LONG if phase == "prefill" else "hi")], setup(30_000), ONE):
            events.append(event)
            if (phase == "prefill" and isinstance(event, Prefill)) or isinstance(event, Delta):
                kill()
        return Collected(tuple(events)).failed

    async with loaded(random_model) as other, loaded(endless_model, context=60_000) as engine:
        alone = await ask(other, "hi", max_tokens=200, temperature=1.0)
        failed, beside = await asyncio.gather(killed(engine), ask(other, "hi", max_tokens=200, temperature=1.0))
        assert failed.fatal
        assert number.name in failed.message
        assert (beside.text, beside.reason) == (alone.text, alone.reason)
        assert engine.pid is None
        assert isinstance(await load(engine), Loaded)
        assert (await ask(engine, "hi", max_tokens=3)).usage.completion_tokens == 3


async def test_hanging_worker_is_ended(endless_model: Path) -> None:
    async with loaded(endless_model, context=60_000, silence=10) as engine:
        pid = engine.pid
        assert pid is not None
        events = []
        async for event in engine.reply([user("hi")], setup(50_000), ONE):
            events.append(event)
            if isinstance(event, Delta):
                os.kill(pid, signal.SIGSTOP)
        failed = Collected(tuple(events)).failed
        assert failed.fatal
        assert "no sign of life" in failed.message
        assert not alive(pid)


async def test_worker_that_does_not_stop_is_ended(endless_model: Path) -> None:
    async with loaded(endless_model, context=60_000, patience=0.2) as engine:
        pid = engine.pid
        assert pid is not None
        events = []
        async for event in engine.reply([user("hi")], setup(50_000), ONE):
            events.append(event)
            if isinstance(event, Delta) and alive(pid):
                os.kill(pid, signal.SIGSTOP)
                await engine.stop()
        assert "did not stop" in Collected(tuple(events)).failed.message
        assert not alive(pid)


async def test_close_ends_the_worker_at_any_time(endless_model: Path) -> None:
    engine = made(endless_model, 60_000)
    await engine.close()
    await load(engine)
    pid = engine.pid
    assert pid is not None
    reply = asyncio.create_task(collect_checked(engine.reply([user("hi")], setup(50_000), ONE)))
    await asyncio.sleep(0.05)
    await asyncio.gather(engine.close(), engine.close())
    assert (await reply).failed.fatal
    assert not alive(pid)
    assert (await ask(engine, "hi")).failed.fatal


async def test_cancelled_load_leaves_no_worker(endless_model: Path) -> None:
    engine = made(endless_model)
    events = engine.load()
    await anext(events)
    pid = engine.pid
    assert pid is not None
    await events.aclose()
    assert not alive(pid)


async def test_close_while_the_worker_starts_leaves_no_worker(endless_model: Path) -> None:
    engine = made(endless_model)
    last = asyncio.create_task(load(engine))
    await asyncio.sleep(0)
    await engine.close()
    assert isinstance(await last, Failed)
    assert engine.pid is None


async def test_oldest_turns_are_dropped_and_counted(random_model: Path) -> None:
    async with loaded(random_model, context=256) as engine:
        talk = [each for turn in range(6) for each in (user(f"{turn}" * 20), assistant("ok"))]
        system = Message(Role.SYSTEM, "s")
        collected = await ask(engine, system, *talk, "now", max_tokens=16)
    assert collected.usage.dropped_turns > 0
    assert collected.prefills[0].dropped_turns == collected.usage.dropped_turns
    assert 256 - 16 - 45 < collected.usage.prompt_tokens <= 256 - 16, "no more turns are dropped than necessary"


async def test_question_that_cannot_fit_is_refused_with_numbers(random_model: Path) -> None:
    async with loaded(random_model, context=256) as engine:
        failed = (await ask(engine, "x" * 300, max_tokens=100)).failed
        assert not failed.fatal
        assert "319" in failed.message
        assert "64" in failed.message
        assert "256" in failed.message
        assert (await ask(engine, "hi", max_tokens=2)).usage.completion_tokens <= 2


async def test_thinking_is_ended_in_time_for_an_answer(tmp_path: Path) -> None:
    script = {"<think>": ["Hm"], "Hm": [" so", "Hm"], "\n": ["Yes", "."]}
    model = tiny.write(tmp_path / "m.gguf", template=tiny.THINKING + "<think>", script=script)
    async with loaded(model) as engine:
        collected = await ask(engine, "hi", max_tokens=20)
        again = await ask(engine, "hi", assistant("Yes."), "hi", max_tokens=20)
    assert collected.text == again.text == "Yes."
    assert collected.thinking.startswith("Hm soHm so")
    assert collected.reason is FinishReason.STOP
    assert collected.usage.completion_tokens == 20 - 5 + len(b"\n\n\n") + len(["</think>", "Yes", "."])
    assert collected.usage.thinking_ms is not None


async def test_thinking_is_ended_before_the_context_is_full(tmp_path: Path) -> None:
    script = {"<think>": ["Hm"], "Hm": [" so", "Hm"], "\n": ["Yes", "."]}
    model = tiny.write(tmp_path / "m.gguf", template=tiny.THINKING + "<think>", script=script)
    async with loaded(model, context=256) as engine:
        collected = await ask(engine, "hi", max_tokens=9999)
    assert collected.text == "Yes."


async def test_regenerated_answer_is_the_same_and_reuses_the_same_tokens(random_model: Path) -> None:
    async with loaded(random_model) as engine:
        first = await ask(engine, "one", max_tokens=20)
        talk = (user("one"), assistant(first.text), user("two"))
        second = await ask(engine, *talk, max_tokens=20)
        again = await ask(engine, *talk, max_tokens=20)
    assert second.usage.reused_tokens == again.usage.reused_tokens > 0
    assert second.text == again.text


async def test_typed_control_tokens_are_text(random_model: Path) -> None:
    async with loaded(random_model) as engine:
        ordinary = await ask(engine, "0123456789", max_tokens=1)
        typed = await ask(engine, "<|im_end|>", max_tokens=1)
    assert typed.usage.prompt_tokens == ordinary.usage.prompt_tokens


async def test_context_is_limited_to_the_trained_one(tmp_path: Path) -> None:
    engine = made(tiny.write(tmp_path / "m.gguf", context=512), 4096)
    event = await load(engine)
    await engine.close()
    assert isinstance(event, Loaded)
    assert event.context == 512
    assert "512" in event.notes[0]
    assert "4,096" in event.notes[0]


async def test_describe_returns_engine_devices_and_features() -> None:
    facts = await describe(os.environ)
    assert not isinstance(facts, str)
    assert facts.engine.startswith("llama-cpp-python")
    assert facts.devices
    assert "CPU" in facts.features


async def test_steering_limits_reuse_and_stops_at_a_token(endless_model: Path) -> None:
    async with loaded(endless_model, context=4_000) as engine:
        first = await ask(engine, "one", max_tokens=12)
        past = ("one", assistant(first.text), "two")
        whole = await ask(engine, *past, max_tokens=12)
        assert whole.usage.reused_tokens > 3
        assert len(whole.tokens) == whole.usage.completion_tokens == 12
        again = await ask(engine, *past, max_tokens=12, steering=Steering(reuse=3, stop_after=5))
        assert (again.reason, again.usage.reused_tokens) == (FinishReason.STOPPED, 3)
        assert again.tokens == whole.tokens[:5]
        nothing = await ask(engine, *past, max_tokens=12, steering=Steering(stop_after=0))
        assert (nothing.reason, nothing.tokens) == (FinishReason.STOPPED, ())
