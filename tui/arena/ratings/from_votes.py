"""A leaderboard computed from votes. It imports numpy: import it when a leaderboard opens, not before."""

from collections.abc import Sequence
from math import inf, isinf

from tui.arena.ratings.biases import habits
from tui.arena.ratings.controls import Controlled, controlled
from tui.arena.ratings.intervals import sureness
from tui.arena.ratings.leaderboard import Interval, Leaderboard, Meeting, Row, Standings, Subset
from tui.arena.ratings.notes import same_model
from tui.arena.ratings.standings import Fitted, fitted, rating, standings
from tui.arena.ratings.subsets import parts
from tui.arena.ratings.tally import meeting, reverse
from tui.arena.ratings.votes import Vote

REPLICATES = 1000
"""Of each subset a quarter, since there may be dozens of them: of simulated voters' ratings, 95 % intervals held 94 to
95 % with 250 draws, and 95 % with 1000."""


def rate(votes: Sequence[Vote], *, seed: int = 0, replicates: int = REPLICATES) -> Leaderboard:
    """Everything that `votes` say. The same votes, in any order, and `seed` give the same leaderboard, to the bit.

    Votes between a model and itself are not counted, and a note says so. Without votes, it has no rows.
    """
    counted = [
        vote
        for vote in sorted(votes, key=lambda vote: (vote.judgment.at, vote.id))
        if vote.left.model != vote.right.model
    ]
    notes = (same_model(len(votes) - len(counted)),) if len(counted) < len(votes) else ()
    if not counted:
        return Leaderboard(overall=Standings(0, (), notes), controlled={}, matrix={}, habits=habits((), {}), subsets=())
    result = fitted(counted, replicates, seed)
    overall = standings(result, counted)
    control = controlled(counted, result.counted, result.estimate.lent, result.penalty)
    return Leaderboard(
        overall=Standings(overall.votes, overall.rows, overall.notes + notes),
        controlled=_ratings(control, overall.rows),
        matrix=_matrix(result),
        habits=habits(counted, control.between_equals),
        subsets=tuple(
            Subset(kind, name, standings(fitted(part, max(1, replicates // 4), seed), part))
            for kind, name, part in parts(counted)
        ),
    )


def _ratings(control: Controlled, rows: Sequence[Row]) -> dict[str, Interval]:
    """In the order of the rows; an end that is open there is open here."""
    return {row.model: _ended(control.strengths[row.model], row.rating) for row in rows}


def _ended(strength: Interval, uncontrolled: Interval) -> Interval:
    low = -inf if isinf(uncontrolled.low) else strength.low
    high = inf if isinf(uncontrolled.high) else strength.high
    return rating(strength.value, low, high)


def _matrix(result: Fitted) -> dict[str, dict[str, Meeting]]:
    better = sureness(result.estimate.replicates)
    matrix: dict[str, dict[str, Meeting]] = {model: {} for model in result.counted.models}
    for row, (first, second) in enumerate(result.counted.pairs):
        one, other = result.counted.models[first], result.counted.models[second]
        tally = meeting(result.counted, row)
        matrix[one][other] = Meeting(tally, float(better[first, second]))
        matrix[other][one] = Meeting(reverse(tally), float(better[second, first]))
    return matrix
