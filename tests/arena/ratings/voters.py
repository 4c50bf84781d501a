"""Simulated voters: persons who know how strong each model is, and vote by it with the luck of the day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypedDict, Unpack

import numpy as np

from tui.arena.ratings.design_matrix import Array, Places
from tui.arena.ratings.leaderboard import Trait
from tui.arena.ratings.tally import Bools
from tui.arena.ratings.votes import Contender, Vote
from tui.chat.judgment import Judgment, Verdict

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Judged(TypedDict, total=False):
    """What else a judgment may say."""

    blind: bool
    masked: bool
    tags: tuple[str, ...]


def vote(left: str | Contender, right: str | Contender, verdict: Verdict, **judged: Unpack[Judged]) -> Vote:
    """One vote on an English question, blind unless `judged` says otherwise."""
    one, other = (side if isinstance(side, Contender) else Contender(side) for side in (left, right))
    judgment = Judgment(verdict=verdict, at=AT, blind=True)
    return Vote(judgment=replace(judgment, **judged), left=one, right=other, language="en")


def votes(*counts: tuple[str, str, int, int, int]) -> list[Vote]:
    """Votes by pair: (left, right, wins of the left, ties, wins of the right)."""
    verdicts = (Verdict.LEFT, Verdict.TIE, Verdict.RIGHT)
    told = [
        (left, right, verdict)
        for left, right, *numbers in counts
        for verdict, times in zip(verdicts, numbers, strict=True)
        for _ in range(times)
    ]
    return [vote(*one) for one in told]


@dataclass(frozen=True, slots=True)
class Voter:
    """`strengths` are natural, `pull` the log odds that a trait adds: for the left side, and for each doubling.

    `unsure` is how often the voter looks twice, and says "tie" (or "both bad") if the second look says otherwise. A tie
    being half a win, the points that a model earns are then those of its strength: what Bradley and Terry expect.
    `popular` are the odds that a model is asked.
    """

    strengths: Sequence[float]
    unsure: float = 0.3
    pull: tuple[float, float, float] = (0.0, 0.0, 0.0)
    popular: Sequence[float] = ()

    def cast(self, number: int, rng: np.random.Generator) -> list[Vote]:
        """Vote `number` times; who meets whom, on which side, how long and how fast, is chance."""
        models = len(self.strengths)
        odds = np.log(self.popular) if self.popular else np.zeros(models)
        drawn = np.argsort(-(odds + rng.gumbel(size=(number, models))), axis=1)[:, :2]  # drawn without replacement
        characters, speeds = rng.lognormal(6, 0.6, (number, 2)).astype(int), rng.lognormal(3, 0.3, (number, 2))
        strengths = np.asarray(self.strengths)[drawn]
        swapped = rng.random(number) < 0.5
        lead = strengths[:, 0] - strengths[:, 1] + self._pulled(swapped, characters, speeds)
        looks = rng.random((number, 2)) < 1 / (1 + np.exp(-lead))[:, None]
        looks[:, 1] = np.where(rng.random(number) < self.unsure, looks[:, 1], looks[:, 0])
        blanks = rng.choice([Verdict.TIE, Verdict.BOTH_BAD], number)
        contenders = [
            [Contender(name(model), length, speed) for model, length, speed in zip(*side, strict=True)]
            for side in zip(drawn.T.tolist(), characters.T.tolist(), speeds.T.tolist(), strict=True)
        ]
        verdicts = (_verdict(a, b, Verdict(blank)) for (a, b), blank in zip(looks.tolist(), blanks, strict=True))
        cast = (vote(left, right, verdict) for left, right, verdict in zip(*contenders, verdicts, strict=True))
        return [replace(one, swapped=turned) for one, turned in zip(cast, swapped.tolist(), strict=True)]

    def _pulled(self, swapped: Bools, characters: Places, speeds: Array) -> Array:
        side, length, speed = self.pull
        longer = np.log2((characters[:, 0] + 1) / (characters[:, 1] + 1))
        shown = np.where(swapped, -side, side)
        return np.asarray(shown + length * longer + speed * np.log2(speeds[:, 0] / speeds[:, 1]))

    def between_equals(self) -> dict[Trait, float]:
        """How often each trait wins for two equal models."""
        left, longer, faster = (1 / (1 + np.exp(-pull)) for pull in self.pull)
        return {"left": float(left), "longer": float(longer), "faster": float(faster)}

    def ratings(self) -> dict[str, float]:
        """The true ratings: 400 points are odds of ten to one, 1000 the mean."""
        mean = sum(self.strengths) / len(self.strengths)
        return {name(k): 1000 + 400 / np.log(10) * (one - mean) for k, one in enumerate(self.strengths)}


def name(model: int) -> str:
    """A model's id."""
    return f"model-{model:02}"


def _verdict(first: bool, second: bool, blank: Verdict) -> Verdict:
    if first != second:
        return blank
    return Verdict.LEFT if first else Verdict.RIGHT
