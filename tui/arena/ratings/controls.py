"""Ratings controlled for side, length and speed, and the effect of each of these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tui.arena.ratings.biases import TRAITS, Z, lean
from tui.arena.ratings.bradley_terry import Problem, expectation, fit
from tui.arena.ratings.design_matrix import Array, Pairs, Table
from tui.arena.ratings.leaderboard import Interval, Trait
from tui.arena.ratings.tally import Count
from tui.arena.ratings.votes import Vote

_DISTINCT = 0.01
"""The least share of a trait's variance that must not follow from who answered, for votes to tell the two apart."""
_PLAUSIBLE = 2.5
"""The standard deviation of the prior on each standardized coefficient, in log odds: enough to keep it finite.

After A. Gelman and others, "A weakly informative default prior distribution for logistic and other regression models",
Annals of Applied Statistics 2, 2008."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """Strengths by model, and how often each trait would win between equals, where votes can tell it apart."""

    strengths: Mapping[str, Interval]
    between_equals: Mapping[Trait, Interval]


def controlled(votes: Sequence[Vote], counted: Count, lent: Array, penalty: Array) -> Controlled:
    """Fit strengths and traits together: logistic regression on one row a vote, and one a pair for the `lent` ties.

    `penalty` is what anchors the strengths.

    Intervals are Wald's from the sandwich estimate of the variance (P. J. Huber, 1967), which is what the bootstrap of
    votes tends to; with every vote a row of its own, it costs one fit and not a thousand.
    """
    leans = np.array([[lean(vote, trait) for trait in TRAITS] for vote in votes])
    models = _contrasts(votes, counted)
    kept = _distinct(models, leans)
    table = Table(np.vstack([np.hstack([models, leans[:, kept]]), _lent_rows(counted.design, len(kept))]))
    problem = Problem(
        table,
        points=np.concatenate([[vote.score for vote in votes], lent / 2]),
        games=np.concatenate([np.ones(len(votes)), lent]),
        penalty=_penalty(penalty, leans[:, kept]),
    )
    found = fit(problem)
    errors = _errors(problem, table, found, len(votes))
    wide = [Interval(*three) for three in zip(found, found - Z * errors, found + Z * errors, strict=True)]
    traits = zip((TRAITS[trait] for trait in kept), wide[len(counted.models) :], strict=True)
    strengths = dict(zip(counted.models, wide[: len(counted.models)], strict=True))
    return Controlled(strengths, {trait: _share(log_odds) for trait, log_odds in traits})


def _contrasts(votes: Sequence[Vote], counted: Count) -> Array:
    """Votes x models: 1 for the left one, -1 for the right one."""
    index = {model: number for number, model in enumerate(counted.models)}
    rows, every = np.zeros((len(votes), len(index))), np.arange(len(votes))
    rows[every, [index[vote.left.model] for vote in votes]] = 1
    rows[every, [index[vote.right.model] for vote in votes]] = -1
    return rows


def _lent_rows(pairs: Pairs, traits: int) -> Array:
    """Return the same for pairs, between answers that are alike."""
    rows, every = np.zeros((len(pairs.first), pairs.columns + traits)), np.arange(len(pairs.first))
    rows[every, pairs.first] = 1
    rows[every, pairs.second] = -1
    return rows


def _penalty(strengths: Array, leans: Array) -> Array:
    penalty = np.pad(strengths, (0, leans.shape[1]))
    own = np.arange(len(strengths), len(penalty))
    penalty[own, own] = (leans**2).mean(axis=0) / _PLAUSIBLE**2
    return penalty


def _distinct(models: Array, leans: Array) -> list[int]:
    """Return the traits that do not follow from who answered, or from the traits before them."""
    kept: list[int] = []
    for trait, column in enumerate(leans.T):
        known = Table(np.hstack([models, leans[:, kept]]))
        explained = np.linalg.lstsq(known.curvature(np.ones(len(models))), known.gather(column), rcond=1e-10)[0]
        rest = column - known.odds(np.asarray(explained, dtype=np.float64))
        if (rest**2).sum() > _DISTINCT * (column**2).sum():
            kept.append(trait)
    return kept


def _errors(problem: Problem, table: Table, found: Array, votes: int) -> Array:
    """Standard errors: the sandwich, with a lent tie as half a win each way, and the usual n / (n - k)."""
    bread = np.linalg.inv(problem.information(found))
    expected = problem.expected(found)
    surprise = (problem.points - problem.games * expected) ** 2
    rest = expected[votes:]
    surprise[votes:] = problem.games[votes:] * ((1 - rest) ** 2 + rest**2) / 2
    free = votes / max(1, votes - len(found))
    return np.asarray(np.sqrt(np.diagonal(bread @ table.curvature(surprise) @ bread) * free))


def _share(log_odds: Interval) -> Interval:
    return Interval(*(float(expectation(np.array(one))) for one in (log_odds.value, log_odds.low, log_odds.high)))
