"""The values of a leaderboard, shared by the screen, the table and JSON; `from_votes` computes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Trait = Literal["left", "longer", "faster"]
"""What may sway a person besides the words."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval; an end that no vote holds is infinite (null in JSON)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted; `both_bad` is the part of `ties` in which both answers were called bad."""

    wins: int = 0
    ties: int = 0
    losses: int = 0
    both_bad: int = 0

    @property
    def votes(self) -> int:
        """Return all of them."""
        return self.wins + self.ties + self.losses


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One model. Ratings are Elo-like: 400 points are odds of ten to one.

    Only models of one `group` (1, 2, ...) have met, directly or through others, and can be compared; `best` and `worst`
    are the 95 % range of its rank there. 1000 is the mean of the group's largest part in which points (wins, and half
    of ties) lead from each model to each other, a model counting once for each vote that it is in there. With `finite`
    False the votes have no finite estimate, as when a model has not lost yet: `rating` is then a cautious guess.
    `doubt` says why there are too few votes to say, or is None.
    """

    model: str
    group: int
    rating: Interval
    best: int
    worst: int
    tally: Tally
    finite: bool
    doubt: str | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """What happened between two models, as the first of them sees it.

    `better` is how sure it is that the first is the stronger, from all votes: the share of resamples that say so.
    """

    tally: Tally
    better: float

    @property
    def sure(self) -> bool:
        """Return whether the votes say which of the two is stronger; else there are too few to say."""
        return not 0.025 < self.better < 0.975


@dataclass(frozen=True, slots=True)
class Standings:
    """Ratings from one set of votes: groups one after the other, the strongest of each first; `notes` are sentences."""

    votes: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subset:
    """The standings of some of the votes: those with a tag, in a language, or given blind ("yes") or not ("no")."""

    kind: Literal["tag", "language", "blind"]
    name: str
    standings: Standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How often what should not matter went with winning: `of` votes that named a winner and in which it differed.

    `between_equals` has the strength of the models taken out (and the other habits): how often it would win for two
    equal models, one of them on the left, twice as long, or twice as fast. None where votes cannot tell it apart.
    """

    trait: Trait
    won: int
    of: int
    share: Interval
    between_equals: Interval | None

    @property
    def words(self) -> str:
        """Return both figures in a sentence."""
        if self.of == 0:
            return f"No vote says yet how often the {self.trait} answer wins."
        raw = f"The {self.trait} answer won {_percent(self.share)}; {self.won} of {self.of} votes)"
        if self.between_equals is None:
            return f"{raw}. These votes cannot tell that apart from who answered."
        much = {"left": "the left one", "longer": "one twice as long", "faster": "one twice as fast"}[self.trait]
        return f"{raw}. Of two equal models, {much} would win {_percent(self.between_equals)})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """Everything that votes say.

    `controlled` holds the rating of each model (on the scale of the rows) with side, length and speed taken out.
    `matrix[a][b]` is there where a and b met, and in both directions.
    """

    overall: Standings
    controlled: Mapping[str, Interval]
    matrix: Mapping[str, Mapping[str, Meeting]]
    habits: tuple[Habit, ...]
    subsets: tuple[Subset, ...]


def _percent(share: Interval) -> str:
    return f"{share.value:.0%} of the time ({share.low:.0%} to {share.high:.0%}".replace("%", " %")
