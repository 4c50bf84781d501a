"""Bootstrap intervals of ratings: the votes are resampled many times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.arena.ratings.bradley_terry import Problem, fit
from tui.arena.ratings.design_matrix import Array, Design

_NEAR = 0.01
"""Newton's last step may be this large: it leaves an error of its square, a fiftieth of a rating point."""
_AT_ONCE = 4_000_000
"""How many draws a batch may hold: 32 MB."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is drawn from: `outcomes` (pairs x 3) that were counted, and the ties `lent` to each pair."""

    design: Design
    outcomes: Array
    lent: Array
    penalty: Array


def resampled(sample: Sample, known: Array, rng: np.random.Generator) -> Array:
    """Replicates x coefficients: those of as many elections, drawn from the votes of this one.

    `known`, replicates x pairs, are log odds that are known of each pair in each election before its votes are read.

    Each vote comes up a Poisson number of times, once on average (J. A. Hanley and B. MacGibbon, "Creating
    non-parametric bootstrap samples using Poisson frequencies", 2006): as good as drawing with replacement, and faster.
    A lent tie is drawn from as half a win each way, and lent again to what was drawn. Without that, a model that has
    won all of its ten votes would win them in every replicate, and look certain.
    """
    chances = sample.outcomes.copy()
    chances[:, [0, 2]] += sample.lent[:, None] / 2
    chances *= sample.outcomes.sum() / chances.sum()
    center = _refit(sample, sample.outcomes, known.mean(axis=0), None)
    size = max(1, _AT_ONCE // chances.size)
    batches = [known[done : done + size] for done in range(0, len(known), size)]
    return np.concatenate(
        [_refit(sample, rng.poisson(chances, (len(batch), *chances.shape)), batch, center) for batch in batches]
    )


def _refit(sample: Sample, drawn: Array | NDArray[np.int64], known: Array, start: Array | None) -> Array:
    points = drawn[..., 0] + (drawn[..., 1] + sample.lent) / 2
    games = drawn.sum(axis=-1) + sample.lent
    return fit(Problem(sample.design, points, games, sample.penalty, known), start, tolerance=_NEAR)


def ends(replicates: Array) -> Array:
    """Return the 2.5th and the 97.5th percentile of each column: 2 x columns."""
    return np.asarray(np.quantile(replicates, [0.025, 0.975], axis=0))


def rank_ends(replicates: Array) -> Array:
    """Return the best and the worst rank of each column at 95 %, 1 being the largest: 2 x columns, whole numbers."""
    order = np.argsort(-replicates, axis=1)
    ranks = np.empty_like(replicates)
    np.put_along_axis(ranks, order, np.arange(1.0, replicates.shape[1] + 1)[None, :].repeat(len(ranks), axis=0), axis=1)
    best = np.quantile(ranks, 0.025, axis=0, method="lower")
    return np.asarray([best, np.quantile(ranks, 0.975, axis=0, method="higher")])


def sureness(replicates: Array) -> Array:
    """Columns x columns: the share of replicates in which the first is larger than the second."""
    columns = range(replicates.shape[1])
    return np.array([(replicates[:, [column]] > replicates).mean(axis=0) for column in columns])
