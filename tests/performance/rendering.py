"""Owns how often a screen painted its two panes, read from what it wrote to its terminal and when."""

import re
from collections.abc import Iterable
from itertools import pairwise

from tui.bench.terminal import COLUMNS, ROWS
from tui.chat.conversation import Side

_TO = re.compile(rb"\x1b\[(\d+);(\d+)H")
_BELOW_TEXT = 6
"""Rows below the panes' text: figures, frame, three of the prompt, keys."""

_APART_S = 0.02
"""What follows sooner belongs to the same paint: a terminal hands a long one over in parts."""


def paints(heard: Iterable[tuple[float, bytes]]) -> dict[Side, list[float]]:
    """When each pane's text was painted: the moments at which the cursor was sent into its rows."""
    times: dict[Side, list[float]] = {side: [] for side in Side}
    for at, data in heard:
        for side in {Side.RIGHT if column > COLUMNS // 2 else Side.LEFT for column in _columns(data)}:
            times[side].append(at)
    return {side: [at for at, before in _with_before(each) if at - before >= _APART_S] for side, each in times.items()}


def rate(times: list[float]) -> float:
    """Paints per second, from the first to the last; 0 where there were fewer than two."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def _columns(data: bytes) -> Iterable[int]:
    """The columns that the cursor was sent to in rows of text."""
    return (int(column) for row, column in _TO.findall(data) if 1 < int(row) <= ROWS - _BELOW_TEXT)


def _with_before(times: list[float]) -> Iterable[tuple[float, float]]:
    return ((after, before) for before, after in pairwise([float("-inf"), *times]))
