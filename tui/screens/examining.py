"""Owns the ways from the last answers on the main screen to what they tell: luck, and surprise."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.chat.conversation import Exchange, Side
from tui.chat.placing import placed
from tui.reading import comparable
from tui.screens.desk import Desk
from tui.screens.luck import LuckScreen
from tui.screens.surprise import SurpriseScreen


class Examining(Desk):
    """The part of the main screen that looks closer at two answers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+f2,f14", "luck", "Luck or model?", id="luck", show=False),
        # Shift+F3 would be free, too; but what terminals send for it is also the place of the cursor.
        Binding("shift+f4,f16", "surprise", "How surprised is each by the other's answer?", id="surprise", show=False),
    ]

    def action_luck(self) -> None:
        """Shows what all attempts at the last question tell of both models."""
        exchange = self._examinable()
        if exchange is not None and len(exchange.answers) < len(Side):
            self._warn("Only one model was asked that: put a question to both first.")
        elif exchange is not None:
            shown, seats = placed(exchange), self._talk.duo.conversation.seats
            names = {place: seats[exchange.question.player(place)] for place in seats}
            self.app.push_screen(LuckScreen(shown, names | {side: each.seat for side, each in shown.answers.items()}))

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

    def _examinable(self) -> Exchange | None:
        """The last exchange; or None, and a word on why it cannot be looked at now."""
        exchanges = self._talk.duo.conversation.exchanges
        if not exchanges:
            self._warn("No model has answered anything yet: ask something first.")
        elif self._talk.busy:
            self._warn("A model is at work: wait until it is done, or stop it, then look again.")
        elif self._curtain.hidden:
            self._warn("That would tell who is who: say which answer is better first, or reveal the names.")
        else:
            return exchanges[-1]
        return None
