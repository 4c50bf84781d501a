"""Owns the turns that a comparison needs beside plain questions: another answer, and a question to one side only."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.chat.conversation import Side
from tui.screens.desk import Desk
from tui.screens.talk import Sent
from tui.text import clean_line


class Turning(Desk):
    """The part of the main screen that says who answers what, and when."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+f5,f17", "again", "Both: answer again", id="regenerate-both", show=False),
        Binding("shift+f8,f20", "again('left')", "Left: answer again", id="regenerate-left", show=False),
        Binding("shift+f9,f21", "again('right')", "Right: answer again", id="regenerate-right", show=False),
    ]

    def action_again(self, side: str | None = None) -> None:
        """Has a side, or both, answer the last question once more; the answer before is kept."""
        refusal = self._talk.again(Side if side is None else (Side(side),))
        if refusal is not None:
            self._warn(refusal)

    def question_asked(self, text: str, sides: Iterable[Side]) -> None:
        """Shows the question in each pane that it is put to."""
        for side in sides:
            self._pane(side).begin(text)

    def question_asked_again(self, sides: Iterable[Side]) -> None:
        """Makes room for another answer to the last question."""
        for side in sides:
            self._pane(side).begin_again()

    def not_asked(self, sides: Iterable[Side]) -> None:
        """Says so where a question or an answer was announced."""
        for side in sides:
            self._pane(side).give_up()

    def queue_changed(self, waiting: tuple[Sent, ...]) -> None:
        """Shows which questions wait."""
        self._prompt.questions_wait = bool(waiting)
        line = self.query_one("#waiting", Static)
        line.display = bool(waiting)
        if waiting:
            more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
            text = Content.assemble(("waits ", "bold"), clean_line(waiting[0].text, 200), (more, "bold"))
            line.update(Content.assemble(text, ("  Up takes it back", "$quiet")))
