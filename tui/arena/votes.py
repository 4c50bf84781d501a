"""Owns the vote: which of two answers was better, said by the person who asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What a person says of two answers."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_BAD = "both bad"


@dataclass(frozen=True, slots=True)
class Contender:
    """One side of a vote: its model, and what may have swayed the person besides the words.

    `characters` counts the answer without its thinking; `tokens_per_second` is 0 where it is not known.
    """

    model: str
    characters: int = 0
    tokens_per_second: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One verdict on one question: `blind` if the names were hidden when it was given, `language` that of the question.

    `masked` says that an answer named its model or maker, and the name was hidden. `note` is the person's own, raw.
    """

    id: int
    at: datetime
    left: Contender
    right: Contender
    verdict: Verdict
    blind: bool
    language: str
    tags: tuple[str, ...] = ()
    masked: bool = False
    note: str = ""

    @property
    def score(self) -> float:
        """What the left model earned: 1 for a win, 0 for a loss, a half otherwise.

        "Both bad" is a half too: neither was the better one, and leaving it out would say that it never happened.
        """
        match self.verdict:
            case Verdict.LEFT:
                return 1.0
            case Verdict.RIGHT:
                return 0.0
            case Verdict.TIE | Verdict.BOTH_BAD:
                return 0.5
