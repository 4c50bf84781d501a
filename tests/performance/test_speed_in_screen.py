"""Endless answers in the screen, and bare decode loops that write what workers write."""

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from tests import tiny
from tests.bench.harness import ONCE, endless, harness, short
from tests.engine.asking import ONE, collect, setup, user
from tests.engines import engine
from tests.performance import speed_in_screen
from tests.scripted import ScriptedEngine
from tui.bench.figures import BenchError, Bound
from tui.bench.timeline import Timeline, rates
from tui.chat.conversation import Side
from tui.chat.events import Finished
from tui.engine.steering import Steering
from tui.engine.wire import Reply


async def test_both_in_the_screen_against_bare_loops_and_keys_meanwhile(tmp_path: Path) -> None:
    async with harness(endless(tmp_path), scale=ONCE) as made:
        drawn, *keys = await speed_in_screen.measure(made)
    assert (drawn.name, [figure.name for figure in keys]) == ("drawn", ["key-p50-computing", "key-p95-computing"])
    assert all(pair.machine_load is not None and pair.measured > 0 and pair.against for pair in drawn.pairs)
    assert keys[1].bound == Bound("at most", 50)
    assert all(figure.value > 0 for figure in keys)


async def test_an_answer_in_the_screen_is_recorded_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "timeline.json"
    recording = speed_in_screen.RecordingEngine(ScriptedEngine(["one ", "two"]), file)
    async with aclosing(recording.load()) as loading:
        assert [event async for event in loading]
    async for event in recording.reply([user("Hi")], setup(), ONE):
        assert file.exists() is isinstance(event, Finished)
    timeline = msgspec.json.decode(file.read_bytes(), type=Timeline)
    assert [tokens for _, tokens in timeline.marks] == [1, 2]
    assert timeline.cut, "it ended before it was stopped"


async def test_both_loops_write_until_they_are_stopped(tmp_path: Path) -> None:
    async with harness(short(tmp_path)) as made:
        timelines = await speed_in_screen.bare_loops(made, made.question())
    assert list(timelines) == list(Side)
    assert all(rate > 0 for rate in rates(timelines).values())
    assert not any(timeline.cut for timeline in timelines.values())


async def test_a_loop_writes_the_tokens_of_a_worker(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "random.gguf", context=100_000, begin=True)
    async with harness(path) as made:
        requests = speed_in_screen.loop_arguments(made, Side.LEFT, "Tell me <|im_end|> everything.")
        context = made.scale.context
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.performance.decode_loop", *requests),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"writing\n"
    await asyncio.sleep(0.1)
    output, _ = await process.communicate(b"")
    assert process.returncode == 0
    written = [token for token, _ in msgspec.json.decode(output, type=list[tuple[int, float]])]
    reply = msgspec.json.decode(requests[1], type=Reply)
    worker = engine(path, context)
    async with aclosing(worker.load()) as loading:
        assert [event async for event in loading]
    steering = Steering(ignore_end=True, stop_after=len(written))
    heard = await collect(worker.reply(reply.messages, reply.setup, reply.threads, steering))
    await worker.close()
    assert heard.tokens == tuple(written)


async def test_a_loop_that_cannot_read_the_question_raises(tmp_path: Path) -> None:
    async with harness(tiny.write(tmp_path / "broken.gguf", template="{{ raise_exception('no') }}")) as made:
        with pytest.raises(BenchError, match="ended by itself"):
            await speed_in_screen.bare_loops(made, made.question())
