"""Owns what drawing costs the models: their speed in duochat's screen, against the same two that nobody looks at."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tui.archive.store import Archive
from tui.bench.figures import BenchError, Bound, Figure, Pair, ratio
from tui.bench.lab import Lab
from tui.bench.stage import archive_in
from tui.bench.theater import staged
from tui.bench.timeline import for_seconds, rates

_ENTER, _ESCAPE, _QUIT = "\r", "\x1b", "\x11"
_STOPPED = "stopped"
_READING_S = 1.0
"""About how long a short question is read."""

_SAVING_S = 0.5
"""The other side stops right after the first, and both are saved."""


async def measure(lab: Lab) -> Sequence[Figure]:
    """Tokens per second of both in the screen on a pseudo-terminal, against the same threads without it."""
    pairs = []
    for number in range(lab.scale.repeats):
        lab.say(f"drawn, and not: {number + 1} of {lab.scale.repeats}")
        question = lab.question()
        drawn = await _drawn(lab, question)
        bare = await lab.split(
            question, for_seconds(lab.scale.seconds), tokens=lab.scale.context, threads=lab.fair_shares()
        )
        pairs.append(Pair(drawn, sum(rates(bare).values())))
    compared = "both in duochat's screen against both without a screen, with the same threads"
    return (ratio("drawn", pairs, measure="tokens/s", compared=compared, bound=Bound("at least", 0.95)),)


async def _drawn(lab: Lab, question: str) -> float:
    """Tokens per second of both together, as the engines count them, until they are stopped by Esc."""
    with TemporaryDirectory(prefix="duochat-stage-") as place:
        async with staged(lab, place) as terminal:
            terminal.send(question + _ENTER)
            await terminal.until("writing")
            await asyncio.sleep(_READING_S + lab.scale.seconds)
            terminal.send(_ESCAPE)
            await terminal.until(_STOPPED)
            await asyncio.sleep(_SAVING_S)
            terminal.send(_QUIT)
            await terminal.ended()
        return await asyncio.to_thread(_rate, archive_in(Path(place)))


def _rate(file: Path) -> float:
    """What the last exchange in an archive says."""
    archive = Archive.open(file)
    try:
        number = archive.latest_id()
        answers = archive.conversation(number).exchanges[-1].answers.values() if number is not None else ()
    finally:
        archive.close()
    speeds = [answer.usage.tokens_per_second for answer in answers if answer.usage is not None]
    if len(speeds) != 2 or not all(speeds):
        raise BenchError("An answer ended before it could be measured: choose models that write more.")
    return sum(speeds)
