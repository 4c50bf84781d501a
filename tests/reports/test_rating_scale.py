"""Bars on a scale: their ends, to half a cell, and intervals beyond the scale."""

from math import inf

import pytest

from tui.arena.ratings.leaderboard import Interval
from tui.reports.columns import Line
from tui.reports.rating_scale import Scale, scale


def text(line: Line) -> str:
    return "".join(part for part, _ in line)


@pytest.mark.parametrize(
    ("interval", "bar"),
    [
        (Interval(1050, 1000, 1099), "     ━━●━━"),
        (Interval(1050, 1010, 1085), "     ╺━●━╸"),
        (Interval(950, 900, 999), "━━●━━┊    "),
        (Interval(950, 850, 960), "◂━●╸ ┊    "),
        (Interval(1060, 1040, inf), "     ┊ ━●▸"),
        (Interval(1000, -inf, inf), "◂━━━━●━━━▸"),
        (Interval(1000, 1000, 1000), "     ●    "),
    ],
)
def test_bar_ends_where_its_interval_does(interval: Interval, bar: str) -> None:
    assert text(Scale(900, 1100, 10).bar(interval, "bar")) == bar


def test_scale_holds_every_estimate_and_the_sure_intervals() -> None:
    sure, wide = Interval(1010, 960, 1060), Interval(1130, 500, 1900)
    assert scale([sure], [sure, wide], 20) == Scale(950, 1150, 20)
    assert scale([], [wide, Interval(900, -inf, 1000)], 20) == Scale(500, 1900, 20)
    assert scale([], [Interval(1000, 1000, 1000)], 20) == Scale(1000, 1050, 20)


@pytest.mark.parametrize(
    ("width", "head"), [(30, "800          1000         1200"), (12, "800     1200"), (14, "800  1000 1200")]
)
def test_heading_shows_the_ends_and_the_mean_if_it_fits(width: int, head: str) -> None:
    column = Scale(800, 1200, width).column([Interval(1000, 900, 1100)], ["quiet"])
    assert text(column.head) == head
    assert {role for _, role in column.cells[0]} <= {"quiet", "plain"}
