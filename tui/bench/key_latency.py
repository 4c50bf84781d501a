"""Owns how soon a screen shows what is typed: letters that nobody else writes, each timed to its echo."""

import asyncio
from collections.abc import Sequence
from itertools import cycle
from time import monotonic

from tui.bench.figures import Bound, Figure, Pair, median_of, quantile
from tui.bench.terminal import Terminal

_FIRST = 0x100
"""The letters are those from here on; each is typed once."""

_MOST = 40
_BETWEEN_S = (0.11, 0.17, 0.13)
"""Uneven, so that keys do not keep step with the painting."""


async def times(terminal: Terminal, seconds: float) -> list[float]:
    """Milliseconds from each of some keys to its letter, for so many `seconds` at the most."""
    terminal.forget()
    over = monotonic() + seconds
    await asyncio.sleep(_BETWEEN_S[0])
    found: list[float] = []
    for letter, pause in zip(map(chr, range(_FIRST, _FIRST + _MOST)), cycle(_BETWEEN_S), strict=False):
        sent = monotonic()
        terminal.send(letter)
        found.append((await terminal.until(letter) - sent) * 1000)
        await asyncio.sleep(pause)
        if monotonic() >= over:
            break
    return found


def figures(suffix: str, runs: Sequence[Sequence[float]], meanwhile: str) -> tuple[Figure, Figure]:
    """How soon half of the keys were shown, and 95 of 100; medians over `runs`."""
    return (
        _figure(f"key-p50{suffix}", runs, 0.5, meanwhile, None),
        _figure(f"key-p95{suffix}", runs, 0.95, meanwhile, Bound("at most", 50)),
    )


def _figure(name: str, runs: Sequence[Sequence[float]], share: float, meanwhile: str, bound: Bound | None) -> Figure:
    pairs = [Pair(quantile(run, share)) for run in runs]
    compared = f"from a key to its letter on the screen, {meanwhile}"
    return median_of(name, pairs, unit="ms", compared=compared, bound=bound)
