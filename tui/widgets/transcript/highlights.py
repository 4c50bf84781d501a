"""Highlighted passages of an answer in a view of rows."""

from collections.abc import Callable
from dataclasses import dataclass

from tui.widgets.markdown.component_styles import ComponentStyles
from tui.widgets.markdown.rendered_text import RenderedText, RowSpan, Span
from tui.widgets.markdown.stream import Stream
from tui.widgets.rows.column import Column, Piece
from tui.widgets.rows.selection import marked
from tui.widgets.rows.wrapping import Row


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages of `text`, which is an answer's source; the `current` ones stand out among `spans`."""

    text: str
    spans: tuple[Span, ...]
    current: tuple[Span, ...] = ()


class Highlights:
    """Highlights passages of the answer that `stream` returns, where `column` shows it."""

    def __init__(
        self, column: Column, *, stream: Callable[[], Stream | None], styles: Callable[[], ComponentStyles]
    ) -> None:
        self._column = column
        self._stream = stream
        self._styles = styles
        self._passages: Passages | None = None
        self._found: dict[tuple[Piece, int], list[tuple[Span, bool]]] = {}
        self._found_in: tuple[tuple[Piece, ...], int] = ((), 0)

    @property
    def active(self) -> bool:
        """Whether there are passages to highlight."""
        return self._passages is not None

    def show(self, passages: Passages | None) -> list[RowSpan]:
        """Highlight `passages` from now on, and return where the current ones stand; None highlights nothing."""
        self._passages = passages
        self._found.clear()
        return self._find(passages) if passages is not None else []

    def row_of(self, span: RowSpan) -> int:
        """Return the row of the column at which `span` stands."""
        return self._column.rows_of([span.piece])[0] + span.row

    def marker(self) -> Callable[[Row, int], Row]:
        """Return a function that marks the passages of a row, given its number in the column."""
        stream, passages = self._stream(), self._passages
        if passages is not None and stream is not None and self._found_in != self._shown(stream):
            self._find(passages)
        column, styles = self._column, self._styles()

        def mark(row: Row, y: int) -> Row:
            index, within = column.at(y)
            piece = column.pieces[index]
            for span, current in self._found.get((piece, within - piece.gap), ()):
                row = marked(row, span, styles.here if current else styles.found)
            return row

        return mark

    def _shown(self, stream: Stream) -> tuple[tuple[Piece, ...], int]:
        return tuple(stream.pieces()), self._column.width

    def _find(self, passages: Passages) -> list[RowSpan]:
        """Find all passages in the rows, and return where the current ones stand."""
        self._found.clear()
        stream, column = self._stream(), self._column
        if stream is None or stream.text != passages.text:
            return []
        pieces, width = self._found_in = self._shown(stream)
        indices = [at for at, piece in enumerate(column.pieces) if piece in set(pieces)]
        if not indices:
            return []
        column.settle_pieces(min(indices), max(indices) + 1)
        text = RenderedText(pieces, width, passages.text)
        current: list[RowSpan] = []
        for span in dict.fromkeys((*passages.current, *passages.spans)):
            found = text.find(span)
            if span in passages.current:
                current += found
            for each in found:
                self._found.setdefault((each.piece, each.row), []).append((each.span, span in passages.current))
        return current
