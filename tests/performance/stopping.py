"""Owns how long a stop takes, from the word to the end of both answers, while they are written and before."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from time import monotonic

from tui.bench.figures import BenchError, Bound, Figure, Pair, median_of
from tui.bench.lab import Lab
from tui.bench.timeline import Heard, listen
from tui.chat.conversation import FinishReason
from tui.session.duo import BOTH, Duo


async def measure(lab: Lab) -> Sequence[Figure]:
    """Seconds until both have stopped."""
    writing = [await _stopped(lab, lab.question(), _both_write) for _ in range(lab.scale.repeats)]
    words = await lab.most_words()
    reading = [await _stopped(lab, lab.question(words), _both_read) for _ in range(lab.scale.repeats)]
    return (
        _figure("stop-writing", writing, "from the word until both have stopped writing"),
        _figure("stop-reading", reading, f"the same while they read a question of some {words:,} tokens"),
    )


def _figure(name: str, seconds: Sequence[float], compared: str) -> Figure:
    pairs = [Pair(each) for each in seconds]
    return median_of(name, pairs, unit="s", compared=compared, bound=Bound("at most", 0.2))


async def _stopped(lab: Lab, question: str, ready: Callable[[Heard], bool]) -> float:
    """Seconds from the stop, once both are `ready` for it, until both have ended."""
    lab.say("stopping")
    duo = await lab.duo(64 if ready is _both_read else lab.scale.context)
    stops: list[asyncio.Task[float]] = []

    def enough(heard: Heard) -> bool:
        if not stops and ready(heard):
            stops.append(asyncio.create_task(_stop(duo)))
        return False

    try:
        async with aclosing(duo.ask(question)) as events:
            await listen(events, BOTH, enough)
        ended = monotonic()
        answers = duo.conversation.exchanges[-1].answers.values()
        if not stops or any(answer.finish_reason is not FinishReason.STOPPED for answer in answers):
            raise BenchError("An answer ended before it could be stopped: choose models that write more.")
        return ended - await stops[0]
    finally:
        await duo.close()


async def _stop(duo: Duo) -> float:
    """Stops both; when that was said."""
    said = monotonic()
    await duo.stop()
    return said


def _both_write(heard: Heard) -> bool:
    return all(len(timeline.marks) >= 3 for timeline in heard.values())


def _both_read(heard: Heard) -> bool:
    return all(timeline.reading for timeline in heard.values())
