"""Likeness is 1 for the same, 0 for nothing in common, and orders what lies between as a reader would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.arena.stats.similarity import profile, similarity


def alike(one: str, other: str) -> float:
    """How alike two texts are."""
    return similarity(profile(one), profile(other))


LOOP = "```python\nfor i in range(10):\n    print(i * 2)\n```"
ORDERED = [
    (
        "The sea is blue because it scatters light.",
        "The sea looks blue because it scatters light.",
        "Blue paint was costly in the Middle Ages.",
        "Keep calm, eat cake!",
    ),
    ("海是蓝色的，因为水散射光。", "海水是蓝色的，因为水会散射光。", "蓝色颜料以前很贵。", "请保持冷静！"),
    (
        LOOP,
        LOOP.replace("* 2", "+ 2"),
        "```python\nwhile True:\n    print(input())\n```",
        "```sql\nSELECT name FROM people;\n```",
    ),
    (
        "It took 3 km and 50 % of the day in Paris.",
        "It took 3 km and 50 % in Paris.",
        "It took 4 km and 60 % in Rome.",
        "No.",
    ),
]


@pytest.mark.parametrize("texts", ORDERED)
def test_nearer_texts_are_more_alike(texts: tuple[str, ...]) -> None:
    shares = [alike(texts[0], text) for text in texts]
    assert shares[0] == 1
    assert shares == sorted(shares, reverse=True)
    assert shares[1] > 0.5 > shares[2]


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("42", "The answer is 42.", 1),
        ("42", "The answer is 43.", 0),
        ("1,000", "一千", 1),
        ("Yes.", "**Yes**, it is.", 1),
        ("Yes.", "No.", 0),
        ("-5", "5", 0),
        ("是的。", "Yes.", 1),
        ("Paris.", "paris", 1),
        ("Paris", "Lyon", 0),
        ("B", "(B) Paris", 1),
        ("", "", 1),
        ("", "Paris", 0),
        ("？！", "...", 1),
    ],
)
def test_short_answers_are_the_same_or_not(one: str, other: str, share: float) -> None:
    assert alike(one, other) == share


def test_the_value_at_the_end_weighs_in_a_long_answer() -> None:
    steps = "First we add the apples of both baskets together, then we count each of them once more.\nThe answer is "
    assert alike(f"{steps}7.", f"{steps}8.") < 0.7 < alike(f"{steps}7.", f"{steps}seven.")


@given(st.text(), st.text())
def test_likeness_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    assert 0 <= alike(one, other) <= 1
    assert alike(one, other) == alike(other, one)
    assert alike(one, one) == 1
