"""How duochat shares threads: on a crowded machine, and when one model has ended."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tui.bench.figures import Bound, Figure, Pair, ratio, watched
from tui.bench.harness import Harness
from tui.bench.loaded_engine import Barriers
from tui.bench.timeline import Timelines
from tui.bench.together import COMPARED, pairs


async def crowded(harness: Harness) -> Sequence[Figure]:
    """Measure both models together while another program keeps one core busy."""
    for barriers in Barriers:
        await harness.engines(barriers)
    async with _busy_core():
        measured = await pairs(harness)
    compared = f"{COMPARED}, while another program keeps one core busy"
    bound = Bound("at least", 2.0)
    return (ratio("together-crowded", measured, measure="tokens/s", compared=compared, bound=bound),)


async def both_done(harness: Harness) -> Sequence[Figure]:
    """Measure the time from a question to the end of both answers, against a static split of the threads."""
    repeats = harness.repeats("until both have ended")
    measured = [await watched(_pair(harness)) for _ in repeats]
    compared = (
        f"from the question until two answers of {harness.scale.tokens} tokens are done, "
        "threads that move against threads that stay"
    )
    return (ratio("both-done", measured, measure="s", compared=compared, bound=Bound("at most", 0.85)),)


async def _pair(harness: Harness) -> Pair:
    """Measure endless answers, which are equally long, to a new question each, which is read in both runs."""
    tokens, shares = harness.scale.tokens, harness.fair_shares()
    ours = await harness.duochat(harness.question(), tokens=tokens, endless=True)
    static = await harness.fixed_threads(harness.question(), tokens=tokens, threads=shares, endless=True)
    return Pair(_seconds(ours), _seconds(static))


def _seconds(timelines: Timelines) -> float:
    return max(timeline.ended or 0.0 for timeline in timelines.values())


@asynccontextmanager
async def _busy_core() -> AsyncIterator[None]:
    """Keep one core busy for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", "while True: pass")
    try:
        yield
    finally:
        process.kill()
        await process.wait()
