"""Counts of votes: the points of each model and each pair, and which models are connected by votes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.arena.ratings.design_matrix import Array, Pairs
from tui.arena.ratings.leaderboard import Tally
from tui.arena.ratings.votes import Vote
from tui.chat.judgment import Verdict

Bools = NDArray[np.bool_]

_OUTCOME = {Verdict.LEFT: 0, Verdict.TIE: 1, Verdict.BOTH_BAD: 1, Verdict.RIGHT: 2}
"""Which column of `Count.outcomes` a verdict falls in when the first model of the pair sat on the left."""


@dataclass(frozen=True, slots=True)
class Count:
    """Votes as numbers: models in alphabetical order, and pairs (i, j), i < j, of models that met.

    `outcomes` is pairs x 3: wins of the first, ties, wins of the second.
    """

    models: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    outcomes: Array
    both_bad: Counter[tuple[int, int]] = field(default_factory=Counter)

    @property
    def games(self) -> Array:
        """Return how often each pair met."""
        return np.asarray(self.outcomes.sum(axis=-1))

    @property
    def design(self) -> Pairs:
        """Return the pairs, as strengths are fitted to them."""
        first, second = np.array(self.pairs).T
        return Pairs(first, second, len(self.models))


def count(votes: Sequence[Vote]) -> Count:
    """Count `votes`, each of which is between two different models."""
    kinds = Counter((vote.left.model, vote.right.model, vote.judgment.verdict) for vote in votes)
    models = tuple(sorted({model for left, right, _ in kinds for model in (left, right)}))
    index = {model: number for number, model in enumerate(models)}
    outcomes: Counter[tuple[int, int, int]] = Counter()
    both_bad: Counter[tuple[int, int]] = Counter()
    for (one, other, verdict), times in kinds.items():
        left, right = index[one], index[other]
        pair, outcome = (min(left, right), max(left, right)), _OUTCOME[verdict]
        outcomes[*pair, outcome if left < right else 2 - outcome] += times
        both_bad[pair] += times * (verdict is Verdict.BOTH_BAD)
    pairs = tuple(sorted(both_bad))
    counted = np.array([[outcomes[*pair, k] for k in range(3)] for pair in pairs], dtype=float)
    return Count(models, pairs, counted, both_bad)


def meeting(counted: Count, pair: int) -> Tally:
    """Return what happened between the models of a pair, as the first sees it."""
    wins, ties, losses = (int(number) for number in counted.outcomes[pair])
    return Tally(wins, ties, losses, counted.both_bad[counted.pairs[pair]])


def reverse(tally: Tally) -> Tally:
    """Return the same, as the other sees it."""
    return Tally(tally.losses, tally.ties, tally.wins, tally.both_bad)


def total(tallies: Iterable[Tally]) -> Tally:
    """Return all of them together."""
    parts = [(one.wins, one.ties, one.losses, one.both_bad) for one in tallies]
    return Tally(*(sum(column) for column in zip(*parts, strict=True)))


def reach(counted: Count) -> Bools:
    """Models x models: whether points link the first to the second, directly or through others.

    Strengths have a finite maximum-likelihood estimate where points link every model to every other, and only there
    (L. R. Ford, "Solution of a ranking problem from binary comparisons", American Mathematical Monthly 64, 1957).
    """
    linked = np.eye(len(counted.models), dtype=bool)
    for (first, second), (wins, ties, losses) in zip(counted.pairs, counted.outcomes, strict=True):
        linked[first, second] |= wins + ties > 0
        linked[second, first] |= losses + ties > 0
    return closure(linked)


def closure(linked: Bools) -> Bools:
    """Return whether any number of steps leads from the first to the second."""
    for _ in range(len(linked).bit_length()):
        linked = linked @ linked
    return linked


def groups(counted: Count) -> list[list[int]]:
    """Models that met, directly or through others: the largest group first."""
    linked = np.eye(len(counted.models), dtype=bool)
    for first, second in counted.pairs:
        linked[first, second] = linked[second, first] = True
    found = {tuple(np.flatnonzero(row).tolist()) for row in closure(linked)}
    return [list(group) for group in sorted(found, key=lambda group: (-len(group), group))]


def components(models: Sequence[int], reached: Bools) -> list[list[int]]:
    """`models`, those together that points link both ways."""
    both = reached & reached.T
    return [list(found) for found in {tuple(np.flatnonzero(both[model]).tolist()) for model in models}]


def votes_within(counted: Count, models: Sequence[int]) -> Array:
    """Return how many votes each of `models` is in against another of them."""
    met = np.zeros((len(counted.models), len(counted.models)))
    first, second = counted.design.first, counted.design.second
    met[first, second] = met[second, first] = counted.games
    return np.asarray(met[np.ix_(models, models)].sum(axis=1))
