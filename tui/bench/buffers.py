"""What llama.cpp's extra buffers are worth on this machine: each model with them against itself without them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import NamedTuple

from tui.bench.figures import BenchError, Figure, Pair, ratio
from tui.bench.kept import Barriers, Kept, loaded
from tui.bench.lab import Lab, greedy
from tui.chat.conversation import Message, Role, Side, Usage
from tui.chat.events import Failed, Finished
from tui.engine.cores import Threads

_WORDS = 500
"""Of a question: enough for several batches, and read in seconds."""

_ONE = Threads(1, 1, steady=True)


class _Speed(NamedTuple):
    """Tokens per second of a prompt that is read, and of an answer that is written."""

    reading: float
    writing: float


class _Engines(NamedTuple):
    with_buffers: Kept
    without: Kept


async def measure(lab: Lab) -> Sequence[Figure]:
    """Return for each side how fast it reads and writes with extra buffers, against without; on one thread."""
    await lab.close()
    return [figure for side in Side for figure in await _measured(lab, side)]


async def _measured(lab: Lab, side: Side) -> Sequence[Figure]:
    reading, writing = [], []
    async with _loaded(lab, side) as engines:
        for each in engines:
            await _speed(lab, each)
        for number in range(lab.scale.repeats):
            lab.say(f"{side} with and without extra buffers: {number + 1} of {lab.scale.repeats}")
            with_buffers, without = await _pair(lab, engines, number)
            reading.append(Pair(with_buffers.reading, without.reading))
            writing.append(Pair(with_buffers.writing, without.writing))
    compared = f"the {side} model with extra buffers against without, on one thread"
    return (
        ratio(f"buffers-reading-{side}", reading, measure="tokens/s", compared=compared),
        ratio(f"buffers-writing-{side}", writing, measure="tokens/s", compared=compared),
    )


async def _pair(lab: Lab, engines: _Engines, number: int) -> tuple[_Speed, _Speed]:
    """Measure both; in every other pair the one without goes first."""
    if number % 2:
        without = await _speed(lab, engines.without)
        return await _speed(lab, engines.with_buffers), without
    return await _speed(lab, engines.with_buffers), await _speed(lab, engines.without)


@asynccontextmanager
async def _loaded(lab: Lab, side: Side) -> AsyncIterator[_Engines]:
    """Load the model of `side` twice."""
    path, context = lab.pair[side].path, lab.scale.context
    async with AsyncExitStack() as ending:

        async def load(extra_buffers: bool) -> Kept:
            engine = await loaded(path, context, lab.make, Barriers.OURS, extra_buffers)
            ending.push_async_callback(engine.end)
            return engine

        yield _Engines(await load(True), await load(False))


async def _speed(lab: Lab, engine: Kept) -> _Speed:
    usage = await _usage(lab, engine)
    if usage.first_ms is None or usage.completion_tokens < 2:
        raise BenchError("The answers were too short to be measured: choose models that write more.")
    return _Speed(usage.prompt_tokens * 1000 / (usage.first_ms - usage.started_ms), usage.tokens_per_second)


async def _usage(lab: Lab, engine: Kept) -> Usage:
    messages = (Message(Role.USER, lab.question(_WORDS)),)
    async with aclosing(engine.endless.reply(messages, greedy(lab.scale.tokens // 4), _ONE)) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise BenchError(event.message)
            if isinstance(event, Finished):
                return event.usage
    raise BenchError("The model's engine ended without a word: load it again.")
