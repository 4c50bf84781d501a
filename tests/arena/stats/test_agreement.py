"""Luck and model are told apart where enough answers were given, and nothing is claimed where they were not."""

import dataclasses
import json
import random
from itertools import combinations
from statistics import fmean

import pytest

from tui.arena.stats.agreement import Agreement, Spread, Verdict, agreement
from tui.arena.stats.permutation import permuted, smallest_p

PARIS = (
    "The capital of France is Paris.",
    "Paris is the capital of France.",
    "It is Paris.",
    "France's capital is Paris.",
)
SEA = ("海是蓝色的。", "大海是蓝色的，很宽。", "海是蓝色的，因为有光。", "蓝色的海很宽。")
CODE = tuple(f"```python\ndef add(a, b):\n    return a + b  # {word}\n```" for word in ("sum", "plus", "both", "all"))


@pytest.mark.parametrize(("left", "right"), [(PARIS, SEA), (CODE, PARIS), (("4",) * 4, ("5",) * 4)])
def test_different_models_are_told_from_luck(left: tuple[str, ...], right: tuple[str, ...]) -> None:
    found = agreement(left, right)
    assert found.verdict is Verdict.MODEL
    assert found.p == pytest.approx(2 / 70)
    assert (found.deals, found.exact) == (70, True)
    assert found.within_left is not None
    assert found.between is not None
    assert found.between < found.within_left
    assert found.sentence.startswith("The models differ by more than luck: two answers agree to ")
    assert found.sentence.endswith("(p = 0.029).")


@pytest.mark.parametrize("answers", [PARIS, SEA, CODE])
def test_the_same_answers_on_both_sides_are_luck(answers: tuple[str, ...]) -> None:
    found = agreement(answers, tuple(reversed(answers)))
    assert found.verdict is Verdict.LUCK
    assert found.within_left == pytest.approx(found.within_right)
    assert found.sentence.startswith("Luck alone could make this difference")


def test_all_the_same_is_said() -> None:
    found = agreement(["4"] * 5, ["4"] * 5)
    assert (found.verdict, found.p, found.between) == (Verdict.LUCK, 1, 1)
    assert found.sentence == "All answers of both sides are the same."


def test_one_answer_a_side_tells_nothing() -> None:
    found = agreement(["Paris"], ["Lyon"])
    assert (found.within_left, found.within_right, found.between, found.p) == (None, None, 0, None)
    assert found.verdict is Verdict.UNTOLD
    assert found.sentence == "One answer a side can tell nothing about luck: ask at least 4 times."


def test_three_answers_a_side_are_too_few() -> None:
    found = agreement(["4"] * 3, ["5"] * 3)
    assert found.p == pytest.approx(0.1)
    assert found.verdict is Verdict.UNTOLD
    assert found.sentence == "3 answers a side are too few to tell luck from model: ask at least 4 times."


@pytest.mark.parametrize(("left", "right"), [([], ["x"]), (["x", "y"], []), ([], [])])
def test_a_side_without_an_answer_is_no_comparison(left: list[str], right: list[str]) -> None:
    found = agreement(left, right)
    assert (found.verdict, found.between, found.p) == (Verdict.UNTOLD, None, None)
    assert found.sentence == "A side without an answer cannot be compared: ask at least 4 times."


def test_the_spread_counts_what_answers_come_down_to() -> None:
    found = agreement(["The answer is 4.", "four", "5", "Who knows?"], ["yes"])
    assert found.left == Spread(4, 1, 7, 16, (("4", 2), ("5", 1)), without=1)
    assert found.right == Spread(1, 3, 3, 3, (("yes", 1),), without=0)


def test_the_result_is_plain_json() -> None:
    found = agreement(PARIS, SEA)
    assert json.loads(json.dumps(dataclasses.asdict(found)))["verdict"] == "model"
    assert isinstance(found, Agreement)


def table(rng: random.Random, size: int, parted: float) -> list[list[float]]:
    """Likeness at random, less by `parted` between the first and the second half."""
    similar = [[1.0] * size for _ in range(size)]
    for one, other in combinations(range(size), 2):
        lower = parted if (one < size // 2) != (other < size // 2) else 0
        similar[one][other] = similar[other][one] = rng.random() - lower
    return similar


def test_p_is_fair_under_luck_and_small_under_a_difference() -> None:
    rng = random.Random(4)
    fair = [permuted(table(rng, 8, 0), 4).p for _ in range(400)]
    assert 0.4 < fmean(fair) < 0.6
    assert sum(p <= 0.05 for p in fair) / len(fair) < 0.06
    assert fmean(permuted(table(rng, 8, 0.6), 4).p for _ in range(50)) < 0.1


def test_many_answers_are_dealt_by_drawing_and_always_the_same_way() -> None:
    similar = table(random.Random(1), 20, 0.3)
    dealt = permuted(similar, 10)
    assert (dealt.deals, dealt.exact) == (10_000, False)
    assert dealt == permuted(similar, 10)
    assert dealt.p < 0.01


def test_the_smallest_p_needs_four_answers_a_side() -> None:
    assert [round(smallest_p(k, k), 3) for k in (2, 3, 4)] == [0.333, 0.1, 0.029]
    assert smallest_p(2, 10) == pytest.approx(1 / 66)
