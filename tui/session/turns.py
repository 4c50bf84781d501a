"""The exchanges of a conversation as they stand in the panes."""

from collections.abc import Container, Mapping

from tui.chat.conversation import Conversation, Exchange, ModelInfo, PaneSide, Side
from tui.chat.judgment import Verdict
from tui.session.events import Outcome, Signature


def turn_of(conversation: Conversation, number: int, pane: PaneSide) -> int | None:
    """Return which turn in `pane` the exchange `number` is, counted from 0; None where it has none there."""
    exchanges = conversation.exchanges
    if not _is_shown(exchanges[number], pane):
        return None
    return sum(_is_shown(exchange, pane) for exchange in exchanges[:number])


def signatures(
    conversation: Conversation, pane: PaneSide, *, without: Container[int], named: bool
) -> dict[int, Signature]:
    """Return what stands below the answers in `pane`, by turn, but for the exchanges `without`."""
    shown = [number for number, exchange in enumerate(conversation.exchanges) if _is_shown(exchange, pane)]
    return {
        turn: _signature(conversation.exchanges[number], pane, named=named)
        for turn, number in enumerate(shown)
        if number not in without
    }


def needs_names(conversation: Conversation) -> bool:
    """Return whether the panes' titles alone would name the wrong model for an answer."""
    models = conversation.models
    return any(exchange.question.swapped or _by_others(exchange, models) for exchange in conversation.exchanges)


def _is_shown(exchange: Exchange, pane: PaneSide) -> bool:
    side = exchange.question.side(pane)
    return side in exchange.question.sides or side in exchange.answers


def _by_others(exchange: Exchange, models: Mapping[Side, ModelInfo]) -> bool:
    return any(answer.model.model != models[side].model for side, answer in exchange.answers.items())


def _signature(exchange: Exchange, pane: PaneSide, *, named: bool) -> Signature:
    side = exchange.question.side(pane)
    answer = exchange.answers.get(side)
    name = answer.model.name or answer.model.model if named and answer is not None else None
    return Signature(name, _outcome(exchange, side))


def _outcome(exchange: Exchange, side: Side) -> Outcome | None:
    match exchange.judgment.verdict if exchange.judgment is not None else None:
        case Verdict.TIE:
            return "tie"
        case Verdict.BOTH_BAD:
            return "both bad"
        case verdict if verdict == side.value:
            return "better"
        case _:
            return None
