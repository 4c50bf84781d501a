"""A long column of rows in pieces, which are laid out when they come into view."""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, islice
from operator import is_

from tui.widgets.rows.wrapping import Row


class Piece:
    """Some rows that are laid out together, below `gap` empty rows, which count to its height.

    `lay` returns the rows at a width. `text` is used to estimate the height before that.
    """

    __slots__ = ("_height", "_lay", "_rows", "_text", "_width", "gap")

    def __init__(self, lay: Callable[[int], Sequence[Row]], text: str, *, gap: int = 0) -> None:
        self._lay = lay
        self._text = text
        self._rows: Sequence[Row] | None = None
        self._height = 0
        self._width = 0
        self.gap = gap

    def laid(self, width: int) -> bool:
        """Return whether the height at `width` is known rather than estimated."""
        return self._width == width

    def rows(self, width: int) -> Sequence[Row]:
        """Return the rows at `width`, laid out now if necessary."""
        if self._rows is None or self._width != width:
            self._rows, self._width = self._lay(width), width
            self._height = len(self._rows)
        return self._rows

    def height(self, width: int) -> int:
        """Return the number of rows with the gap; an estimate before the piece is laid out."""
        if self._width == width:
            return self.gap + self._height
        room = max(1, width)
        return self.gap + sum(1 + len(line) // room for line in self._text.split("\n"))

    def forget(self) -> None:
        """Drop the rows and keep the height. They are laid out again when they come into view."""
        self._rows = None


_CACHED = 400
"""Pieces whose rows are cached; the least recently viewed are dropped first."""


class Column:
    """Pieces one below the other, at one width."""

    def __init__(self) -> None:
        self.width = 1
        self._pieces: list[Piece] = []
        self._tops = [0]
        self._cached: dict[Piece, None] = {}

    @property
    def height(self) -> int:
        """The number of rows."""
        return self._tops[-1]

    @property
    def pieces(self) -> Sequence[Piece]:
        """The pieces, top to bottom."""
        return self._pieces

    def put(self, start: int, pieces: Sequence[Piece]) -> int:
        """Replace the pieces from index `start` on, and return the first row that may differ."""
        # A loop in Python would be slow here: a long answer has many pieces, and all but the last are the same.
        same_pieces = [*map(is_, islice(self._pieces, start, None), pieces)]
        same = same_pieces.index(False) if False in same_pieces else len(same_pieces)
        first = start + same
        self._pieces[first:] = pieces[same:]
        self._measure(first)
        return self._tops[first]

    def resize(self, width: int) -> None:
        """Set the width. All heights are estimates until they are settled."""
        self.width = width
        self._measure(0)

    def forget(self) -> None:
        """Drop all rows, since styles changed; also those of pieces that can come back, as folded ones do."""
        for piece in (*self._pieces, *self._cached):
            piece.forget()
        self._cached.clear()

    def top(self, index: int) -> int:
        """Return the first row of the piece at `index`."""
        return self._tops[index]

    def at(self, y: int) -> tuple[int, int]:
        """Return the index of the piece that row `y` belongs to, and the row within it."""
        index = max(0, min(bisect_right(self._tops, y) - 1, len(self._pieces) - 1))
        return index, y - self._tops[index]

    def piece(self, y: int) -> Piece | None:
        """Return the piece that row `y` belongs to, or None in an empty column."""
        return self._pieces[self.at(y)[0]] if self._pieces else None

    def rows_of(self, pieces: Iterable[Piece]) -> list[int]:
        """Return the first row below the gap for each of `pieces` that is in the column, top to bottom."""
        wanted = set(pieces)
        return [self._tops[at] + piece.gap for at, piece in enumerate(self._pieces) if piece in wanted]

    def row(self, y: int) -> Row | None:
        """Return row `y`, or None in a gap and outside the column."""
        if not 0 <= y < self.height:
            return None
        index, within = self.at(y)
        piece = self._pieces[index]
        rows = self._rows(piece)
        at = within - piece.gap
        return rows[at] if 0 <= at < len(rows) else None

    def window(self, top: int, height: int) -> list[Row | None]:
        """Return the `height` rows from `top` on, each as `row` returns it."""
        found: list[Row | None] = []
        index = self.at(top)[0]
        while len(found) < height and index < len(self._pieces):
            piece = self._pieces[index]
            skipped = max(0, top - self._tops[index])
            found += [None] * (piece.gap - skipped)
            first = max(0, skipped - piece.gap)
            found += self._rows(piece)[first : first + max(0, height - len(found))]
            index += 1
        return (found + [None] * height)[:height]

    def settle(self, first: int, last: int) -> bool:
        """Lay out rows `first` to `last`, and return whether any height was estimated wrong."""
        if not self._pieces:
            return False
        low, high = self.at(max(0, first))[0], self.at(max(0, last))[0]
        return self.settle_pieces(low, high + 1)

    def settle_pieces(self, low: int, high: int) -> bool:
        """Lay out pieces `low` to `high`, exclusive, and return whether any height was estimated wrong."""
        wrong = None
        for index in range(low, min(high, len(self._pieces))):
            piece = self._pieces[index]
            if not piece.laid(self.width):
                estimate = self._tops[index + 1] - self._tops[index]
                self._rows(piece)
                if wrong is None and piece.height(self.width) != estimate:
                    wrong = index
        if wrong is not None:
            self._measure(wrong)
        return wrong is not None

    def settle_for(self, seconds: float) -> None:
        """Lay out pieces that were never in view, lowest first, for about `seconds`."""
        end = time.perf_counter() + seconds
        while (index := self.unsettled()) is not None and time.perf_counter() < end:
            self.settle_pieces(index, index + 1)

    def unsettled(self) -> int | None:
        """Return the index of the lowest piece whose height is an estimate, or None."""
        width = self.width
        return next((at for at in range(len(self._pieces) - 1, -1, -1) if not self._pieces[at].laid(width)), None)

    def _rows(self, piece: Piece) -> Sequence[Row]:
        self._cached.pop(piece, None)
        self._cached[piece] = None
        if len(self._cached) > _CACHED:
            oldest = next(iter(self._cached))
            del self._cached[oldest]
            oldest.forget()
        return piece.rows(self.width)

    def _measure(self, first: int) -> None:
        heights = (piece.height(self.width) for piece in self._pieces[first:])
        self._tops[first:] = accumulate(heights, initial=self._tops[first])
