"""Owns the ways from the main screen to a closer look: at luck, at surprise, and at two quants of one model."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.chat.conversation import Exchange, Side
from tui.chat.pane_order import placed
from tui.screens.compare.desk import Desk
from tui.screens.compare.replace_model import Stock
from tui.screens.help import NO_KEY
from tui.screens.reports.luck import LuckScreen
from tui.screens.reports.quants import QuantsScreen
from tui.screens.reports.surprise import SurpriseScreen
from tui.session.cross_scoring import comparable


class Examining(Desk):
    """The part of the main screen that looks closer at two answers, and at two quants."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+f2,f14", "luck", "Luck or model?", id="luck", show=False),
        # Shift+F3 would be free, too; but what terminals send for it is also the place of the cursor.
        Binding("shift+f4,f16", "surprise", "How surprised is each by the other's answer?", id="surprise", show=False),
        Binding(f"{NO_KEY}-quants", "quants", "How far are two quants of one model apart?", id="quants", show=False),
    ]

    _stock: Stock | None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Quants are compared only where it is known whose weights lie where."""
        return self._stock is not None if action == "quants" else super().check_action(action, parameters)

    def action_luck(self) -> None:
        """Shows what all attempts at the last question tell of both models."""
        exchange = self._examinable()
        if exchange is not None and len(exchange.answers) < len(Side):
            self._warn("Only one model was asked that: put a question to both first.")
        elif exchange is not None:
            shown, models = placed(exchange), self._talk.duo.conversation.models
            names = {place: models[exchange.question.participant(place)] for place in models}
            self.app.push_screen(LuckScreen(shown, names | {side: each.model for side, each in shown.answers.items()}))

    def action_surprise(self) -> None:
        """Lets both models read both last answers, and shows how likely each finds them."""
        if self._examinable() is None:
            return
        duo, failed = self._talk.duo, self._talk.failed
        if len(duo.conversation.exchanges) - 1 not in comparable(duo.conversation):
            self._warn("Only answers of both models that sit here now can be read: ask both something first.")
        elif failed:
            self._warn(f"The {self._curtain.at(failed[0])} model is not loaded: {self._key('restart')} loads it again.")
        else:
            self.app.push_screen(SurpriseScreen(duo))

    def action_quants(self) -> None:
        """Compares both models as two quants of one, in a worker of its own."""
        if self._stock is not None and self._at_rest():
            specs = {place: self._stock.selections[self._curtain.at(place)].spec for place in Side}
            self.app.push_screen(QuantsScreen(self._stock, specs))

    def _examinable(self) -> Exchange | None:
        """The last exchange; or None, and a word on why it cannot be looked at now."""
        exchanges = self._talk.duo.conversation.exchanges
        if not exchanges:
            self._warn("No model has answered anything yet: ask something first.")
        elif self._at_rest():
            return exchanges[-1]
        return None

    def _at_rest(self) -> bool:
        """Whether no model is at work and no name hidden; where not, a word on it."""
        if self._talk.busy:
            self._warn("A model is at work: wait until it is done, or stop it, then look again.")
        elif self._curtain.hidden:
            self._warn("That would tell who is who: say which answer is better first, or reveal the names.")
        else:
            return True
        return False
