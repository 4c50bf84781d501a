"""A thousand simulated voters: ratings equal another implementation's, and intervals keep what they promise."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import choix
import numpy as np
import pytest

from tests.arena.ratings.voters import Voter
from tui.arena.ratings.design_matrix import Array
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.leaderboard import Interval, Leaderboard
from tui.arena.ratings.votes import Vote

REPLICATES = 1000
DRAWS = 250  # what a subset gets, not a leaderboard's thousand: the ends are noisier, which costs a little coverage


def boards(voter: Voter, number: int, seed: int, draws: int = DRAWS) -> Iterator[tuple[list[Vote], Leaderboard]]:
    rng = np.random.default_rng(seed)
    for replicate in range(REPLICATES):
        votes = voter.cast(number, rng)
        yield votes, rate(votes, seed=replicate, replicates=draws)


def covered(pairs: Iterable[tuple[Interval, float]]) -> float:
    return float(np.mean([interval.low <= truth <= interval.high for interval, truth in pairs]))


def on_scale(truth: Mapping[str, float], votes: list[Vote], board: Leaderboard) -> dict[str, float]:
    """The true ratings by this leaderboard's measure: the mean of the finite, who weigh by their votes."""
    finite = {row.model for row in board.overall.rows if row.finite}
    pairs = ((vote.left.model, vote.right.model) for vote in votes)
    weights = Counter(model for pair in pairs if finite.issuperset(pair) for model in pair) or Counter(truth)
    mean = sum(truth[model] * weight for model, weight in weights.items()) / weights.total()
    return {model: 1000 + rating - mean for model, rating in truth.items()}


def reference(votes: list[Vote], models: list[str]) -> Array:
    """Rating points by choix: `earned[i, j]` is what i earned against j, ties as half a win each."""
    index = {model: number for number, model in enumerate(models)}
    earned = np.zeros((len(models), len(models)))
    for vote in votes:
        left, right = index[vote.left.model], index[vote.right.model]
        earned[left, right] += vote.score
        earned[right, left] += 1 - vote.score
    return np.asarray(choix.ilsr_pairwise_dense(earned, max_iter=1000, tol=1e-12))


VOTERS = {
    "two models, forty votes": (Voter([-0.4, 0.4]), 40),
    "four models, uneven and without ties": (Voter([-1, -0.2, 0.4, 0.8], unsure=0, popular=[4, 1, 2, 1]), 80),
    "five models, a hundred and fifty votes": (Voter([-1.2, -0.5, 0.2, 0.5, 1.0]), 150),
}


@pytest.mark.parametrize(("voter", "number"), VOTERS.values(), ids=VOTERS.keys())
def test_a_thousand_voters(voter: Voter, number: int) -> None:
    truth = voter.ratings()
    seen: list[tuple[Interval, float]] = []
    compared = 0
    for votes, board in boards(voter, number, seed=number):
        rows = board.overall.rows
        if len(rows) < len(truth) or rows[-1].group > 1:
            continue
        scaled = on_scale(truth, votes, board)
        seen += [(row.rating, scaled[row.model]) for row in rows]
        if all(row.finite for row in rows):
            strengths = np.array([row.rating.value for row in rows]) * np.log(10) / 400
            expected = reference(votes, [row.model for row in rows])
            assert np.abs(strengths - strengths.mean() - expected).max() < 1e-6  # choix has the mean of all at 0
            compared += 1
    assert compared > 0.9 * REPLICATES
    assert 0.93 <= covered(seen) <= 0.97


def test_a_thousand_newcomers() -> None:
    voter = Voter([-1.2, -0.5, 0.2, 0.5, 1.0], popular=[1, 1, 1, 1, 0.03])
    old: list[tuple[Interval, float]] = []
    new: list[tuple[Interval, float]] = []
    apart = 0
    for votes, board in boards(voter, 150, seed=6):
        scaled = on_scale(voter.ratings(), votes, board)
        for row in board.overall.rows:
            (new if row.model == "model-04" else old).append((row.rating, scaled[row.model]))
            apart += not row.finite
    assert apart > 0.3 * REPLICATES
    assert 0.93 <= covered(old) <= 0.97
    assert covered(new) >= 0.93  # those with an open end nearly always


def test_a_thousand_swayed_voters() -> None:
    voter = Voter([-1, 0, 0.3, 0.7], pull=(0.2, 0.4, -0.3))
    truth, equals = voter.ratings(), voter.between_equals()
    ratings: list[tuple[Interval, float]] = []
    shares: list[tuple[Interval, float]] = []
    for votes, board in boards(voter, 150, seed=4, draws=1):
        scaled = on_scale(truth, votes, board)
        ratings += [(interval, scaled[model]) for model, interval in board.controlled.items()]
        shares += [(habit.between_equals, equals[habit.trait]) for habit in board.habits if habit.between_equals]
    assert len(shares) == 3 * REPLICATES
    assert 0.93 <= covered(ratings) <= 0.97
    assert 0.93 <= covered(shares) <= 0.97
