"""Log-odds from strengths, by pairs of models or by a matrix of covariates.

Nothing here goes through BLAS: its threads spin while they wait, and where models are answering on the same cores, that
took a leaderboard from half a second of CPU to more than four.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]


class Design(Protocol):
    """A linear map from coefficients to the log odds of rows; leading axes are maps beside each other."""

    @property
    def columns(self) -> int:
        """Return how many coefficients it takes."""

    def odds(self, coefficients: Array) -> Array:
        """(..., columns) to (..., rows): the logarithm of the odds of each row."""

    def gather(self, rows: Array) -> Array:
        """(..., rows) to (..., columns): the transposed map, which takes slopes back."""

    def curvature(self, weights: Array) -> Array:
        """(..., rows) to (..., columns, columns): the map, a weight for each row, and the transposed map."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """One row a pair of models: the log odds are the strength of `first` less that of `second`."""

    first: Places
    second: Places
    columns: int

    def odds(self, coefficients: Array) -> Array:
        """See `Design`."""
        return np.asarray(coefficients[..., self.first] - coefficients[..., self.second])

    def gather(self, rows: Array) -> Array:
        """See `Design`."""
        table = np.zeros((*rows.shape[:-1], self.columns, self.columns))
        table[..., self.first, self.second] = rows
        table[..., self.second, self.first] = -rows
        return np.asarray(table.sum(axis=-1))

    def curvature(self, weights: Array) -> Array:
        """See `Design`: here it is the Laplacian of the graph of who met whom."""
        table = np.zeros((*weights.shape[:-1], self.columns, self.columns))
        table[..., self.first, self.second] = -weights
        table[..., self.second, self.first] = -weights
        own = np.arange(self.columns)
        table[..., own, own] = -table.sum(axis=-1)
        return table


@dataclass(frozen=True, slots=True)
class Blocks:
    """`pairs` of models that move in blocks, one coefficient a block: the models from a start to the next are one."""

    pairs: Pairs
    starts: Places

    @property
    def columns(self) -> int:
        """See `Design`."""
        return len(self.starts)

    def odds(self, coefficients: Array) -> Array:
        """See `Design`."""
        sizes = np.diff(self.starts, append=self.pairs.columns)
        return self.pairs.odds(np.repeat(coefficients, sizes, axis=-1))

    def gather(self, rows: Array) -> Array:
        """See `Design`."""
        return np.add.reduceat(self.pairs.gather(rows), self.starts, axis=-1)

    def curvature(self, weights: Array) -> Array:
        """See `Design`: here it is the Laplacian of the graph of which block met which."""
        table = np.add.reduceat(self.pairs.curvature(weights), self.starts, axis=-1)
        return np.add.reduceat(table, self.starts, axis=-2)


@dataclass(frozen=True, slots=True)
class Table:
    """Any numbers, rows x columns; for one map, without leading axes."""

    numbers: Array

    @property
    def columns(self) -> int:
        """See `Design`."""
        return len(self.numbers.T)

    def odds(self, coefficients: Array) -> Array:
        """See `Design`."""
        return np.asarray(np.einsum("rk,k->r", self.numbers, coefficients))

    def gather(self, rows: Array) -> Array:
        """See `Design`."""
        return np.asarray(np.einsum("rk,r->k", self.numbers, rows))

    def curvature(self, weights: Array) -> Array:
        """See `Design`."""
        return np.asarray(np.einsum("rk,rl->kl", self.numbers * weights[:, None], self.numbers))
