"""The ways from the main screen to a closer look: conditions, repeated answers, perplexity, and two quants."""

from collections.abc import Callable, Mapping
from typing import Any

from textual.screen import Screen

from tui.chat.conversation import Exchange, PaneSide, Side
from tui.chat.pane_order import as_shown
from tui.screens.compare.conditions import ConditionsScreen
from tui.screens.compare.replace_model import Stock
from tui.screens.reports.luck import LuckScreen
from tui.screens.reports.quants import QuantsScreen
from tui.screens.reports.surprise import SurpriseScreen
from tui.session.cross_scoring import comparable
from tui.session.session import RefusedError, Session


def _conditions(session: Session, _: Stock | None) -> Screen[Any]:
    """Return the prompts and the conditions of the last answers."""
    session.check_prompts_known()
    return ConditionsScreen(session.conversation, dict(session.duo.prompts))


def _luck(session: Session, _: Stock | None) -> Screen[Any]:
    """Return what all answers to the last question tell of both models."""
    exchange = _last(session)
    if len(exchange.answers) < len(Side):
        raise RefusedError("Only one model was asked that: put a question to both first.")
    models = session.conversation.models
    present = {Side(exchange.question.pane(side)): model for side, model in models.items()}
    shown = as_shown(exchange)
    return LuckScreen(shown, present | {side: answer.model for side, answer in shown.answers.items()})


def _surprise(session: Session, _: Stock | None) -> Screen[Any]:
    """Return how likely each model finds the last answers."""
    _last(session)
    if len(session.conversation.exchanges) - 1 not in comparable(session.conversation):
        raise RefusedError("Only answers of both models that sit here now can be read: ask both something first.")
    if session.failed:
        raise RefusedError(f"The {session.pane(session.failed[0])} model is not loaded: {{restart}} loads it again.")
    return SurpriseScreen(session.duo)


def _quants(session: Session, stock: Stock | None) -> Screen[Any]:
    """Return how far both models are apart as two quants of one."""
    session.check_at_rest()
    if stock is None:
        raise RefusedError("It is not known here where the weights are.")
    specs = {Side(pane): stock.selections[session.side(pane)].spec for pane in PaneSide}
    return QuantsScreen(stock, specs)


def _last(session: Session) -> Exchange:
    if not session.conversation.exchanges:
        raise RefusedError("No model has answered anything yet: ask something first.")
    session.check_at_rest()
    return session.conversation.exchanges[-1]


REPORTS: Mapping[str, Callable[[Session, Stock | None], Screen[Any]]] = {
    "conditions": _conditions,
    "luck": _luck,
    "surprise": _surprise,
    "quants": _quants,
}
"""What makes each report. It raises RefusedError where there is nothing to report, or it must not be known."""
