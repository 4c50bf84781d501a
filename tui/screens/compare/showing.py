"""Owns how what the talk tells reaches the panes: through the curtain, and no sooner than it allows."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from tui.arena.blind import STEP_S
from tui.chat.conversation import Side
from tui.chat.events import LoadEvent, ReplyEvent
from tui.screens.compare.desk import Desk


class Showing(Desk):
    """The part of the main screen that shows answers, or holds them back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+f12,f24", "flip_blind", "Blind: hide names from the next question on", id="blind", show=False),
    ]

    _unveiler: Timer | None = None
    _counter: Timer | None = None

    def action_flip_blind(self) -> None:
        """Makes the next questions blind, or not any more."""
        self._curtain.flip()
        blind = "The next answers come without names, until you say which is better."
        self.notify(blind if self._curtain.blind else "The next answers come with their names.", markup=False)
        self._changed()

    def load_began(self, sides: Iterable[Side]) -> None:
        """Shows that `sides` are being loaded."""
        self._curtain.load_began(sides)

    def load_said(self, side: Side, event: LoadEvent) -> None:
        """Shows how the loading of `side` goes."""
        self._curtain.load_said(side, event)

    def question_asked(self, text: str, sides: Iterable[Side], *, waited: bool) -> bool:
        """Shows the question in each pane that it is put to."""
        swapped = self._curtain.asked(text, sides, waited=waited)
        self._begin()
        return swapped

    def question_asked_again(self, sides: Iterable[Side]) -> None:
        """Makes room for another answer to the last question."""
        self._curtain.asked_again(sides)
        self._begin()

    def not_asked(self, sides: Iterable[Side]) -> None:
        """Says so where a question or an answer was announced."""
        self._curtain.not_asked(sides)
        self._changed()

    def side_said(self, side: Side, event: ReplyEvent) -> None:
        """Shows what `side` said, or lets it come onto the screen once both are there."""
        self._curtain.side_said(side, event)
        if self._curtain.unveiling and self._unveiler is None:
            self._unveiler = self.set_interval(STEP_S, self._unveil)
        if side not in self._talk.duo.answering:
            self._changed()

    def _hurry(self) -> None:
        """Shows the rest of both answers at once."""
        self._curtain.rest()
        self._settle()

    def _begin(self) -> None:
        self._settle()
        if self._curtain.busy and self._counter is None:
            self._counter = self.set_interval(1, self._count)
        self._asked()

    def _count(self) -> None:
        self._curtain.count()
        if self._counter is not None and not self._curtain.busy:
            self._counter.stop()
            self._counter = None

    def _unveil(self) -> None:
        self._curtain.step()
        self._settle()

    def _settle(self) -> None:
        if self._unveiler is not None and not self._curtain.unveiling:
            self._unveiler.stop()
            self._unveiler = None
            self._unveiled()

    def _asked(self) -> None:
        """A question was put to the models, or put again."""

    def _unveiled(self) -> None:
        """Answers that were held back are on the screen whole."""

    def _changed(self) -> None:
        """What can be judged, or what is hidden, may be another now."""
