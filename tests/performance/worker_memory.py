"""Owns how much memory the workers hold, and what of it is their own once the model's part is taken off. Linux only."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tui.bench.figures import Bound, Figure, LeftOut, Pair, difference, median_of
from tui.bench.kept import Barriers, Kept, loaded
from tui.bench.lab import Lab
from tui.chat.conversation import Side
from tui.engine import footprint
from tui.models.memory import refusal

_MB = 1e6

_OWN = Bound("at most", 90)
"""MB of a worker besides its model."""


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
    await lab.close()  # workers that wait in another manner would carry a part of these weights
    engines = await lab.engines()
    lab.say("memory")
    await lab.ours(lab.question(await lab.most_words()), tokens=8)
    figures = [figure for side, engine in engines.items() for figure in _figures(lab, side, engine)]
    return [*figures, *await _same_file(lab, engines.values())]


def _figures(lab: Lab, side: Side, engine: Kept) -> tuple[Figure, Figure]:
    held, anonymous = _held_mb(engine), rollup_mb(engine.pid or 0, "Anonymous")
    model = _model_mb(lab, side, engine)
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
            bound=_OWN,
        ),
    )


async def _same_file(lab: Lab, engines: Iterable[Kept]) -> Sequence[Figure]:
    """What one more worker on the larger file adds to what all hold: its own, and nothing of weights that are shared.

    It has read nothing, so that there is no memory for computing in it.
    """
    side = max(Side, key=lambda each: lab.need(each).weights)
    need = lab.need(side)
    if refusal({side: replace(need, weights=need.copied)}, lab.available()) is not None:
        return ()
    before = sum(map(_held_mb, engines))
    engine = await loaded(lab.pair[side].path, lab.scale.context, lab.make, Barriers.OURS)
    try:
        added = sum(map(_held_mb, [*engines, engine])) - before
        pair = Pair(added, _model_mb(lab, side, engine))
    finally:
        await engine.end()
    compared = "what one more worker on the larger model's file adds to what all hold, less its KV and repacked weights"
    return (difference("same-file", [pair], unit="MB", compared=compared, bound=_OWN),)


def _held_mb(engine: Kept) -> float:
    """A worker's proportional set size."""
    return rollup_mb(engine.pid or 0, "Pss")


def _model_mb(lab: Lab, side: Side, engine: Kept) -> float:
    """What a worker holds of its model that nobody can share: KV and repacked weights."""
    return (lab.need(side).kv * engine.context // lab.scale.context + engine.repacked) / _MB
