"""How much memory the workers hold, and how much of it is not the model's. Linux only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import psutil

from tui.bench.figures import Bound, Figure, Pair, difference, linux_only, median_of
from tui.bench.harness import Harness
from tui.bench.loaded_engine import Barriers, LoadedEngine, loaded
from tui.chat.conversation import Side
from tui.models.memory import refusal

_MB = 1e6

_OWN = Bound("at most", 90)
"""MB of a worker besides its model."""


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure both workers with a full context, and a further worker on the larger model's file."""
    linux_only()
    await harness.close()  # other workers would hold a part of these weights
    engines = await harness.engines()
    harness.say("memory")
    await harness.duochat(harness.question(harness.scale.words), tokens=8)
    figures = [figure for side, engine in engines.items() for figure in _figures(harness, side, engine)]
    return [*figures, *await _same_file(harness, engines)]


def _figures(harness: Harness, side: Side, engine: LoadedEngine) -> tuple[Figure, Figure]:
    maps = psutil.Process(engine.pid).memory_maps()
    held, anonymous = _held_mb(engine), sum(each.anonymous for each in maps) / _MB
    return (
        median_of(
            f"worker-memory-{side}",
            [Pair(held, anonymous)],
            unit="MB",
            compared=f"proportional set size of the {side} worker against its anonymous pages",
        ),
        difference(
            f"worker-own-{side}",
            [Pair(anonymous, _model_mb(harness, side, engine))],
            unit="MB",
            compared=f"anonymous pages of the {side} worker, its context full, less KV and repacked weights",
            bound=_OWN,
        ),
    )


async def _same_file(harness: Harness, engines: Mapping[Side, LoadedEngine]) -> Sequence[Figure]:
    """Measure what a further worker adds: no second copy of shared weights. It has read nothing."""
    side = max(Side, key=lambda each: harness.need(each).weights)
    need = harness.need(side)
    if refusal({side: replace(need, weights=need.copied)}, harness.available()) is not None:
        return ()
    before = sum(map(_held_mb, engines.values()))
    engine = await loaded(harness.pair[side].path, harness.scale.context, harness.make, Barriers.DUOCHAT)
    try:
        added = sum(map(_held_mb, [*engines.values(), engine])) - before
        pair = Pair(added, _model_mb(harness, side, engine))
    finally:
        await engine.end()
    compared = "what one more worker on the larger model's file adds to what all hold, less its KV and repacked weights"
    return (difference("same-file", [pair], unit="MB", compared=compared, bound=_OWN),)


def _held_mb(engine: LoadedEngine) -> float:
    """Return the proportional set size of a worker."""
    return float(psutil.Process(engine.pid).memory_full_info().pss / _MB)


def _model_mb(harness: Harness, side: Side, engine: LoadedEngine) -> float:
    """Return what a worker holds of its model that cannot be shared: KV and repacked weights."""
    loaded = engine.loaded
    return (harness.need(side).kv * loaded.context // harness.scale.context + loaded.repacked) / _MB
