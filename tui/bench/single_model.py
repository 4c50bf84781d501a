"""What a model loses by sharing the machine: its speed and its first token, alone and beside the other model."""

from collections.abc import Sequence
from typing import NamedTuple

from tui.bench.figures import Figure, Pair, median_of, ratio
from tui.bench.harness import Harness
from tui.bench.timeline import for_seconds, rates
from tui.chat.conversation import Side


class _Run(NamedTuple):
    """Tokens per second, and milliseconds to the first token, of each side."""

    rate: dict[Side, float]
    first_ms: dict[Side, float]


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure, for each side, tokens per second and the time to the first token, shared against alone."""
    runs = [await _pair(harness) for _ in harness.repeats("together and alone")]
    return tuple(figure for side in Side for figure in _figures(side, runs))


def _figures(side: Side, runs: Sequence[tuple[_Run, _Run]]) -> tuple[Figure, Figure]:
    speeds = [Pair(shared.rate[side], alone.rate[side]) for shared, alone in runs]
    firsts = [Pair(shared.first_ms[side], alone.first_ms[side]) for shared, alone in runs]
    compared = f"the {side} model beside the other against the same model alone"
    return (
        ratio(f"shared-{side}", speeds, measure="tokens/s", compared=compared),
        median_of(f"first-token-{side}", firsts, unit="ms", compared=compared),
    )


async def _pair(harness: Harness) -> tuple[_Run, _Run]:
    left, right = [await _run(harness, (side,)) for side in Side]
    alone = _Run(left.rate | right.rate, left.first_ms | right.first_ms)
    return await _run(harness, tuple(Side)), alone


async def _run(harness: Harness, sides: tuple[Side, ...]) -> _Run:
    enough = for_seconds(harness.scale.seconds)
    timelines = await harness.duochat(harness.question(), enough, tokens=harness.scale.context, sides=sides)
    return _Run(rates(timelines), {side: timeline.first * 1000 for side, timeline in timelines.items()})
