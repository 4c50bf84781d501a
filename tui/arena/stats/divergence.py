"""Summaries of KL divergences of two quants: their spread, agreement, and first differences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles

from tui.arena.stats.perplexity import Surprise, surprise_of
from tui.chat.scores import Divergence, Parted, TokenScore


@dataclass(frozen=True, slots=True)
class Spread:
    """Divergences over a text in nats: 99 of 100 tokens lie at or below `high`; `agreement` is a share.

    `surprises` are the text's to both models.
    """

    tokens: int
    mean: float
    median: float
    high: float
    largest: float
    agreement: float
    surprises: tuple[Surprise, Surprise]


@dataclass(frozen=True, slots=True)
class Partings:
    """How many answers part, of how many; `first` is the least number of tokens that two of them have in common."""

    answers: int
    parted: int
    first: int | None

    @property
    def share(self) -> float:
        """Return the share of answers that part."""
        return self.parted / self.answers if self.answers else 0.0


def spread(found: Sequence[Divergence]) -> Spread:
    """Return the spread of one or more divergences."""
    nats = [each.nats for each in found]
    return Spread(
        tokens=len(nats),
        mean=fmean(nats),
        median=median(nats),
        high=quantiles(nats, n=100, method="inclusive")[-1] if len(nats) > 1 else nats[0],
        largest=max(nats),
        agreement=math.fsum(each.agree for each in found) / len(nats),
        surprises=(_surprise(found, 0), _surprise(found, 1)),
    )


def partings(found: Sequence[Parted]) -> Partings:
    """Return how the answers to all prompts part."""
    common = [each.same for each in found if each.tokens is not None]
    return Partings(len(found), len(common), min(common, default=None))


def _surprise(found: Sequence[Divergence], model: int) -> Surprise:
    return surprise_of(TokenScore(each.start, each.end, each.log_probs[model]) for each in found)
