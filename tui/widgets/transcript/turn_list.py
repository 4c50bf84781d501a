"""Owns a view on a conversation's turns: what is known of them, and how the reader moves between them."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.widgets.markdown.line_kinds import fenced
from tui.widgets.rows.column import Piece
from tui.widgets.rows.mouse import PointedView
from tui.widgets.rows.paging import SCROLLING
from tui.widgets.transcript.answer import Turn
from tui.widgets.transcript.turn import Attempts


class Thread(PointedView):
    """Questions with their answers below each other, to be read, folded, turned over and copied."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *SCROLLING,
        Binding("left_square_bracket,ctrl+up", "message(-1)", "Message before", show=False, id="reply.previous"),
        Binding("right_square_bracket,ctrl+down", "message(1)", "Next message", show=False, id="reply.next"),
        Binding("left", "attempt(-1)", "Answer before", show=False, id="reply.attempt_before"),
        Binding("right", "attempt(1)", "Answer after", show=False, id="reply.attempt_after"),
        Binding("enter", "unfold", "Unfold thinking", show=False, id="reply.unfold"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._turns: list[Attempts] = []

    def _rebuild(self) -> None:
        """Shows all exchanges as they are now."""
        raise NotImplementedError

    def answer_text(self, index: int = -1) -> str:
        """An answer as the model wrote it, by its place; "" when there is none."""
        return self._turns[index].shown.answer.text if self._has(index) else ""

    def code_block(self) -> str:
        """The last fenced block of the last answer that has one; "" when there is none."""
        found = (fenced(turn.shown.answer.text) for turn in reversed(self._turns))
        return next((blocks[-1] for blocks in found if blocks), "")

    def toggle_thinking(self) -> None:
        """Unfolds the thinking of every exchange, or folds it when any is unfolded."""
        opened = not any(turn.shown.opened for turn in self._turns)
        for turn in self._turns:
            turn.shown.opened = opened
        self._refold()

    def _has(self, index: int) -> bool:
        return -len(self._turns) <= index < len(self._turns)

    def whole_text(self) -> str:
        """All questions and answers, raw."""
        return "\n\n".join(text for turn in self._shown() for text in (turn.question, turn.answer.text))

    def pressed(self, y: int) -> bool:
        """Folds or unfolds the thinking whose line stands on row `y`, or turns to another of several answers."""
        piece = self.column.pieces[self.column.at(y)[0]] if self.column.pieces else None
        attempts = next((each for each in self._turns if piece in {each.line, each.shown.fold}), None)
        if piece is None or attempts is None:
            return False
        if piece is attempts.line:
            attempts.turn_over()
        else:
            attempts.shown.opened = not attempts.shown.opened
        self.stay(self._refold)
        return True

    def action_unfold(self) -> None:
        """Folds or unfolds the thinking nearest to the end of the view."""
        row = self._nearest(turn.fold for turn in self._shown())
        if row is not None:
            self.pressed(row)

    def action_attempt(self, by: int) -> None:
        """Shows the answer before (-1) or after (1), where the question nearest to the end of the view has several."""
        row = self._nearest(attempts.line for attempts in self._turns)
        line = self.column.pieces[self.column.at(row)[0]] if row is not None else None
        if any(attempts.step(by) for attempts in self._turns if line is not None and attempts.line is line):
            self.stay(self._refold)

    def _nearest(self, pieces: Iterable[Piece | None]) -> int | None:
        """The first row of that of `pieces` which stands nearest to the end of the view, or next below it."""
        wanted = {id(piece) for piece in pieces if piece is not None}
        rows = [self.column.top(at) for at, piece in enumerate(self.column.pieces) if id(piece) in wanted]
        last = self.scroll_offset.y + self.size.height
        return max((row for row in rows if row < last), default=rows[0] if rows else None)

    def action_message(self, direction: int) -> None:
        """Goes to the question above (-1) or below (1) the first row in view."""
        here = self.scroll_offset.y
        heads = {id(turn.head) for turn in self._turns}
        tops = [self.column.top(at) + piece.gap for at, piece in enumerate(self.column.pieces) if id(piece) in heads]
        if direction < 0:
            self.scroll_to(y=max((top for top in tops if top < here), default=0), animate=False)
        elif (below := min((top for top in tops if top > here), default=None)) is not None:
            self.scroll_to(y=below, animate=False)
        else:
            self.action_scroll_end()

    def _refold(self) -> None:
        self.unmark()
        self._rebuild()

    def _shown(self) -> Iterator[Turn]:
        return (attempts.shown for attempts in self._turns)
