"""An exchange as it is shown in the panes, each of which may show the answer of the other side."""

from dataclasses import replace

from tui.chat.conversation import Exchange, PaneSide, Side


def as_shown(exchange: Exchange) -> Exchange:
    """Return `exchange` with each answer on the side that is called like the pane which shows it."""
    question = exchange.question
    if not question.swapped:
        return exchange
    shown = {side: Side(question.pane(side)) for side in Side}
    sides = tuple(Side(pane) for pane in PaneSide if question.side(pane) in question.sides)
    return replace(
        exchange,
        question=replace(question, sides=sides, swapped=False),
        answers={shown[side]: answer for side, answer in exchange.answers.items()},
        earlier={shown[side]: answers for side, answers in exchange.earlier.items()},
        judgment=None,
    )
