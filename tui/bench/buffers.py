"""The gain from llama.cpp's extra buffers on this machine: each model with them against itself without them."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import NamedTuple

from tui.bench.figures import BenchError, Figure, Pair, in_turn, ratio
from tui.bench.harness import Harness, greedy, steady
from tui.bench.loaded_engine import ENDLESS, Barriers, LoadedEngine, loaded
from tui.bench.timeline import TOO_SHORT, listen
from tui.chat.conversation import Message, Role, Side
from tui.streams import merge

_WORDS = 500
"""Of a question: enough for several batches, and read in seconds."""


class _Speed(NamedTuple):
    """Tokens per second of reading a prompt, and of writing an answer."""

    reading: float
    writing: float


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure, for each side, reading and writing with extra buffers against without, on one thread."""
    await harness.close()
    return [figure for side in Side for figure in await _measure_side(harness, side)]


async def _measure_side(harness: Harness, side: Side) -> Sequence[Figure]:
    path, context = harness.pair[side].path, harness.scale.context
    async with AsyncExitStack() as ending:
        both = []
        for extra_buffers in (True, False):
            engine = await loaded(path, context, harness.make, Barriers.DUOCHAT, extra_buffers)
            ending.push_async_callback(engine.end)
            await _speed(harness, side, engine)
            both.append(partial(_speed, harness, side, engine))
        repeats = harness.repeats(f"{side} with and without extra buffers")
        speeds = [await in_turn(number, both[0], both[1]) for number in repeats]
    compared = f"the {side} model with extra buffers against without, on one thread"
    reading, writing = ([Pair(buffers[kind], without[kind]) for buffers, without in speeds] for kind in (0, 1))
    return (
        ratio(f"buffers-reading-{side}", reading, measure="tokens/s", compared=compared),
        ratio(f"buffers-writing-{side}", writing, measure="tokens/s", compared=compared),
    )


async def _speed(harness: Harness, side: Side, engine: LoadedEngine) -> _Speed:
    messages = (Message(Role.USER, harness.question(_WORDS)),)
    reply = engine.reply(messages, greedy(harness.scale.tokens // 4), steady(1), ENDLESS)
    usage = (await listen(merge({side: reply}), (side,)))[side].usage
    if usage is None or usage.first_ms is None or usage.completion_tokens < 2:
        raise BenchError(TOO_SHORT)
    return _Speed(usage.prompt_tokens * 1000 / (usage.first_ms - usage.started_ms), usage.tokens_per_second)
