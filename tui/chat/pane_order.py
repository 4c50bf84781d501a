"""Owns an exchange as it stands on the screen, where each answer may be on the other side, and somebody else's."""

from collections.abc import Mapping
from dataclasses import replace

from tui.chat.conversation import Exchange, ModelInfo, Side


def placed(exchange: Exchange) -> Exchange:
    """`exchange` with each answer on the side that it is shown on."""
    question = exchange.question
    if not question.swapped:
        return exchange
    sides = tuple(side for side in Side if question.participant(side) in question.sides)
    return replace(
        exchange,
        question=replace(question, sides=sides, swapped=False),
        answers={question.participant(side): answer for side, answer in exchange.answers.items()},
        earlier={question.participant(side): answers for side, answers in exchange.earlier.items()},
        judgment=None,
    )


def by_others(exchange: Exchange, models: Mapping[Side, ModelInfo]) -> bool:
    """Whether another model than the one that sits there now gave an answer."""
    return any(answer.model.model != models[side].model for side, answer in exchange.answers.items())
