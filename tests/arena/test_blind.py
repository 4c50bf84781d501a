"""Blind: the deal, and two answers that come onto the screen together."""

import pytest

from tui.arena.blind import PACE, STEPS_AT_MOST, Unveiling, deal
from tui.arena.masking import MARK
from tui.chat.conversation import Side

PLAYERS = ("Qwen3 0.6B", "Alibaba Cloud")


def unveiling(left: str, right: str, question: str = "Who are you?") -> Unveiling:
    return Unveiling({Side.LEFT: left, Side.RIGHT: right}, PLAYERS, question)


def test_both_ways_to_deal_come_up() -> None:
    assert {deal() for _ in range(64)} == {True, False}, "one way only would come once in 2**63 runs"


@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 0), (PACE, PACE + 1), (90, 5_000), (100_000, 3)])
def test_no_answer_is_faster_and_nothing_comes_twice(left: int, right: int) -> None:
    texts = {Side.LEFT: "a" * left, Side.RIGHT: "b" * right}
    both = unveiling(**{str(side): text for side, text in texts.items()})
    shown = dict.fromkeys(Side, "")
    steps = 0
    while not both.done:
        before = dict(shown)
        for side, piece in both.step().items():
            shown[side] += piece
        steps += 1
        gains = {len(shown[side]) - len(before[side]) for side in Side if shown[side] != texts[side]}
        assert len(gains) <= 1, "whoever has more to come gets as much as the other"
    assert shown == texts
    assert steps <= STEPS_AT_MOST + 1
    assert set(both.step().values()) == set(both.rest().values()) == {""}


def test_the_rest_follows_what_was_shown_already() -> None:
    both = unveiling("a" * 500 + "end", "b")
    first, rest = both.step(), both.rest()
    assert first[Side.LEFT] + rest[Side.LEFT] == "a" * 500 + "end"
    assert first[Side.RIGHT] + rest[Side.RIGHT] == "b"
    assert both.done


def test_a_name_is_masked_even_where_a_step_cuts_it() -> None:
    for preloader in range(PACE + 1):
        both = unveiling("x" * preloader + " I am Qwen, made by Alibaba Cloud.", "I am nobody.")
        said = ""
        while not both.done:
            said += both.step()[Side.LEFT]
        assert said == "x" * preloader + f" I am {MARK}, made by {MARK}."
        assert both.named


def test_a_name_that_the_user_said_first_is_no_secret() -> None:
    both = unveiling("Qwen is a family of models.", "It is not.", question="What is Qwen?")
    assert both.rest()[Side.LEFT] == "Qwen is a family of models."
    assert not both.named


def test_a_name_marks_the_answers_as_soon_as_it_is_handed_out() -> None:
    both = unveiling("x" * 3 * PACE + " Qwen here.", "I am nobody.")
    both.step()
    assert not both.named
    assert both.rest()[Side.LEFT].endswith(f" {MARK} here.")
    assert both.named


def test_what_an_answer_names_itself_by_is_hidden_in_that_answer_only() -> None:
    both = unveiling("Claude? Let me see." + " Well." * 20 + " I am Claude.", "Claude Monet painted lilies.")
    first, rest = both.step(), both.rest()
    assert first[Side.LEFT].startswith(f"{MARK}? Let me see.")
    assert rest[Side.LEFT].endswith(f"I am {MARK}.")
    assert first[Side.RIGHT] + rest[Side.RIGHT] == "Claude Monet painted lilies."
