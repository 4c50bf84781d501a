"""Owns how fast two models write together: as duochat arranges them, and with all threads each, as others do."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tui.bench.figures import Bound, Figure, Pair, ratio
from tui.bench.kept import Barriers
from tui.bench.lab import Lab
from tui.bench.timeline import for_seconds, rates
from tui.bench.weather import watched

_SPINNING = "while True: pass"


async def quiet(lab: Lab) -> Sequence[Figure]:
    """Both together, against both with all threads each."""
    pairs = await _pairs(lab)
    return (_figure("together", pairs, "duochat against all threads for each model", Bound("at least", 1.5)),)


async def crowded(lab: Lab) -> Sequence[Figure]:
    """The same while a third process keeps one core busy."""
    await lab.engines()
    await lab.engines(Barriers.PLAIN)
    async with _busy_core():
        pairs = await _pairs(lab)
    compared = "duochat against all threads for each model, while another program keeps one core busy"
    return (_figure("together-crowded", pairs, compared, Bound("at least", 2.0)),)


def _figure(name: str, pairs: Sequence[Pair], compared: str, bound: Bound) -> Figure:
    return ratio(name, pairs, measure="tokens/s", compared=compared, bound=bound)


async def _pairs(lab: Lab) -> list[Pair]:
    return [await watched(_pair(lab, number)) for number in range(lab.scale.repeats)]


async def _pair(lab: Lab, number: int) -> Pair:
    lab.say(f"both together, and with all threads each: {number + 1} of {lab.scale.repeats}")
    question, enough = lab.question(), for_seconds(lab.scale.seconds)
    ours = await lab.ours(question, enough, tokens=lab.scale.context)
    naive = await lab.split(
        question, enough, tokens=lab.scale.context, threads=lab.all_threads(), barriers=Barriers.PLAIN
    )
    return Pair(sum(rates(ours).values()), sum(rates(naive).values()))


@asynccontextmanager
async def _busy_core() -> AsyncIterator[None]:
    """A process that takes one core for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", _SPINNING)
    try:
        yield
    finally:
        process.kill()
        await process.wait()
