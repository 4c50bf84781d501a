"""The person's habits, raw and between equals."""

from dataclasses import replace

import numpy as np
import pytest

from tests.arena.ratings.voters import Voter, vote
from tui.arena.ratings.biases import habits, lean, wilson
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.leaderboard import Interval
from tui.arena.ratings.votes import Contender, Vote
from tui.chat.judgment import Verdict


@pytest.mark.parametrize(
    ("won", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(won: int, of: int, low: float, high: float) -> None:
    """R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998."""
    interval = wilson(won, of)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def between(left: Contender, right: Contender, verdict: Verdict = Verdict.LEFT) -> Vote:
    return vote(left, right, verdict)


def test_a_lean_is_in_doublings_and_turns_with_the_sides() -> None:
    one, other = Contender("a", 399, 40.0), Contender("b", 99, 10.0)
    assert lean(between(one, other), "longer") == pytest.approx(2)
    assert lean(between(other, one), "longer") == pytest.approx(-2)
    assert lean(between(one, other), "faster") == pytest.approx(2)
    assert lean(between(one, Contender("b", 99)), "faster") == 0
    assert lean(between(other, one), "left") == 1
    assert lean(replace(between(other, one), swapped=True), "left") == -1


def test_habits_count_only_votes_that_tell() -> None:
    long, short = Contender("a", 500, 10.0), Contender("b", 100, 10.0)
    told = [
        between(long, short),
        between(short, long),
        between(short, long, Verdict.TIE),
        between(short, replace(long, characters=100), Verdict.RIGHT),
    ]
    left, longer, faster = habits(told, {"longer": Interval(0.6, 0.5, 0.7)})
    assert (left.won, left.of) == (2, 3)
    assert (longer.won, longer.of) == (1, 2)
    assert (faster.won, faster.of) == (0, 0)
    assert longer.words == (
        "The longer answer won 50 % of the time (9 % to 91 %; 1 of 2 votes). "
        "Of two equal models, one twice as long would win 60 % of the time (50 % to 70 %)."
    )


def test_a_side_that_is_always_the_same_model_cannot_be_told_from_it() -> None:
    told = [vote("a", "b", Verdict.LEFT if k % 3 else Verdict.RIGHT) for k in range(60)]
    left = rate(told).habits[0]
    assert left.between_equals is None
    assert left.words.endswith("These votes cannot tell that apart from who answered.")


def test_a_taste_for_length_is_not_mistaken_for_strength() -> None:
    """Two equal models, one of which writes twice as much as the other, and a voter who likes length."""
    cast = Voter([0, 0], pull=(0, 1.0, 0), unsure=0).cast(2000, np.random.default_rng(5))
    fair = rate(cast, replicates=1)
    kept = [one for one in cast if (one.left.characters > one.right.characters) == (one.left.model < one.right.model)]
    wordy = rate(kept + cast[:500])
    gap = wordy.overall.rows[0].rating.value - wordy.overall.rows[1].rating.value
    controlled = abs(wordy.controlled["model-00"].value - wordy.controlled["model-01"].value)
    assert gap > 80
    assert controlled < 20
    longer = fair.habits[1].between_equals
    assert longer is not None
    assert longer.low < 1 / (1 + np.exp(-1)) < longer.high
