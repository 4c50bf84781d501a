"""Paints counted in made-up terminal output."""

import pytest

from tests.performance.rendering import paints, rate
from tui.chat.conversation import Side

LEFT, RIGHT = b"\x1b[12;2Htext", b"\x1b[34;62Htext"
ELSEWHERE = b"\x1b[1;2Hframe\x1b[35;2Hfigures\x1b[38;3Hprompt"


def test_paints_are_counted_by_pane() -> None:
    found = paints([(1.0, LEFT + ELSEWHERE), (1.1, RIGHT), (1.2, LEFT + RIGHT), (1.3, ELSEWHERE), (1.4, b"text")])
    assert found == {Side.LEFT: [1.0, 1.2], Side.RIGHT: [1.1, 1.2]}


def test_output_in_parts_is_one_paint() -> None:
    assert paints([(1.0, LEFT), (1.005, LEFT), (1.018, LEFT), (1.1, LEFT)])[Side.LEFT] == [1.0, 1.1]


def test_the_rate_counts_from_the_first_paint_to_the_last() -> None:
    assert rate([1.0, 1.1, 1.3, 1.5]) == pytest.approx(6.0)
    assert rate([1.0]) == rate([]) == 0.0
