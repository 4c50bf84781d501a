"""Owns the making of standings: votes fitted, cast again, ranked, and what must be said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from tui.arena.bradley_terry import Problem, anchor, fit, lent
from tui.arena.design import Array
from tui.arena.intervals import Sample, ends, rank_ends, resampled
from tui.arena.leaderboard import Interval, Row, Standings, Tally
from tui.arena.notes import doubt, notes
from tui.arena.tally import Bools, Count, count, groups, meeting, reach, reverse, total
from tui.arena.votes import Vote

POINTS = 400 / float(np.log(10))
"""Rating points for one natural unit of strength: 400 points are odds of ten to one, as in chess."""
MEAN = 1000.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """Votes with the strengths that they give.

    `reached` says whether points link the first model to the second, `finite` by model whether they bound its group.
    """

    counted: Count
    groups: list[list[int]]
    reached: Bools
    finite: Bools
    sample: Sample
    strengths: Array
    replicates: Array


def fitted(votes: Sequence[Vote], replicates: int, rng: np.random.Generator) -> Fitted:
    """Fit `votes` (at least one, each between two models) and cast them again `replicates` times.

    A group whose votes bound its strengths gets their maximum-likelihood estimate, from nothing but its votes. In any
    other the lent ties count too: with fewer than one a model they keep the strengths of the unbeaten finite.
    """
    counted = count(votes)
    found, reached = groups(counted), reach(counted)
    finite = np.zeros(len(counted.models), dtype=bool)
    for group in found:
        finite[group] = reached[np.ix_(group, group)].all()
    penalty = anchor(found, len(counted.models))
    sample = Sample(counted.design, counted.outcomes, lent(counted.design, counted.games, penalty), penalty)
    needed = np.where(finite[sample.pairs.first], 0, sample.lent)
    points = counted.outcomes[:, 0] + (counted.outcomes[:, 1] + needed) / 2
    strengths = fit(Problem(sample.pairs, points, counted.games + needed, penalty))
    return Fitted(counted, found, reached, finite, sample, strengths, resampled(sample, replicates, rng))


def standings(result: Fitted, votes: Sequence[Vote]) -> Standings:
    """The rows of `result`, and the sentences that belong below them."""
    rows = [row for number, group in enumerate(result.groups, start=1) for row in _ranked(result, group, number)]
    return Standings(len(votes), tuple(rows), notes(rows, votes))


def rating(strength: float, low: float, high: float) -> Interval:
    """Strengths as rating points. The interval is made to hold the estimate: percentiles of few votes may miss it."""
    value, least, most = (MEAN + POINTS * float(one) for one in (strength, min(low, strength), max(high, strength)))
    return Interval(value, least, most)


def _ranked(result: Fitted, group: list[int], number: int) -> list[Row]:
    replicates = result.replicates[:, group]
    spans = zip(group, ends(replicates).T, rank_ends(replicates).T, strict=True)
    rows = (_row(result, model, number, _opened(result, model, *span), ranks) for model, span, ranks in spans)
    told = (replace(row, doubt=doubt(row, len(group))) for row in rows)
    return sorted(told, key=lambda row: (-row.rating.value, row.model))


def _row(result: Fitted, model: int, number: int, span: tuple[float, float], ranks: Array) -> Row:
    return Row(
        model=result.counted.models[model],
        group=number,
        rating=rating(result.strengths[model], *span),
        best=int(ranks[0]),
        worst=int(ranks[1]),
        tally=_tally(result.counted, model),
        finite=bool(result.finite[model]),
        doubt=None,
    )


def _opened(result: Fitted, model: int, low: float, high: float) -> tuple[float, float]:
    """The interval without the end that no vote holds: nothing bounds a model from above that lost no point upwards."""
    below, above = result.reached[model], result.reached[:, model]
    unbeaten, winless = not (above & ~below).any(), not (below & ~above).any()
    if unbeaten == winless:
        return low, high
    return (low, inf) if unbeaten else (-inf, high)


def _tally(counted: Count, model: int) -> Tally:
    meetings = ((pair, meeting(counted, row)) for row, pair in enumerate(counted.pairs) if model in pair)
    return total(one if pair[0] == model else reverse(one) for pair, one in meetings)
