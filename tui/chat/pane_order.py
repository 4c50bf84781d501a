"""Owns an exchange as it stands on the screen, where each answer may be on the other side, and somebody else's."""

from collections.abc import Mapping
from dataclasses import replace

from tui.chat.conversation import Exchange, Seat, Side


def placed(exchange: Exchange) -> Exchange:
    """`exchange` with each answer on the side that it is shown on."""
    question = exchange.question
    if not question.swapped:
        return exchange
    sides = tuple(side for side in Side if question.player(side) in question.sides)
    return replace(
        exchange,
        question=replace(question, sides=sides, swapped=False),
        answers={question.player(side): answer for side, answer in exchange.answers.items()},
        earlier={question.player(side): answers for side, answers in exchange.earlier.items()},
        judgment=None,
    )


def by_others(exchange: Exchange, seats: Mapping[Side, Seat]) -> bool:
    """Whether another model than the one that sits there now gave an answer."""
    return any(answer.seat.model != seats[side].model for side, answer in exchange.answers.items())
