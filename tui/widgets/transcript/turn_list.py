"""The turns of one side's conversation, as pieces of a column."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from tui.chat.conversation import Exchange, FinishReason, PaneSide
from tui.session.events import Signature
from tui.widgets.markdown.parser import BlockParser
from tui.widgets.rows.column import Piece
from tui.widgets.transcript.answer import AnswerView, Renderers
from tui.widgets.transcript.turn import Turn


class TurnList:
    """All questions to one side with their answers."""

    def __init__(self, side: PaneSide, renderers: Callable[[], Renderers], clock: Callable[[], float]) -> None:
        self._side = side
        self._renderers = renderers
        self._clock = clock
        self._parser = BlockParser()
        self._turns: list[Turn] = []
        self._withdrawn: Turn | None = None

    def __iter__(self) -> Iterator[Turn]:
        return iter(self._turns)

    @property
    def last(self) -> Turn | None:
        """The last turn."""
        return self._turns[-1] if self._turns else None

    @property
    def newest(self) -> AnswerView | None:
        """The answer that new text belongs to."""
        return self._turns[-1].newest if self._turns else None

    # Changes

    def begin(self, question: str) -> None:
        """Add a turn."""
        self._withdrawn = None
        if self._turns:
            self._turns[-1].show(0)
        self._append(question)

    def begin_again(self) -> None:
        """Add an answer to the last turn."""
        self._withdrawn = None
        if self._turns:
            self._turns[-1].add(self._answer())

    def withdraw(self, note: str) -> None:
        """Take back what was begun last: an additional answer disappears, a turn is shown with `note` until the next.

        A turn that was taken back counts no more.
        """
        if self._turns and not self._turns[-1].drop():
            self._withdrawn = self._turns.pop()
            self._withdrawn.newest.end(note, FinishReason.FAILED, None)

    def load(self, exchanges: Iterable[Exchange]) -> None:
        """Show exchanges from the archive instead of the present ones."""
        self._turns.clear()
        self._withdrawn = None
        for exchange in exchanges:
            side = exchange.question.side(self._side)
            if side in exchange.question.sides or side in exchange.answers:
                self._fill(self._append(exchange.question.text), exchange)

    def replace(self, index: int, exchange: Exchange) -> None:
        """Show `exchange` in place of the turn at `index`."""
        turn = self._turn(exchange.question.text)
        turn.head.gap = self._turns[index].head.gap
        self._fill(turn, exchange)
        self._turns[index] = turn

    def sign(self, signatures: Mapping[int, Signature]) -> bool:
        """Put a line below the answers at those turns, and return whether that changes anything."""
        known = {index: signature for index, signature in signatures.items() if self._has(index)}
        changed = [self._turns[index].newest.sign(signature) for index, signature in known.items()]
        return any(changed)

    def toggle_thinking(self) -> None:
        """Unfold the thinking of every shown answer, or fold it when any is unfolded."""
        unfolded = not any(turn.shown.unfolded for turn in self._turns)
        for turn in self._turns:
            turn.shown.unfolded = unfolded

    def click(self, piece: Piece) -> bool:
        """Fold or unfold thinking, or show another answer; return False if `piece` is not a line that does."""
        for turn in self._turns:
            if piece is turn.switch:
                turn.show_previous()
                return True
            if piece is turn.shown.fold_line:
                turn.shown.unfolded = not turn.shown.unfolded
                return True
        return False

    # Content

    def earlier_pieces(self) -> list[Piece]:
        """Return the pieces of all turns but the last."""
        return [piece for turn in self._turns[:-1] for piece in turn.pieces()]

    def last_pieces(self) -> list[Piece]:
        """Return the pieces of the last turn, and of one that was taken back."""
        turns = (*self._turns[-1:], *filter(None, [self._withdrawn]))
        return [piece for turn in turns for piece in turn.pieces()]

    def answer_text(self, index: int) -> str:
        """Return an answer as the model wrote it, or "" where there is none."""
        return self._turns[index].shown.stream.text if self._has(index) else ""

    def code_block(self) -> str:
        """Return the last fenced block of the last answer that has one, or ""."""
        found = (self._parser.fenced_code(turn.shown.stream.text) for turn in reversed(self._turns))
        return next((blocks[-1] for blocks in found if blocks), "")

    def text(self) -> str:
        """Return all questions and answers, raw."""
        return "\n\n".join(text for turn in self._turns for text in (turn.question, turn.shown.stream.text))

    def _has(self, index: int) -> bool:
        return -len(self._turns) <= index < len(self._turns)

    def _append(self, question: str) -> Turn:
        turn = self._turn(question)
        if self._turns:
            turn.head.gap = 2
        self._turns.append(turn)
        return turn

    def _turn(self, question: str) -> Turn:
        return Turn(question, self._answer(), self._renderers)

    def _answer(self) -> AnswerView:
        answer = AnswerView(self._renderers, self._parser, self._clock)
        answer.unfolded = bool(self._turns) and self._turns[-1].newest.unfolded
        return answer

    def _fill(self, turn: Turn, exchange: Exchange) -> None:
        side = exchange.question.side(self._side)
        for answer in (*exchange.earlier.get(side, ()), exchange.answers.get(side)):
            if turn.newest.ended:
                turn.add(self._answer())
            turn.newest.load(answer)
