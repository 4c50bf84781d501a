"""Which side's answers are in which pane."""

import pytest

from tui.arena.blind.assignment import Assignment, draw
from tui.chat.conversation import PaneSide, Side

PLAIN = Assignment(swapped=False, default=False, hidden=False)


def test_both_ways_are_drawn() -> None:
    assert {draw() for _ in range(64)} == {True, False}, "one way only would come once in 2**63 runs"


@pytest.mark.parametrize("swapped", [False, True])
def test_pane_and_side_find_each_other(swapped: bool) -> None:
    assignment = Assignment(swapped=swapped, default=False, hidden=True)
    assert all(assignment.side(assignment.pane(side)) is side for side in Side)
    assert (assignment.pane(Side.LEFT) is PaneSide.RIGHT) is swapped


def test_blind_question_is_shuffled_and_the_next_open_one_stands_as_by_default() -> None:
    blind = PLAIN.turned().for_question(drawn=False)
    assert (blind.swapped, blind.hidden) == (False, True)
    assert blind.for_question(None) == Assignment(swapped=True, default=True, hidden=False)


def test_hidden_assignments_look_alike() -> None:
    one, other = PLAIN.for_question(drawn=True), PLAIN.for_question(drawn=False)
    assert one.looks_like(other)
    assert not PLAIN.looks_like(PLAIN.turned())
    assert not PLAIN.looks_like(one)
