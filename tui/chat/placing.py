"""Owns an exchange as it stands on the screen, where each answer may be on the other side."""

from dataclasses import replace

from tui.chat.conversation import Exchange, Side


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
