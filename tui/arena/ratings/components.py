"""Strengths where not all votes go both ways: each component by its own votes, then its order among them.

A component is the largest set of models that points link both ways. Between two of them all points went one way, so
the likelihood is largest where they are infinitely far apart, and there votes between them say nothing of the
strengths within (A. Albert and J. A. Anderson, "On the existence of maximum likelihood estimates in logistic
regression models", Biometrika 71, 1984). So a newcomer that only lost changes nothing for those that it lost to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from tui.arena.ratings.bradley_terry import Problem, anchor, fit, lent
from tui.arena.ratings.design_matrix import Array, Blocks, Pairs
from tui.arena.ratings.intervals import Sample, resampled
from tui.arena.ratings.tally import Bools, Count, components, votes_within


@dataclass(frozen=True, slots=True)
class Group:
    """Models that met, directly or through others: its components, the largest first, with weights of their models.

    Strengths are measured by the first `standards` components: one, or several that are equally large. The mean there,
    by weight, is zero. A model weighs as many votes as it is in within its component: by an even mean, one vote on a
    newcomer would move everybody, and nobody knows yet how far.
    """

    components: list[list[int]]
    weights: list[Array]
    standards: int

    @property
    def models(self) -> list[int]:
        """Return all of them, component by component."""
        return list(chain.from_iterable(self.components))

    @property
    def measure(self) -> list[int]:
        """Return the models that strengths are measured by."""
        return list(chain.from_iterable(self.components[: self.standards]))

    @property
    def finite(self) -> list[int]:
        """Return the models with a finite maximum-likelihood estimate: those measured by, if they are one component."""
        return self.measure if self.standards == 1 else []

    def mean(self, models: int) -> Array:
        """Return what weighs each of all `models` in the mean that is zero."""
        weights = np.zeros(models)
        weights[self.measure] = np.concatenate(self.weights[: self.standards]) / self.standards
        return weights


@dataclass(frozen=True, slots=True)
class Estimate:
    """The strength of each model, the same in each election (replicates x models), and the ties lent to each pair."""

    strengths: Array
    replicates: Array
    lent: Array


def grouped(counted: Count, models: Sequence[int], reached: Bools) -> Group:
    """The components of `models`, which met: those with the most models, and of these the most votes, are standards."""
    found = [(votes_within(counted, one), one) for one in components(models, reached)]
    found.sort(key=lambda item: (-len(item[1]), -item[0].sum(), item[1]))
    sizes = [(len(one), votes.sum()) for votes, one in found]
    weights = [votes / votes.sum() if len(one) > 1 else np.ones(1) for votes, one in found]
    return Group([one for _, one in found], weights, sizes.count(sizes[0]))


def estimated(counted: Count, groups: Sequence[Group], replicates: int, seed: int) -> Estimate:
    """Fit the votes, and cast them again `replicates` times.

    Within a component strengths are the maximum-likelihood estimate, from nothing but its votes. Between components,
    where that is infinite, the lent ties count too: all together one less than the components.
    """
    models = len(counted.models)
    found = Estimate(np.zeros(models), np.zeros((replicates, models)), np.zeros(len(counted.pairs)))
    for group in groups:
        for component, weights in zip(group.components, group.weights, strict=True):
            if len(component) > 1:
                _fit_within(counted, component, weights, found, seed)
        if len(group.components) > 1:
            _fit_between(counted, group, found, seed)
    return found


def _fit_within(counted: Count, component: list[int], weights: Array, found: Estimate, seed: int) -> None:
    part = set(component)
    rows = [row for row, pair in enumerate(counted.pairs) if part.issuperset(pair)]
    pairs = _pairs(counted, rows, component)
    outcomes, games = counted.outcomes[rows], counted.games[rows]
    penalty = anchor(weights[None])
    sample = Sample(pairs, outcomes, lent(pairs, games, penalty), penalty)
    nothing = np.broadcast_to(0.0, (len(found.replicates), len(rows)))
    found.lent[rows] = sample.lent
    found.strengths[component] = fit(Problem(pairs, outcomes[:, 0] + outcomes[:, 1] / 2, games, penalty))
    found.replicates[:, component] = resampled(sample, nothing, _dice(counted, component, seed))


def _fit_between(counted: Count, group: Group, found: Estimate, seed: int) -> None:
    """Move whole components, whose strengths are known but for that, to where the votes between them put them."""
    order, sizes = group.models, [len(component) for component in group.components]
    home = dict(zip(order, np.repeat(range(len(sizes)), sizes), strict=True))
    rows = [row for row, (one, other) in enumerate(counted.pairs) if one in home and home[one] != home[other]]
    pairs = _pairs(counted, rows, order)
    blocks = Blocks(pairs, np.cumsum([0, *sizes[:-1]]))
    outcomes, games = counted.outcomes[rows], counted.games[rows]
    penalty = anchor(np.where(np.arange(len(sizes)) < group.standards, 1.0, 0.0)[None])
    sample = Sample(blocks, outcomes, lent(blocks, games, penalty), penalty)
    points = outcomes[:, 0] + (outcomes[:, 1] + sample.lent) / 2
    places = fit(Problem(blocks, points, games + sample.lent, penalty, pairs.odds(found.strengths[order])))
    again = resampled(sample, pairs.odds(found.replicates[:, order]), _dice(counted, order, seed))
    found.lent[rows] = sample.lent
    found.strengths[order] += _moved(places, group)
    found.replicates[:, order] += _moved(again, group)


def _pairs(counted: Count, rows: Sequence[int], models: Sequence[int]) -> Pairs:
    """Return the pairs that are `rows` of the count, between places in `models`."""
    place = {model: number for number, model in enumerate(models)}
    first, second = np.array([[place[model] for model in counted.pairs[row]] for row in rows]).T
    return Pairs(first, second, len(models))


def _moved(places: Array, group: Group) -> Array:
    """Return how far each model moves: a standard that is one component not even by a rounding error."""
    middle = places[..., : group.standards].mean(axis=-1, keepdims=True)
    return np.asarray(np.repeat(places - middle, [len(component) for component in group.components], axis=-1))


def _dice(counted: Count, models: Sequence[int], seed: int) -> np.random.Generator:
    """Chance that hangs on nothing but the seed and who is drawn for: other models change no interval."""
    return np.random.default_rng([seed, *map(ord, "\n".join(counted.models[model] for model in models))])
