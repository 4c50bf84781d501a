"""Owns what a measurement becomes: a figure, the pairs that it came from, and how quiet the machine was meanwhile."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Literal

from tui.errors import UserError


class BenchError(UserError):
    """A measurement cannot be made; the message is one sentence with the next step."""


class LeftOut(Exception):  # noqa: N818 - the name says what happened
    """A subject that is not measured here; the message is why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What others did to the machine during a measurement.

    `load` is the system's load average over a minute, `others` how many cores other programs kept busy, `stolen` the
    share of the time that the host of a virtual machine kept for itself. None is not known here.
    """

    load: float | None
    others: float | None
    stolen: float | None

    @property
    def noisy(self) -> bool:
        """Whether a figure should be measured again on a quieter machine."""
        return (self.others or 0.0) > 0.15 or (self.stolen or 0.0) > 0.02

    @property
    def quiet(self) -> bool:
        """Whether it is known that others left it alone."""
        return self.others is not None and not self.noisy


@dataclass(frozen=True, slots=True)
class Pair:
    """What was measured, and what it was measured against right before or after; None where there is no other.

    `weather` is how it was meanwhile, where each pair is watched by itself: then the quiet ones alone count.
    """

    measured: float
    against: float | None = None
    weather: Weather | None = None

    @property
    def net(self) -> float:
        """What was measured, less what it was measured against."""
        return self.measured - (self.against or 0.0)


async def in_turn(number: int, ours: Callable[[], Awaitable[float]], theirs: Callable[[], Awaitable[float]]) -> Pair:
    """The pair with this `number`: in every other one they measure first, so that neither is always the later one."""
    if number % 2:
        against = await theirs()
        return Pair(await ours(), against)
    return Pair(await ours(), await theirs())


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure should reach on two cores with the starter pair."""

    side: Literal["at least", "at most"]
    value: float

    def holds(self, value: float) -> bool:
        """Whether `value` reaches it."""
        return value >= self.value if self.side == "at least" else value <= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A result: `value` in `unit`, from `pairs` in `measure`; `compared` says what stands against what."""

    name: str
    value: float
    unit: str
    pairs: tuple[Pair, ...]
    measure: str
    compared: str
    bound: Bound | None = None
    weather: Weather | None = None

    @property
    def measured(self) -> float:
        """The median of what was measured."""
        return median(pair.measured for pair in _counting(self.pairs))

    @property
    def against(self) -> float | None:
        """The median of what it was measured against, or None where there is no other."""
        others = [pair.against for pair in _counting(self.pairs) if pair.against is not None]
        return median(others) if others else None


def ratio(name: str, pairs: Sequence[Pair], *, measure: str, compared: str, bound: Bound | None = None) -> Figure:
    """The median of the pairs' own ratios, measured over against: what disturbs both of a pair cancels out."""
    return _figure(name, pairs, _quotient, unit="x", measure=measure, compared=compared, bound=bound)


def median_of(name: str, pairs: Sequence[Pair], *, unit: str, compared: str, bound: Bound | None = None) -> Figure:
    """The median of what was measured."""
    return _figure(name, pairs, lambda pair: pair.measured, unit=unit, measure=unit, compared=compared, bound=bound)


def difference(name: str, pairs: Sequence[Pair], *, unit: str, compared: str, bound: Bound | None = None) -> Figure:
    """The median of the pairs' own differences: what was measured, less what is there anyway."""
    return _figure(name, pairs, lambda pair: pair.net, unit=unit, measure=unit, compared=compared, bound=bound)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that `share` of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    if not ranked:
        raise ValueError("no values")
    return ranked[max(0, ceil(share * len(ranked)) - 1)]


def _figure(
    name: str,
    pairs: Sequence[Pair],
    value: Callable[[Pair], float],
    *,
    unit: str,
    measure: str,
    compared: str,
    bound: Bound | None,
) -> Figure:
    """The median of the pairs' own values."""
    counting = _counting(pairs)
    return Figure(
        name=name,
        value=median(map(value, counting)),
        unit=unit,
        pairs=tuple(pairs),
        measure=measure,
        compared=compared + _quietness(pairs),
        bound=bound,
        weather=_worst([pair.weather for pair in counting if pair.weather is not None]),
    )


def _quotient(pair: Pair) -> float:
    if not pair.against:
        raise ValueError("a ratio needs something to be measured against")
    return pair.measured / pair.against


def _counting(pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The quiet ones; all where none is known to be."""
    return [pair for pair in pairs if pair.weather is not None and pair.weather.quiet] or pairs


def _quietness(pairs: Sequence[Pair]) -> str:
    """How many of the pairs were quiet; "" where they were not watched one by one."""
    quiet = [pair.weather.quiet for pair in pairs if pair.weather is not None]
    return f"; known to be quiet: {sum(quiet)} of {len(quiet)} pairs" if quiet else ""


def _worst(seen: Sequence[Weather]) -> Weather | None:
    """The most that others did in any of these."""
    if not seen:
        return None
    return Weather(*(_most(getattr(each, name) for each in seen) for name in ("load", "others", "stolen")))


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
