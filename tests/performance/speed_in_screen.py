"""The speed of both models in duochat's screen, against bare decode loops; run as a child, that screen itself."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TypeVar

import msgspec

from tui import paths
from tui.archive.store import Archive
from tui.bench.figures import BenchError, Bound, Figure, Pair, linux_only, ratio, watched
from tui.bench.harness import GREEDY, Harness
from tui.bench.loaded_engine import ENDLESS, SteeredEngine
from tui.bench.screen import key_figures, key_times, opened_screen
from tui.bench.scripted_session import Plan, show
from tui.bench.terminal import Terminal
from tui.bench.timeline import Timeline, rates
from tui.chat.conversation import Answer, FinishReason, Message, Role, Setup, Side
from tui.chat.events import ReplyEvent
from tui.chat.generation_settings import Overrides
from tui.engine.cores import Threads
from tui.engine.process.environment import worker_environ
from tui.engine.process.extra_buffers import ExtraBuffers
from tui.engine.process.factory import LocalEngines
from tui.engine.protocol import Engine
from tui.engine.steering import FREE, Steering
from tui.engine.wire import SAFE_MODE, Load, Reply
from tui.models.gguf import metadata

T = TypeVar("T")

_ENTER, _ESCAPE = "\r", "\x1b"
_TYPING = 2
"""Keys are typed so many times as long as tokens are counted: 95 of 100 need many."""

_PATIENCE_S = 120.0
_POLL_S = 0.2


class RecordingEngine(SteeredEngine):
    """An engine whose answers only a stop ends, and which writes to `file` when their tokens came."""

    def __init__(self, engine: Engine, file: Path) -> None:
        super().__init__(engine, ENDLESS)
        self._file = file

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answer, and write the file at the end: what is measured is the process in which this runs."""
        timeline = Timeline()
        async with aclosing(super().reply(messages, setup, threads, steering)) as events:
            async for event in events:
                timeline.add(event, monotonic())
                if timeline.ended is not None:
                    self._file.write_bytes(msgspec.json.encode(timeline))
                yield event


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure tokens per second of both in the screen against bare loops on as many threads, and keys meanwhile.

    Only a stop ends an answer. Keys have answers of their own: each key makes the screen paint once more, which is no
    part of showing tokens.
    """
    linux_only()
    pairs, times, seconds = [], [], _TYPING * harness.scale.seconds
    for _ in harness.repeats("both in the screen, and in bare loops"):
        pairs.append(await watched(_pair(harness)))
        _, keys = await _in_screen(harness, harness.question(), lambda terminal: key_times(terminal, seconds))
        times.append(keys)
    compared = "both in duochat's screen against two bare decode loops with the same threads"
    return (
        ratio("drawn", pairs, measure="tokens/s", compared=compared, bound=Bound("at least", 0.95)),
        *key_figures("-computing", times, "while both models write"),
    )


async def _pair(harness: Harness) -> Pair:
    await harness.make_room()
    question = harness.question()
    speed, _ = await _in_screen(harness, question, lambda _: asyncio.sleep(harness.scale.seconds))
    return Pair(speed, sum(rates(await bare_loops(harness, question)).values()))


async def _in_screen(harness: Harness, question: str, meanwhile: Callable[[Terminal], Awaitable[T]]) -> tuple[float, T]:
    """Ask in the screen, wait for `meanwhile`, stop both; return the tokens per second of both, and its result."""
    with TemporaryDirectory(prefix="duochat-bench-") as folder:
        async with opened_screen(harness, folder, "tests.performance.speed_in_screen") as terminal:
            with closing(Archive.open(Path(folder) / "archive.db")) as archive:
                terminal.send(question + _ENTER)
                await _answers(archive, lambda answer: bool(answer.text))
                done = await meanwhile(terminal)
                terminal.send(_ESCAPE)
                await _answers(archive, lambda answer: answer.finish_reason is not None)
        timelines = _recorded(Path(folder))
    if any(timeline.cut for timeline in timelines):
        raise BenchError("An answer ended before it was stopped: choose a model with more context.")
    return sum(rates(dict(zip(Side, timelines, strict=True))).values()), done


def _recording(number: object) -> str:
    return f"timeline-{number}.json"


def _recorded(folder: Path) -> list[Timeline]:
    return [msgspec.json.decode(file.read_bytes(), type=Timeline) for file in folder.glob(_recording("*"))]


async def _answers(archive: Archive, ready: Callable[[Answer], bool]) -> None:
    """Wait until both answers are `ready`, as the archive has them. Raises BenchError."""
    until = monotonic() + _PATIENCE_S
    while monotonic() < until:
        for summary in archive.conversations():
            answers = archive.conversation(summary.id).exchanges[-1].answers
            if len(answers) == len(Side) and all(map(ready, answers.values())):
                return
        await asyncio.sleep(_POLL_S)
    raise BenchError("The models did not write in the screen: try again on a quieter machine.")


async def bare_loops(harness: Harness, question: str) -> dict[Side, Timeline]:
    """Let two bare loops write together, each on its fair share of threads, until they are stopped."""
    async with AsyncExitStack() as ending:
        loops = [await ending.enter_async_context(_opened_loop(harness, side, question)) for side in Side]
        for loop in loops:
            await _line(loop)
        await asyncio.sleep(harness.scale.seconds)
        for loop in loops:
            if loop.stdin is not None:
                loop.stdin.close()
        return {side: _timeline(await _line(loop)) for side, loop in zip(Side, loops, strict=True)}


@asynccontextmanager
async def _opened_loop(harness: Harness, side: Side, question: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "tests.performance.decode_loop", *loop_arguments(harness, side, question)),
        env=worker_environ(harness.make.environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 24,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(loop: asyncio.subprocess.Process) -> bytes:
    line = await loop.stdout.readline() if loop.stdout is not None else b""
    if not line:
        raise BenchError("A bare decode loop ended by itself: try again with other models.")
    return line


def _timeline(line: bytes) -> Timeline:
    written = msgspec.json.decode(line, type=list[tuple[int, float]])
    marks = [(moment, tokens) for tokens, (_, moment) in enumerate(written, start=1)]
    return Timeline(marks, ended=marks[-1][0], reason=FinishReason.STOPPED)


def loop_arguments(harness: Harness, side: Side, question: str) -> tuple[str, ...]:
    """Return the requests that a worker gets for the question in the screen; on some machines, the safe mode last."""
    safe_mode = harness.make.memory.recall() is not None
    model, context = harness.pair[side], harness.scale.context
    overrides = Overrides(max_tokens=context, sampling=GREEDY)
    reply = Reply(
        number=1,
        messages=(Message(Role.USER, question),),
        setup=model.spec.settings(overrides, metadata.read(model.path).sampling).setup(1),
        threads=harness.fair_shares()[side],
        steering=ENDLESS,
    )
    extra_buffers = harness.make.buffers.pay(model.path, safe_mode=safe_mode)
    load = Load(number=0, path=os.fsencode(model.path), context=context, extra_buffers=extra_buffers)
    requests = (msgspec.json.encode(load).decode(), msgspec.json.encode(reply).decode())
    return (*requests, SAFE_MODE) if safe_mode else requests


if __name__ == "__main__":
    engines = LocalEngines(os.environ, ExtraBuffers.here(os.environ, state=paths.state_dir(), headers=metadata.read))
    plan, numbers = msgspec.json.decode(sys.argv[1], type=Plan), count()
    show(
        plan,
        lambda path, context, extra_buffers: RecordingEngine(
            engines(path, context, extra_buffers), Path(plan.folder) / _recording(next(numbers))
        ),
    )
