"""Owns how much memory the workers hold, and what of it is their own once the model's part is taken off. Linux only."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from tui.bench.figures import Bound, Figure, LeftOut, Pair, difference, median_of, ratio
from tui.bench.kept import Barriers, Kept, loaded
from tui.bench.lab import Lab
from tui.chat.conversation import Side
from tui.engine import footprint
from tui.models.memory import refusal

_MB = 1e6


def rollup_mb(pid: int, field: str) -> float:
    """What a process holds by a field of /proc/PID/smaps_rollup, in megabytes of 1,000,000 bytes."""
    held = footprint.held(pid, field)
    if held is None:
        raise LeftOut(f"This kernel does not tell {field}.")
    return held / _MB


async def measure(lab: Lab) -> Sequence[Figure]:
    """Both workers, once they have read and written as much as their contexts hold; and a second one on one's file."""
    if sys.platform != "linux":
        raise LeftOut("What a process holds in proportion is read from /proc, which only Linux has.")
    engines = await lab.engines()
    lab.say("memory")
    await lab.ours(lab.question(await lab.most_words()), tokens=8)
    figures = [figure for side, engine in engines.items() for figure in _figures(lab, side, engine)]
    return [*figures, *await _same_file(lab)]


def _figures(lab: Lab, side: Side, engine: Kept) -> tuple[Figure, Figure]:
    held, anonymous = rollup_mb(engine.pid or 0, "Pss"), rollup_mb(engine.pid or 0, "Anonymous")
    model = (lab.need(side).kv * engine.context // lab.scale.context + engine.repacked) / _MB
    return (
        median_of(
            f"worker-memory-{side}",
            [Pair(held, anonymous)],
            unit="MB",
            compared=f"proportional set size of the {side} worker against its anonymous pages",
        ),
        difference(
            f"worker-own-{side}",
            [Pair(anonymous, model)],
            unit="MB",
            compared=f"anonymous pages of the {side} worker, its context full, less KV and repacked weights",
            bound=Bound("at most", 90),
        ),
    )


async def _same_file(lab: Lab) -> Sequence[Figure]:
    """What one more worker on the larger file adds to what all hold, against what it has in memory."""
    side = max(Side, key=lambda each: lab.need(each).weights)
    need = lab.need(side)
    if refusal({side: replace(need, weights=need.copied)}, lab.available()) is not None:
        return ()
    before = footprint.held_by_family(os.getpid()) or 0
    engine = await loaded(lab.pair[side].path, lab.scale.context, lab.environ, Barriers.OURS)
    try:
        added = ((footprint.held_by_family(os.getpid()) or 0) - before) / _MB
        pair = Pair(added, rollup_mb(engine.pid or 0, "Rss"))
    finally:
        await engine.end()
    compared = "what one more worker on the larger model's file adds to all processes, against what it has in memory"
    return (ratio("same-file", [pair], measure="MB", compared=compared),)
