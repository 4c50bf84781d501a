"""Owns what the screen costs the models: their speed in it, against decode loops with nothing around them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tui.bench import loops
from tui.bench.endless import begun, stopped
from tui.bench.figures import Bound, Figure, Pair, ratio
from tui.bench.lab import Lab
from tui.bench.theater import staged
from tui.bench.timeline import Heard, rates
from tui.bench.weather import watched

_ENTER, _ESCAPE = "\r", "\x1b"


async def measure(lab: Lab) -> Sequence[Figure]:
    """Tokens per second of both in the screen on a pseudo-terminal, against bare loops on as many threads.

    Neither ends an answer by itself, and both are rated from when both write until the first of them is stopped.
    """
    pairs = [await watched(_pair(lab, number)) for number in range(lab.scale.repeats)]
    compared = "both in duochat's screen against two bare decode loops with the same threads"
    return (ratio("drawn", pairs, measure="tokens/s", compared=compared, bound=Bound("at least", 0.95)),)


async def _pair(lab: Lab, number: int) -> Pair:
    lab.say(f"drawn, and not: {number + 1} of {lab.scale.repeats}")
    await lab.make_room()
    question = lab.question()
    drawn = await _drawn(lab, question)
    bare = await loops.heard(lab, question)
    return Pair(sum(rates(drawn).values()), sum(rates(bare).values()))


async def _drawn(lab: Lab, question: str) -> Heard:
    """What both write in the screen, until Esc stops them."""
    with TemporaryDirectory(prefix="duochat-stage-") as place:
        async with staged(lab, place) as terminal:
            terminal.send(question + _ENTER)
            await begun(Path(place))
            await asyncio.sleep(lab.scale.seconds)
            terminal.send(_ESCAPE)
            return await stopped(Path(place))
