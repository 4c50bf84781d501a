"""Agreement within and across two models that answer one prompt several times."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import median

from tui.arena.differences.final_answers import final_answer
from tui.arena.stats.permutation import Matrix, mean_between, mean_within, permuted, smallest_p
from tui.arena.stats.similarity import profile, similarity

SURE = 0.05
"""A difference counts when chance makes one as large in at most this share of the ways to deal the answers."""

ENOUGH = 4
"""Answers a side from which a difference can count: with three, chance alone makes the largest one in ten deals."""


class Verdict(StrEnum):
    """What made the difference between two sides."""

    MODEL = "model"
    LUCK = "luck"
    UNTOLD = "untold"
    """Too few answers to say."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far one side's answers lie apart: how many, their lengths in characters, and what they come down to.

    `finals` are the distinct final values with their counts, the commonest first; `without` counts the answers that
    come down to no letter, number, yes or no.
    """

    answers: int
    shortest: int
    median: float
    longest: int
    finals: tuple[tuple[str, int], ...]
    without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How alike the answers are within each side and between the sides (mean similarity of pairs, 0 to 1).

    `p` is the share of the ways to deal the answers to two sides in which the sides differ at least as much, out of
    `deals` ways tried: all there are if `exact`, else drawn. What has no pairs is None.
    """

    left: Spread | None
    right: Spread | None
    within_left: float | None
    within_right: float | None
    between: float | None
    p: float | None
    deals: int
    exact: bool
    verdict: Verdict
    sentence: str


def agreement(left: Sequence[str], right: Sequence[str]) -> Agreement:
    """Compare the answers of two sides to one prompt, under other seeds."""
    similar = _matrix([*left, *right])
    lefts, rights = range(len(left)), range(len(left), len(left) + len(right))
    within_left, within_right = mean_within(similar, lefts), mean_within(similar, rights)
    between = mean_between(similar, lefts, rights)
    dealt = permuted(similar, len(left)) if within_left is not None and within_right is not None else None
    p = dealt.p if dealt else None
    verdict = _verdict(p, len(left), len(right))
    return Agreement(
        left=_spread(left),
        right=_spread(right),
        within_left=within_left,
        within_right=within_right,
        between=between,
        p=p,
        deals=dealt.deals if dealt else 0,
        exact=dealt is None or dealt.exact,
        verdict=verdict,
        sentence=_sentence(verdict, (within_left, within_right), between, p, min(len(left), len(right))),
    )


def _matrix(answers: Sequence[str]) -> Matrix:
    profiles = [profile(answer) for answer in answers]
    similar = [[1.0] * len(answers) for _ in answers]
    for one, other in combinations(range(len(answers)), 2):
        similar[one][other] = similar[other][one] = similarity(profiles[one], profiles[other])
    return similar


def _spread(answers: Sequence[str]) -> Spread | None:
    if not answers:
        return None
    lengths = [len(answer) for answer in answers]
    finals = [final_answer(answer) for answer in answers]
    counts = Counter(final for final in finals if final is not None)
    return Spread(
        answers=len(answers),
        shortest=min(lengths),
        median=median(lengths),
        longest=max(lengths),
        finals=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        without=finals.count(None),
    )


def _verdict(p: float | None, left: int, right: int) -> Verdict:
    if p is not None and p <= SURE:
        return Verdict.MODEL
    return Verdict.LUCK if p is not None and smallest_p(left, right) <= SURE else Verdict.UNTOLD


def _sentence(
    verdict: Verdict, within: tuple[float | None, float | None], between: float | None, p: float | None, fewest: int
) -> str:
    """Return the verdict in plain words, with the figures that carry it."""
    ask = f"ask at least {ENOUGH} times"
    left, right = within
    if between is None:
        return f"A side without an answer cannot be compared: {ask}."
    if left is None or right is None or p is None:
        return f"One answer a side can tell nothing about luck: {ask}."
    if verdict is Verdict.UNTOLD:
        return f"{fewest} answers a side are too few to tell luck from model: {ask}."
    if min(left, right, between) == 1.0:
        return "All answers of both sides are the same."
    figures = f"two answers agree to {(left + right) / 2:.0%} on one side and to {between:.0%} across"
    chance = f"p = {p:.3f}" if p >= 0.0005 else "p < 0.001"
    if verdict is Verdict.MODEL:
        return f"The models differ by more than luck: {figures} ({chance})."
    return f"Luck alone could make this difference: {figures} ({chance})."
