"""Owns what a model loses by sharing the machine: its speed and its first token, alone and beside the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.bench.figures import Figure, Pair, median_of, ratio
from tui.bench.lab import Lab
from tui.bench.timeline import for_seconds, rates
from tui.chat.conversation import Side


@dataclass(frozen=True, slots=True)
class _Run:
    """Tokens per second, and milliseconds to the first token, of each side."""

    rate: dict[Side, float]
    first_ms: dict[Side, float]


async def measure(lab: Lab) -> Sequence[Figure]:
    """For each side: tokens per second, and the time to the first token, shared against alone."""
    runs = [await _pair(lab, number) for number in range(lab.scale.repeats)]
    return tuple(figure for side in Side for figure in _figures(side, runs))


def _figures(side: Side, runs: Sequence[tuple[_Run, _Run]]) -> tuple[Figure, Figure]:
    speeds = [Pair(shared.rate[side], alone.rate[side]) for shared, alone in runs]
    firsts = [Pair(shared.first_ms[side], alone.first_ms[side]) for shared, alone in runs]
    compared = f"the {side} model beside the other against the same model alone"
    return (
        ratio(f"shared-{side}", speeds, measure="tokens/s", compared=compared),
        median_of(f"first-token-{side}", firsts, unit="ms", compared=compared),
    )


async def _pair(lab: Lab, number: int) -> tuple[_Run, _Run]:
    lab.say(f"together and alone: {number + 1} of {lab.scale.repeats}")
    left, right = [await _run(lab, (side,)) for side in Side]
    alone = _Run(left.rate | right.rate, left.first_ms | right.first_ms)
    return await _run(lab, tuple(Side)), alone


async def _run(lab: Lab, sides: tuple[Side, ...]) -> _Run:
    heard = await lab.ours(lab.question(), for_seconds(lab.scale.seconds), tokens=lab.scale.context, sides=sides)
    return _Run(rates(heard), {side: timeline.first * 1000 for side, timeline in heard.items()})
