"""Owns the turns that a comparison needs beside plain questions: another answer, and a question to one side only."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.chat.conversation import Side
from tui.screens.compare.desk import Desk
from tui.screens.compare.talk import Sent
from tui.session.duo import BOTH
from tui.text import clean_line

_NEXT_TARGET: Mapping[tuple[Side, ...], tuple[Side, ...]] = {
    BOTH: (Side.LEFT,),
    (Side.LEFT,): (Side.RIGHT,),
    (Side.RIGHT,): BOTH,
}


class Turning(Desk):
    """The part of the main screen that says who answers what, and when."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+f5,f17", "again", "Both: answer again", id="regenerate-both", show=False),
        Binding("shift+f8,f20", "again('left')", "Left: answer again", id="regenerate-left", show=False),
        Binding("shift+f9,f21", "again('right')", "Right: answer again", id="regenerate-right", show=False),
        Binding("shift+f11,f23", "swap", "Swap sides", id="swap", show=False),
        Binding("tab", "target", "Ask both, the left or the right only", id="target", show=False),
    ]

    _target: tuple[Side, ...] = BOTH

    def action_again(self, side: str | None = None) -> None:
        """Has a side, or both, answer the last question once more; the answer before is kept."""
        places = BOTH if side is None else (Side(side),)
        if self._alone(len(places)):
            return
        moved = self._curtain.moved and not self._talk.busy  # until it is kept, the last question is the one before
        refusal = self._moved() if moved else self._talk.again(places)
        if refusal is not None:
            self._warn(refusal)

    def _moved(self) -> str:
        """Why nobody answers again: that would stand below the other's first answer."""
        return f"The models have changed places since that question: {self._key('swap')} swaps them back."

    def action_target(self) -> None:
        """Puts the next questions to both sides, then to the left one only, then to the right one only."""
        self._target = _NEXT_TARGET[self._target]
        only = self._target[0] if self._target != BOTH else None
        for side in Side:
            self._pane(side).set_class(only is side, "-asked-alone")
            self._pane(side).set_class(only is side.other, "-not-asked")
        self._prompt.placeholder = self._invitation()
        self._prompt.border_title = f"to the {only} only" if only else ""
        self._prompt.set_class(only is not None, "-one-sided")

    def action_swap(self) -> None:
        """Lets the models change places."""
        if self._curtain.hidden:
            self._warn("Names are hidden, and each question is dealt anew: there is nothing to swap.")
        elif self._talk.busy:
            self._warn("A model is at work: wait until it is done, or stop it, then swap.")
        else:
            self._curtain.swap()

    def _invitation(self) -> str:
        """What the empty prompt says."""
        whom = "both" if self._target == BOTH else f"the {self._target[0]} model only"
        return f"Ask {whom}: {self._key('send')} sends, {self._key('new-line')} breaks the line"

    def participant(self, place: Side) -> Side:
        """Who is shown in `place` now."""
        return self._curtain.at(place)

    def turned_away(self, text: str, sides: Iterable[Side]) -> bool:
        """Gives back a question to one side that waited while names came to be hidden: none are told for its sake."""
        alone = self._alone(len(tuple(sides)))
        if alone:
            self._prompt.give_back(text)
        return alone

    def queue_changed(self, waiting: tuple[Sent, ...]) -> None:
        """Shows which questions wait."""
        self._prompt.questions_wait = bool(waiting)
        line = self.query_one("#waiting", Static)
        line.display = bool(waiting)
        if waiting:
            more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
            first = waiting[0]
            whom = "" if first.places == BOTH else f"for the {first.places[0]} only "
            text = Content.assemble((f"waits {whom}", "bold"), clean_line(first.text, 200), (more, "bold"))
            line.update(Content.assemble(text, ("  Up takes it back", "$quiet")))
