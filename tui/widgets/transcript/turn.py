"""A question in a transcript with its answers: regenerated ones are all kept, and one is shown."""

from collections.abc import Callable

from rich.segment import Segment

from tui.widgets.rows.column import Piece
from tui.widgets.rows.wrapping import Row, indent
from tui.widgets.transcript.answer import AnswerView, Renderers


class Turn:
    """A question and its answers in order. New text belongs to the newest."""

    def __init__(self, question: str, answer: AnswerView, renderers: Callable[[], Renderers]) -> None:
        self.question = question
        self.head = Piece(lambda width: _question_rows(question, width, renderers()), question)
        """The question as it is shown."""
        self._answers = [answer]
        self._back = 0
        self._switch: Piece | None = None

    @property
    def newest(self) -> AnswerView:
        """The answer that counts, and that the conversation continues from."""
        return self._answers[-1]

    @property
    def shown(self) -> AnswerView:
        """The answer that is shown."""
        return self._answers[-1 - self._back]

    @property
    def switch(self) -> Piece | None:
        """The line that says which of several answers is shown, and leads to the others."""
        return self._switch

    def add(self, answer: AnswerView) -> None:
        """Add an answer, and show it."""
        self._answers.append(answer)
        self.show(0)

    def drop(self) -> bool:
        """Remove the newest answer; return False where there is no other."""
        several = len(self._answers) > 1
        if several:
            self._answers.pop()
            self.show(0)
        return several

    def show(self, back: int) -> None:
        """Show the answer `back` before the newest; before the first comes the newest again."""
        self._back = back % len(self._answers)
        self._switch = self.newest.label(self._position(), "thinking") if len(self._answers) > 1 else None

    def step(self, by: int) -> bool:
        """Show the answer before (-1) or after (1) the shown one; return False where there is none."""
        back = self._back - by
        if not 0 <= back < len(self._answers):
            return False
        self.show(back)
        return True

    def show_previous(self) -> None:
        """Show the answer before the shown one; before the first comes the newest."""
        self.show(self._back + 1)

    def pieces(self) -> list[Piece]:
        """Return the question, the line to switch answers by where there are several, and the shown answer."""
        switch = [self._switch] if self._switch is not None else []
        return [self.head, *switch, *self.shown.pieces()]

    def _position(self) -> str:
        count = len(self._answers)
        at = count - self._back
        return f"{'← ' if at > 1 else ''}answer {at} of {count}{' →' if at < count else ''}"


def _question_rows(question: str, width: int, renderers: Renderers) -> list[Row]:
    """The question as written, behind a bar in the side's color."""
    bar = Segment("▌ " if width > 8 else "", renderers.styles.accent)
    rows = renderers.label(question.strip(), "question", max(1, width - len(bar.text)))
    return indent(rows, bar, bar)
