"""Figures, and the pairs of measurements that they come from."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from operator import attrgetter
from statistics import median
from typing import Literal, TypeVar

import msgspec

from tui.bench.machine_load import LoadWatch, MachineLoad, highest
from tui.errors import UserError

T = TypeVar("T")


class BenchError(UserError):
    """A measurement failed; the message is one sentence with the next step."""


class LeftOut(Exception):  # noqa: N818 - not an error
    """A subject cannot be measured on this machine; the message says why in one sentence."""


def linux_only() -> None:
    """Raise LeftOut on other systems."""
    if sys.platform != "linux":
        raise LeftOut("It reads the memory and CPU of processes as only Linux reports them.")


class Pair(msgspec.Struct, frozen=True, rename={"machine_load": "weather"}):
    """A measurement, and what it was compared with right before or after; None where there is no comparison.

    Where pairs have a machine load of their own, only the quiet ones count.
    """

    measured: float
    against: float | None = None
    machine_load: MachineLoad | None = None

    @property
    def difference(self) -> float:
        """`measured` less `against`."""
        return self.measured - (self.against or 0.0)

    @property
    def ratio(self) -> float:
        """`measured` divided by `against`. Raises ValueError without `against`."""
        if not self.against:
            raise ValueError("a ratio needs something to be measured against")
        return self.measured / self.against


async def in_turn(number: int, ours: Callable[[], Awaitable[T]], theirs: Callable[[], Awaitable[T]]) -> tuple[T, T]:
    """Measure ours and theirs; in pairs with an odd `number` theirs first, so that drift disturbs both alike."""
    if number % 2:
        against = await theirs()
        return await ours(), against
    return await ours(), await theirs()


async def watched(measuring: Awaitable[Pair]) -> Pair:
    """Return the pair with the machine load while it was measured."""
    watch = LoadWatch()
    pair = await measuring
    return Pair(pair.measured, pair.against, watch.load())


class Bound(msgspec.Struct, frozen=True):
    """The goal of a figure, on two cores with the starter pair."""

    side: Literal["at least", "at most"]
    value: float

    def holds(self, value: float) -> bool:
        """Return whether `value` reaches the goal."""
        return value >= self.value if self.side == "at least" else value <= self.value


class Figure(msgspec.Struct, frozen=True, kw_only=True, rename={"machine_load": "weather"}):
    """A result: `value` in `unit`, from `pairs` in `measure`; `compared` says what was compared with what."""

    name: str
    value: float
    unit: str
    pairs: tuple[Pair, ...]
    measure: str
    compared: str
    bound: Bound | None = None
    machine_load: MachineLoad | None = None

    @property
    def measured(self) -> float:
        """The median of the measurements."""
        return median(pair.measured for pair in _counting(self.pairs))

    @property
    def against(self) -> float | None:
        """The median of what they were compared with, or None without a comparison."""
        others = [pair.against for pair in _counting(self.pairs) if pair.against is not None]
        return median(others) if others else None

    @property
    def noisy(self) -> bool:
        """Whether other programs were busy meanwhile."""
        return self.machine_load is not None and self.machine_load.noisy


def median_of(
    name: str,
    pairs: Sequence[Pair],
    *,
    unit: str,
    compared: str,
    bound: Bound | None = None,
    measure: str | None = None,
    value: Callable[[Pair], float] = attrgetter("measured"),
) -> Figure:
    """Return the figure with the median of each pair's `value`, by default the measurement itself."""
    loads = [pair.machine_load for pair in pairs if pair.machine_load is not None]
    quiet = f"; known to be quiet: {sum(load.quiet for load in loads)} of {len(loads)} pairs" if loads else ""
    counting = _counting(pairs)
    return Figure(
        name=name,
        value=median(map(value, counting)),
        unit=unit,
        pairs=tuple(pairs),
        measure=measure or unit,
        compared=compared + quiet,
        bound=bound,
        machine_load=highest([pair.machine_load for pair in counting if pair.machine_load is not None]),
    )


def ratio(name: str, pairs: Sequence[Pair], *, measure: str, compared: str, bound: Bound | None = None) -> Figure:
    """Return the figure with the median of the pairs' ratios: what disturbs both of a pair cancels out."""
    return median_of(name, pairs, unit="x", compared=compared, bound=bound, measure=measure, value=attrgetter("ratio"))


def difference(name: str, pairs: Sequence[Pair], *, unit: str, compared: str, bound: Bound | None = None) -> Figure:
    """Return the figure with the median of the pairs' differences."""
    return median_of(name, pairs, unit=unit, compared=compared, bound=bound, value=attrgetter("difference"))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that `share` of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    if not ranked:
        raise ValueError("no values")
    return ranked[max(0, ceil(share * len(ranked)) - 1)]


def _counting(pairs: Sequence[Pair]) -> Sequence[Pair]:
    """Return the quiet pairs, or all where no pair is known to be quiet."""
    return [pair for pair in pairs if pair.machine_load is not None and pair.machine_load.quiet] or pairs
