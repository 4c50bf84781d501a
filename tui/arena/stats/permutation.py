"""A permutation test of whether two groups differ."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

Matrix = Sequence[Sequence[float]]
"""How alike each two members are: symmetric."""

_MOST = 20_000
"""Ways to deal up to which all of them are tried."""

_DRAWN = 9_999
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Dealt:
    """`p` out of `deals` ways to deal, which are all there are if `exact`."""

    p: float
    deals: int
    exact: bool


def mean_within(similar: Matrix, members: Sequence[int]) -> float | None:
    """Return the mean over the pairs of a group; None for fewer than two members."""
    return _mean([similar[one][other] for one, other in combinations(members, 2)])


def mean_between(similar: Matrix, some: Sequence[int], others: Sequence[int]) -> float | None:
    """Return the mean over the pairs of one member each; None where a group is empty."""
    return _mean([similar[one][other] for one in some for other in others])


def smallest_p(first: int, second: int) -> float:
    """Return the smallest p that groups of these sizes can have: groups of one size may trade places."""
    return (2 if first == second else 1) / comb(first + second, first)


def permuted(similar: Matrix, first: int) -> Dealt:
    """Deal the members to groups of `first` and the rest, both of two or more.

    What is compared is the mean of both groups' similarity within, less that between them: the energy distance's form
    (Székely and Rizzo 2004), so groups part that differ in where they lie or in how far they scatter. The deal as it
    is counts among the deals, also where they are drawn (Phipson and Smyth 2010).
    """
    size = len(similar)
    ways = comb(size, first)
    apart = _apart(similar, range(first))
    deals: Iterable[Sequence[int]] = combinations(range(size), first) if ways <= _MOST else _drawn(size, first)
    reached = [_apart(similar, deal) >= apart - _NEAR for deal in deals]
    return Dealt(sum(reached) / len(reached), len(reached), exact=ways <= _MOST)


def _drawn(size: int, first: int) -> Iterator[Sequence[int]]:
    yield range(first)
    rng = random.Random(0)  # noqa: S311 -- the same answers get the same p
    for _ in range(_DRAWN):
        yield rng.sample(range(size), first)


def _apart(similar: Matrix, members: Sequence[int]) -> float:
    chosen = frozenset(members)
    groups = sorted(chosen), [each for each in range(len(similar)) if each not in chosen]
    within = [_total(similar, group) / comb(len(group), 2) for group in groups]
    between = sum(similar[one][other] for one in groups[0] for other in groups[1])
    return sum(within) / 2 - between / (len(groups[0]) * len(groups[1]))


def _total(similar: Matrix, members: Sequence[int]) -> float:
    return sum(similar[one][other] for one, other in combinations(members, 2))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
