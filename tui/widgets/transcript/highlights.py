"""Owns passages of the last answer that are pointed out in a view of turns, and the way to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.strip import Strip

from tui.widgets.markdown.component_styles import Palette
from tui.widgets.markdown.rendered_text import Page, Span, Spot
from tui.widgets.rows.column import Piece
from tui.widgets.rows.selection import marked
from tui.widgets.transcript.turn_list import Thread


@dataclass(frozen=True, slots=True)
class Sought:
    """Passages of `text`, which is an answer's source; the `current` ones stand out among `spans`."""

    text: str
    spans: tuple[Span, ...]
    current: tuple[Span, ...] = ()


class Seeking(Thread):
    """Turns whose last answer has passages pointed out."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._sought: Sought | None = None
        self._found_in: tuple[Piece, ...] = ()
        self._found_at = 0
        self._found: dict[tuple[Piece, int], list[tuple[Span, bool]]] = {}

    @property
    def pointing(self) -> bool:
        """Whether anything is pointed out."""
        return self._sought is not None

    def seek(self, sought: Sought | None) -> bool:
        """Points passages out and brings the first current one into view, or points out nothing any more.

        False where what is current is not shown as it was written.
        """
        self._sought = sought
        self._found_in = ()
        self.refresh()
        if sought is None:
            self._found.clear()
            return True
        spots = self._look(sought)
        if sought.current and not spots:
            return False
        if spots:
            self._bring(spots[0])
        return True

    def mark(self, lines: list[Strip], first: int) -> None:
        """Marks what is pointed out, and above it what is selected."""
        if self._sought is not None and self._turns:
            self._follow(self._sought)
            for at in range(min(len(lines), len(self.view) - first)):
                self._mark_row(lines, at, first + at)
        super().mark(lines, first)

    @property
    def marking(self) -> bool:
        """Whether rows in view are drawn with marks."""
        return super().marking or self.pointing

    def palette_now(self) -> Palette:
        """The styles of what is drawn."""
        raise NotImplementedError

    def _mark_row(self, lines: list[Strip], at: int, y: int) -> None:
        row = self.view[y].row
        index, within = self.column.at(self.scroll_offset.y + y)
        piece = self.column.pieces[index]
        spans = self._found.get((piece, within - piece.gap), [])
        if row is None or not spans:
            return
        palette = self.palette_now()
        for span, current in spans:
            row = marked(row, span, palette.here if current else palette.found)
        lines[at] = self.drawing.line(row)

    def _follow(self, sought: Sought) -> None:
        """Looks again where the rows are not those of the last time."""
        pieces = tuple(self._turns[-1].shown.answer.pieces())
        if pieces != self._found_in or self.column.width != self._found_at:
            self._look(sought)

    def _look(self, sought: Sought) -> Sequence[Spot]:
        """Finds all passages; what is current is returned."""
        self._found.clear()
        shown = self._turns[-1].shown if self._turns else None
        if shown is None or shown.answer.text != sought.text:
            return ()
        self._found_in, self._found_at = tuple(shown.answer.pieces()), self.column.width
        places = {piece: at for at, piece in enumerate(self.column.pieces)}
        indices = [places[piece] for piece in self._found_in if piece in places]
        if not indices:
            return ()
        self.column.settle_pieces(min(indices), max(indices) + 1)
        page = Page(self._found_in, self.column.width, sought.text)
        current: list[Spot] = []
        for span in dict.fromkeys((*sought.current, *sought.spans)):
            spots = page.find(span)
            if span in sought.current:
                current += spots
            for spot in spots:
                self._found.setdefault((spot.piece, spot.row), []).append((spot.span, span in sought.current))
        return current

    def _bring(self, spot: Spot) -> None:
        """Scrolls as little as it takes for a spot to stand in view, with a few rows around it."""
        index = next(at for at, piece in enumerate(self.column.pieces) if piece is spot.piece)
        y = self.column.top(index) + spot.piece.gap + spot.row
        height, top = self.size.height, self.scroll_offset.y
        if not top + 1 <= y < top + height - 2:
            self.scroll_to(y=max(0, y - height // 3), animate=False)
