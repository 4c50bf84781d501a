"""Maximum-likelihood fit of Bradley and Terry's model, with ties as half a win each.

R. A. Bradley and M. E. Terry, "Rank analysis of incomplete block designs", Biometrika 39, 1952: a model of strength
a is expected to earn 1 / (1 + exp(b - a)) of the points against one of strength b.
"""

from dataclasses import dataclass

import numpy as np

from tui.arena.ratings.design_matrix import Array, Design

_STEPS = 200
_BOLD = float(np.log(2))


@dataclass(frozen=True, slots=True)
class Problem:
    """Points to explain: `points`[..., r] of `games`[..., r] were earned in row r; leading axes are fits side by side.

    c' `penalty` c / 2 is taken off the log-likelihood of coefficients c. `known` log odds of the rows are added to c's.
    """

    design: Design
    points: Array
    games: Array
    penalty: Array
    known: Array | float = 0.0

    def expected(self, found: Array) -> Array:
        """Return the share of each row's games that coefficients `found` would earn."""
        return expectation(self.design.odds(found) + self.known)

    def slope(self, found: Array) -> Array:
        """Return the derivative of the penalized log-likelihood at `found`."""
        missed = self.points - self.games * self.expected(found)
        held: Array = (found[..., None] * self.penalty).sum(axis=-2)
        return self.design.gather(missed) - held

    def information(self, found: Array) -> Array:
        """Its curvature at `found` (the negative second derivative)."""
        expected = self.expected(found)
        return self.design.curvature(self.games * expected * (1 - expected)) + self.penalty


def fit(problem: Problem, start: Array | None = None, tolerance: float = 1e-10) -> Array:
    """Find the likeliest coefficients.

    The likelihood is concave, and Newton's steps climb it: while none changes a row by more than log 2, the curvature
    on the way is at most twice what it was, and each step gains.
    """
    shape = (*problem.points.shape[:-1], problem.design.columns)
    found = np.zeros(shape) if start is None else np.broadcast_to(start, shape).copy()
    for _ in range(_STEPS):
        step = np.linalg.solve(problem.information(found), problem.slope(found)[..., None])[..., 0].astype(float)
        change = np.abs(problem.design.odds(step)).max(axis=-1, keepdims=True)
        found += step * (_BOLD / np.maximum(change, _BOLD))
        if np.abs(step).max() < tolerance:
            break
    return found


def expectation(log_odds: Array) -> Array:
    """Return the share of the points that is expected: the logistic function, in a form that cannot overflow."""
    return np.asarray((1 + np.tanh(log_odds / 2)) / 2)


def anchor(weights: Array) -> Array:
    """The penalty that makes the mean of the coefficients zero by each row of `weights`, and changes nothing else.

    Points say only how strengths differ: moving all that have met is free but for this.
    """
    return np.asarray((weights[:, :, None] * weights[:, None, :]).sum(axis=0))


def lent(design: Design, games: Array, penalty: Array) -> Array:
    """Return how many ties to lend to each row, so that every coefficient is finite: few, and most where votes are few.

    A row gets its leverage: the share of what is known about it that its own votes say. All together they are one
    less than the coefficients that they link (R. M. Foster, "The average impedance of an electrical network", 1949).
    Lent to two models, this is the half win each that takes the bias of first order out of log odds (J. B. S. Haldane,
    "The estimation and significance of the logarithm of a ratio of frequencies", 1955).
    """
    spread = np.linalg.inv(design.curvature(games) + penalty).astype(float)
    apart = design.odds(design.odds(spread).T)
    return np.asarray(games * apart.diagonal())
