"""Owns what a side answered to one question, asked once or again and again: all of it is kept, one is shown."""

from tui.widgets.rows.column import Piece
from tui.widgets.transcript.answer import Turn


class Attempts:
    """The turns that one question made, in order; what is said now belongs to the newest."""

    def __init__(self, turn: Turn) -> None:
        self._turns = [turn]
        self._back = 0
        self._line: Piece | None = None

    @property
    def newest(self) -> Turn:
        """The turn that counts, and that the model goes on from."""
        return self._turns[-1]

    @property
    def shown(self) -> Turn:
        """The turn that is looked at."""
        return self._turns[-1 - self._back]

    @property
    def head(self) -> Piece:
        """The question, which stays while answers come and go."""
        return self._turns[0].head

    @property
    def line(self) -> Piece | None:
        """The line that says which of several answers is shown, and leads to the others."""
        return self._line

    def add(self, turn: Turn) -> None:
        """Another answer begins, and is shown."""
        self._turns.append(turn)
        self.look(0)

    def drop(self) -> bool:
        """The newest answer does not come after all; False where there is no other."""
        several = len(self._turns) > 1
        if several:
            self._turns.pop()
            self.look(0)
        return several

    def look(self, back: int) -> None:
        """Shows the answer that came `back` answers before the newest; one beyond the first is the newest again."""
        self._back = back % len(self._turns)
        self._line = self.newest.line(self._label(), "thinking") if len(self._turns) > 1 else None

    def step(self, by: int) -> bool:
        """Shows the answer before (-1) or after (1) the one that is shown; False where there is none."""
        back = self._back - by
        if not 0 <= back < len(self._turns):
            return False
        self.look(back)
        return True

    def turn_over(self) -> None:
        """Shows the answer before the one that is shown, the newest after the first."""
        self.look(self._back + 1)

    def pieces(self) -> list[Piece]:
        """The question, which answer to it this is where there are several, and that answer."""
        pieces = self.shown.pieces()
        return [self.head, *([self._line] if self._line is not None else []), *pieces[1:]]

    def _label(self) -> str:
        count = len(self._turns)
        at = count - self._back
        return f"{'← ' if at > 1 else ''}answer {at} of {count}{' →' if at < count else ''}"
