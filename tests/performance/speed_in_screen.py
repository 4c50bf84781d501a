"""Owns what the screen costs the models: their speed in it, against decode loops with nothing around them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from tui.bench import keys, loops
from tui.bench.endless import begun, stopped
from tui.bench.figures import Bound, Figure, Pair, ratio
from tui.bench.lab import Lab
from tui.bench.terminal import Terminal
from tui.bench.theater import staged
from tui.bench.timeline import Heard, rates
from tui.bench.weather import watched

_T = TypeVar("_T")

_ENTER, _ESCAPE = "\r", "\x1b"
_TYPING = 2
"""Keys take so many times as long as tokens: 95 of 100 need many."""


async def measure(lab: Lab) -> Sequence[Figure]:
    """Tokens per second of both in the screen on a pseudo-terminal, against bare loops on as many threads; and keys.

    Neither ends an answer by itself, and both are rated from when both write until the first of them is stopped. Keys
    have answers of their own: each one makes the screen paint once more, which is no part of showing tokens.
    """
    pairs, times = [], []
    for number in range(lab.scale.repeats):
        lab.say(f"drawn, and not: {number + 1} of {lab.scale.repeats}")
        pairs.append(await watched(_pair(lab)))
        lab.say(f"keys while both write: {number + 1} of {lab.scale.repeats}")
        times.append(await _times(lab))
    compared = "both in duochat's screen against two bare decode loops with the same threads"
    return (
        ratio("drawn", pairs, measure="tokens/s", compared=compared, bound=Bound("at least", 0.95)),
        *keys.figures("-computing", times, "while both models write"),
    )


async def _pair(lab: Lab) -> Pair:
    await lab.make_room()
    question = lab.question()
    drawn, _ = await _drawn(lab, question, lambda _: asyncio.sleep(lab.scale.seconds))
    bare = await loops.heard(lab, question)
    return Pair(sum(rates(drawn).values()), sum(rates(bare).values()))


async def _times(lab: Lab) -> list[float]:
    """Milliseconds from each key to its letter."""
    _, times = await _drawn(lab, lab.question(), lambda terminal: keys.times(terminal, _TYPING * lab.scale.seconds))
    return times


async def _drawn(lab: Lab, question: str, meanwhile: Callable[[Terminal], Awaitable[_T]]) -> tuple[Heard, _T]:
    """What both write in the screen until `meanwhile` is done and Esc stops them, and what came of that."""
    with TemporaryDirectory(prefix="duochat-stage-") as place:
        async with staged(lab, place) as terminal:
            terminal.send(question + _ENTER)
            await begun(Path(place))
            done = await meanwhile(terminal)
            terminal.send(_ESCAPE)
            return await stopped(Path(place)), done
