"""How long a stop takes until both answers have ended, while they are written and before."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from time import monotonic

from tui.bench.figures import BenchError, Bound, Figure, Pair, median_of
from tui.bench.harness import Harness
from tui.bench.timeline import Timelines, listen
from tui.chat.conversation import FinishReason
from tui.session.duo import BOTH, Duo


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure seconds until both have stopped."""
    words = harness.scale.words
    writing = [Pair(await _stopped(harness, 0, _both_write)) for _ in harness.repeats("stopping while both write")]
    reading = [Pair(await _stopped(harness, words, _both_read)) for _ in harness.repeats("stopping while both read")]
    return (
        _figure("stop-writing", writing, "from the stop until both have stopped writing"),
        _figure("stop-reading", reading, f"the same while they read a question of some {words:,} tokens"),
    )


def _figure(name: str, pairs: Sequence[Pair], compared: str) -> Figure:
    return median_of(name, pairs, unit="s", compared=compared, bound=Bound("at most", 0.2))


async def _stopped(harness: Harness, words: int, ready: Callable[[Timelines], bool]) -> float:
    """Return the seconds from a stop, once both are `ready` for it, until both have ended."""
    stops: list[asyncio.Task[float]] = []
    async with harness.duo(64 if words else harness.scale.context) as duo:

        def enough(timelines: Timelines) -> bool:
            if not stops and ready(timelines):
                stops.append(asyncio.create_task(_stop(duo)))
            return False

        async with aclosing(duo.ask(harness.question(words))) as events:
            await listen(events, BOTH, enough)
        ended = monotonic()
        answers = duo.conversation.exchanges[-1].answers.values()
        if not stops or any(answer.finish_reason is not FinishReason.STOPPED for answer in answers):
            raise BenchError("An answer ended before it could be stopped: choose models that write more.")
        return ended - await stops[0]


async def _stop(duo: Duo) -> float:
    """Stop both; return the time of the call."""
    called = monotonic()
    await duo.stop()
    return called


def _both_write(timelines: Timelines) -> bool:
    return all(len(timeline.marks) >= 3 for timeline in timelines.values())


def _both_read(timelines: Timelines) -> bool:
    return all(timeline.reading for timeline in timelines.values())
