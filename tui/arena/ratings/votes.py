"""A vote with its two models, and what may have influenced the user besides the words."""

from dataclasses import dataclass

from tui.chat.judgment import Judgment, Verdict


@dataclass(frozen=True, slots=True)
class Contender:
    """One side of a vote, by its model's id.

    `characters` counts the answer without its thinking; `tokens_per_second` is 0 where it is not known.
    """

    model: str
    characters: int = 0
    tokens_per_second: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One judgment between two models. `left` and `right` are the sides that its verdict means.

    `swapped` says that each was shown on the other side; `language` is the question's, as `language_of` tells it.
    """

    judgment: Judgment
    left: Contender
    right: Contender
    language: str
    swapped: bool = False
    id: int = 0

    @property
    def score(self) -> float:
        """Return what the left model earned: 1 for a win, 0 for a loss, a half otherwise.

        "Both bad" is a half too: neither was the better one, and leaving it out would say that it never happened.
        """
        match self.judgment.verdict:
            case Verdict.LEFT:
                return 1.0
            case Verdict.RIGHT:
                return 0.0
            case Verdict.TIE | Verdict.BOTH_BAD:
                return 0.5
