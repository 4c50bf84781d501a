"""Standings: ratings fitted to votes, their intervals and ranks, and remarks on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from tui.arena.ratings.bradley_terry import anchor
from tui.arena.ratings.components import Estimate, Group, estimated, grouped
from tui.arena.ratings.design_matrix import Array
from tui.arena.ratings.intervals import ends, rank_ends
from tui.arena.ratings.leaderboard import Interval, Row, Standings, Tally
from tui.arena.ratings.notes import doubt, notes
from tui.arena.ratings.tally import Bools, Count, count, groups, meeting, reach, reverse, total
from tui.arena.ratings.votes import Vote

POINTS = 400 / float(np.log(10))
"""Rating points for one natural unit of strength: 400 points are odds of ten to one, as in chess."""
MEAN = 1000.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """Votes with the strengths that they give; `reached` says whether points link the first model to the second."""

    counted: Count
    groups: list[Group]
    reached: Bools
    estimate: Estimate

    @property
    def penalty(self) -> Array:
        """Return what keeps the mean of the strengths that others are measured by at zero."""
        return anchor(np.array([group.mean(len(self.counted.models)) for group in self.groups]))


def fitted(votes: Sequence[Vote], replicates: int, seed: int) -> Fitted:
    """Fit `votes` (at least one, each between two models) and cast them again `replicates` times."""
    counted = count(votes)
    reached = reach(counted)
    found = [grouped(counted, models, reached) for models in groups(counted)]
    return Fitted(counted, found, reached, estimated(counted, found, replicates, seed))


def standings(result: Fitted, votes: Sequence[Vote]) -> Standings:
    """Return the rows of `result`, and the sentences that belong below them."""
    rows = [row for number, group in enumerate(result.groups, start=1) for row in _ranked(result, group, number)]
    return Standings(len(votes), tuple(rows), notes(rows, votes))


def rating(strength: float, low: float, high: float) -> Interval:
    """Strengths as rating points. The interval is made to hold the estimate: percentiles of few votes may miss it."""
    value, least, most = (MEAN + POINTS * float(one) for one in (strength, min(low, strength), max(high, strength)))
    return Interval(value, least, most)


def _ranked(result: Fitted, group: Group, number: int) -> list[Row]:
    models, finite = group.models, set(group.finite)
    replicates = result.estimate.replicates[:, models]
    spans = zip(models, ends(replicates).T, rank_ends(replicates).T, strict=True)
    rows = (
        Row(
            model=result.counted.models[model],
            group=number,
            rating=rating(result.estimate.strengths[model], *_opened(result.reached, model, group.measure, *span)),
            best=int(best),
            worst=int(worst),
            tally=_tally(result.counted, model),
            finite=model in finite,
            doubt=None,
        )
        for model, span, (best, worst) in spans
    )
    told = (replace(row, doubt=doubt(row, len(models))) for row in rows)
    return sorted(told, key=lambda row: (-row.rating.value, row.model))


def _opened(reached: Bools, model: int, measure: list[int], low: float, high: float) -> tuple[float, float]:
    """Return the interval without an end that no vote holds.

    What earned no point from a model, directly or through others, may be any distance below it; and the other way up.
    """
    held_below, held_above = reached[model, measure].all(), reached[measure, model].all()
    return low if held_below else -inf, high if held_above else inf


def _tally(counted: Count, model: int) -> Tally:
    meetings = ((pair, meeting(counted, row)) for row, pair in enumerate(counted.pairs) if model in pair)
    return total(one if pair[0] == model else reverse(one) for pair, one in meetings)
