"""The user's own biases: how often the left, the longer and the faster answer won, with Wilson intervals."""

from collections.abc import Mapping, Sequence
from math import log2, sqrt
from statistics import NormalDist

from tui.arena.ratings.leaderboard import Habit, Interval, Trait
from tui.arena.ratings.votes import Vote

TRAITS: tuple[Trait, ...] = ("left", "longer", "faster")
Z = NormalDist().inv_cdf(0.975)


def lean(vote: Vote, trait: Trait) -> float:
    """How much more of `trait` the left model has: 1 for being shown on the left, doublings of length and of speed.

    0 where both are alike, or where nobody knows.
    """
    match trait:
        case "left":
            return -1.0 if vote.swapped else 1.0
        case "longer":
            return log2((vote.left.characters + 1) / (vote.right.characters + 1))
        case "faster":
            left, right = vote.left.tokens_per_second, vote.right.tokens_per_second
            return log2(left / right) if left > 0 and right > 0 else 0.0


def habits(votes: Sequence[Vote], between_equals: Mapping[Trait, Interval]) -> tuple[Habit, ...]:
    """Return all three of them; `between_equals` as the controlled ratings found it."""
    return tuple(_habit(votes, trait, between_equals.get(trait)) for trait in TRAITS)


def wilson(won: int, of: int) -> Interval:
    """Return the share `won` / `of` with its 95 % interval; 0 to 1 where there is nothing to count.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    if of == 0:
        return Interval(0.5, 0.0, 1.0)
    share = won / of
    center = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of)) / (1 + Z * Z / of)
    return Interval(share, max(0.0, center - half), min(1.0, center + half))


def _habit(votes: Sequence[Vote], trait: Trait, between_equals: Interval | None) -> Habit:
    leans = ((lean(vote, trait), vote.score) for vote in votes)
    told = [(more > 0) == (score > 0.5) for more, score in leans if more and score != 0.5]
    won, of = sum(told), len(told)
    return Habit(trait=trait, won=won, of=of, share=wilson(won, of), between_equals=between_equals)
