"""Bars of rating intervals on one scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isinf

from tui.arena.ratings.leaderboard import Interval
from tui.reports.columns import Column, Line, Role, Span, line

_MEAN = 1000
_STEP = 50
"""The ends of a scale are multiples of this many rating points."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Rating points from `low` to `high` over `width` cells."""

    low: int
    high: int
    width: int

    def half(self, value: float) -> int:
        """Return the half cell of `value`, from 0; beyond an end, the outermost one."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return min(int(share * 2 * self.width), 2 * self.width - 1)

    def column(self, intervals: Sequence[Interval], roles: Sequence[Role]) -> Column:
        """Return a column with one bar per row, below the numbers at the ends and, if it fits, at the mean."""
        low, high, mean = str(self.low), str(self.high), str(_MEAN)
        room = self.width - len(low) - len(high)
        start = self.half(_MEAN) // 2 - len(mean) // 2 - len(low)
        fits = 0 < start < room - len(mean)
        middle = (" " * start + mean if fits else "").ljust(room)
        bars = (self.bar(interval, role) for interval, role in zip(intervals, roles, strict=True))
        return Column(line(low + middle + high, "quiet"), tuple(bars), self.width)

    def bar(self, interval: Interval, role: Role) -> Line:
        """Return `interval` as a line with its estimate, in `role`; an arrow marks an end beyond the scale."""
        cells: list[Span] = [(" ", "plain")] * self.width
        cells[self.half(_MEAN) // 2] = ("┊", "quiet")
        first, last, point = (self.half(end) for end in (interval.low, interval.high, interval.value))
        for cell in range(first // 2, last // 2 + 1):
            cells[cell] = ("━", role)
        if first % 2:
            cells[first // 2] = ("╺", role)
        if last % 2 == 0:
            cells[last // 2] = ("╸", role)
        if interval.low < self.low:
            cells[0] = ("◂", role)
        if interval.high > self.high:
            cells[-1] = ("▸", role)
        cells[point // 2] = ("●", "point" if role == "bar" else role)
        return _merged(cells)


def scale(sure: Sequence[Interval], every: Sequence[Interval], width: int) -> Scale:
    """Return a scale that holds `every` estimate and the whole intervals of the `sure` ones; others are too wide."""
    ends = [end for one in sure or every for end in (one.low, one.high) if not isinf(end)]
    values = [*ends, *(one.value for one in every), _MEAN]
    low, high = floor(min(values) / _STEP) * _STEP, ceil(max(values) / _STEP) * _STEP
    return Scale(low, max(high, low + _STEP), width)


def _merged(cells: Iterable[Span]) -> Line:
    """Join neighboring cells of one role."""
    merged: list[Span] = []
    for text, role in cells:
        if merged and merged[-1][1] == role:
            merged[-1] = (merged[-1][0] + text, role)
        else:
            merged.append((text, role))
    return tuple(merged)
