"""Simulated voters: persons who know how strong each model is, and vote by it with the luck of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from tui.arena.design import Array, Places
from tui.arena.leaderboard import Trait
from tui.arena.votes import Contender, Verdict, Vote

AT = datetime(2026, 1, 1, tzinfo=UTC)


def vote(left: str, right: str, verdict: Verdict, number: int = 0, **more: object) -> Vote:
    """One vote; `more` replaces what else it says."""
    said = {"blind": True, "language": "en", **more}
    return Vote(id=number, at=AT, left=Contender(left), right=Contender(right), verdict=verdict, **said)  # type: ignore[arg-type]


def votes(*counts: tuple[str, str, int, int, int]) -> list[Vote]:
    """Votes by pair: (left, right, wins of the left, ties, wins of the right)."""
    verdicts = (Verdict.LEFT, Verdict.TIE, Verdict.RIGHT)
    told = [
        (left, right, verdict)
        for left, right, *numbers in counts
        for verdict, times in zip(verdicts, numbers, strict=True)
        for _ in range(times)
    ]
    return [vote(left, right, verdict, number) for number, (left, right, verdict) in enumerate(told)]


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
        seats = np.argsort(-(odds + rng.gumbel(size=(number, models))), axis=1)[:, :2]  # drawn without replacement
        characters, speeds = rng.lognormal(6, 0.6, (number, 2)).astype(int), rng.lognormal(3, 0.3, (number, 2))
        strengths = np.asarray(self.strengths)[seats]
        lead = strengths[:, 0] - strengths[:, 1] + self._pulled(characters, speeds)
        looks = rng.random((number, 2)) < 1 / (1 + np.exp(-lead))[:, None]
        looks[:, 1] = np.where(rng.random(number) < self.unsure, looks[:, 1], looks[:, 0])
        blanks = rng.choice([Verdict.TIE, Verdict.BOTH_BAD], number)
        verdicts = (_verdict(a, b, Verdict(blank)) for (a, b), blank in zip(looks.tolist(), blanks, strict=True))
        rows = zip(seats.tolist(), characters.tolist(), speeds.tolist(), verdicts, strict=True)
        return [
            Vote(
                id=number,
                at=AT,
                left=Contender(name(sat[0]), length[0], speed[0]),
                right=Contender(name(sat[1]), length[1], speed[1]),
                verdict=verdict,
                blind=True,
                language="en",
            )
            for number, (sat, length, speed, verdict) in enumerate(rows)
        ]

    def _pulled(self, characters: Places, speeds: Array) -> Array:
        side, length, speed = self.pull
        longer = np.log2((characters[:, 0] + 1) / (characters[:, 1] + 1))
        return np.asarray(side + length * longer + speed * np.log2(speeds[:, 0] / speeds[:, 1]))

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
