"""Owns what the main screen says of the conditions of two answers, and the way to all of them."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.chat.conversation import Side
from tui.chat.events import Prefill, ReplyEvent
from tui.chat.fairness import unfair
from tui.chat.pane_order import placed
from tui.screens.compare.conditions import ConditionsScreen
from tui.screens.compare.showing import Showing

_VEILED = "These two answers were not given under the same conditions."
"""What may be said of an unfair pair while nobody may know who is who."""


class Inspecting(Showing):
    """The part of the main screen that looks at what stands behind two answers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+f1,f13", "inspect", "What each model really saw", id="conditions", show=False),
    ]

    def action_inspect(self) -> None:
        """Shows the prompts and the conditions of the last answers."""
        duo = self._talk.duo
        if not duo.conversation.exchanges:
            self._warn("No model has read anything yet: ask something first.")
        elif self._curtain.hidden:
            self._warn("That would tell who is who: say which answer is better first, or reveal the names.")
        elif self._curtain.anything_hidden:
            way = f"{self._key('judge')}, then {self._key('judge.reveal')}, shows all names"
            self._warn(f"The prompts hold earlier answers, and would tell whose those without a name are: {way}.")
        else:
            self.app.push_screen(ConditionsScreen(duo.conversation, dict(duo.prompts)))

    def side_said(self, side: Side, event: ReplyEvent) -> None:
        """Shows what `side` said, and what is known as soon as it reads the question."""
        super().side_said(side, event)
        if isinstance(event, Prefill) and event.prompt is not None:
            self._tell_unfair()

    def _changed(self) -> None:
        super()._changed()
        self._tell_unfair()

    def _tell_unfair(self) -> None:
        """One line below the panes while the last pair is unfair."""
        exchanges = self._talk.duo.conversation.exchanges
        found = unfair(placed(exchanges[-1])) if exchanges and not self._curtain.busy else ()
        line = self.query_one("#unfair", Static)
        line.display = bool(found)
        if found and self._curtain.hidden:
            line.update(Content(_VEILED))
        elif found:
            more = f" And {len(found) - 1} more." if len(found) > 1 else ""
            line.update(Content.assemble(f"{found[0]}{more}", (f"  {self._key('conditions')} tells all", "$quiet")))
