"""Owns the vote: a judgment with who was judged, and what may have swayed the person besides the words."""

from dataclasses import dataclass

from tui.arena.language import language_of
from tui.chat.conversation import Answer, Exchange, Side
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
        """What the left model earned: 1 for a win, 0 for a loss, a half otherwise.

        "Both bad" is a half too: neither was the better one, and leaving it out would say that it never happened.
        """
        match self.judgment.verdict:
            case Verdict.LEFT:
                return 1.0
            case Verdict.RIGHT:
                return 0.0
            case Verdict.TIE | Verdict.BOTH_BAD:
                return 0.5


def vote_of(exchange: Exchange) -> Vote | None:
    """The vote that was given on `exchange`; None if it was not judged, or has not two answers."""
    left, right = (exchange.answers.get(side) for side in Side)
    if exchange.judgment is None or left is None or right is None:
        return None
    return Vote(
        judgment=exchange.judgment,
        left=_contender(left),
        right=_contender(right),
        language=language_of(exchange.question.text),
        swapped=exchange.question.swapped,
        id=exchange.id or 0,
    )


def _contender(answer: Answer) -> Contender:
    rate = answer.usage.tokens_per_second if answer.usage else 0.0
    return Contender(answer.seat.model, len(answer.text), rate)
