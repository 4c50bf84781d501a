"""Owns which row of a long column stands where: pieces above each other, laid out when they come into view."""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, islice
from operator import is_

from tui.widgets.rows.wrapping import Row


class Piece:
    """Some rows that are laid out together; `gap` empty rows stand above them and count to its height.

    `text` is only measured, to guess the height as long as nobody looks.
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
        """Whether the height at `width` is known rather than guessed."""
        return self._width == width

    def rows(self, width: int) -> Sequence[Row]:
        """The rows at `width`, laid out now if they were not."""
        if self._rows is None or self._width != width:
            self._rows, self._width = self._lay(width), width
            self._height = len(self._rows)
        return self._rows

    def height(self, width: int) -> int:
        """How many rows the piece takes, its gap included; a guess until it is laid out."""
        if self._width == width:
            return self.gap + self._height
        room = max(1, width)
        return self.gap + sum(1 + len(line) // room for line in self._text.split("\n"))

    def forget(self) -> None:
        """Drops the rows and keeps the height: they are laid out anew when they come into view."""
        self._rows = None


_KEPT = 400
"""Pieces whose rows are kept; those that were in view the longest ago are dropped first."""


class Column:
    """Pieces above each other at one width."""

    def __init__(self) -> None:
        self.width = 1
        self._pieces: list[Piece] = []
        self._tops = [0]
        self._warm: dict[Piece, None] = {}

    @property
    def height(self) -> int:
        """Rows in all."""
        return self._tops[-1]

    @property
    def pieces(self) -> Sequence[Piece]:
        """What the column is made of, top to bottom."""
        return self._pieces

    def put(self, start: int, pieces: Sequence[Piece]) -> int:
        """Makes `pieces` the column's from index `start` on; returns the first row that may look different."""
        # Compared without a line of Python for each piece: a long answer has many, and all but the last are the same.
        kept = [*map(is_, islice(self._pieces, start, None), pieces)]
        same = kept.index(False) if False in kept else len(kept)
        first = start + same
        self._pieces[first:] = pieces[same:]
        self._measure(first)
        return self._tops[first]

    def resize(self, width: int) -> None:
        """Sets the width; all heights are guesses until they are settled."""
        self.width = width
        self._measure(0)

    def forget(self) -> None:
        """Drops all rows, since styles changed: also of pieces that may come back, as folded ones do."""
        for piece in (*self._pieces, *self._warm):
            piece.forget()
        self._warm.clear()

    def top(self, index: int) -> int:
        """The first row of piece `index`."""
        return self._tops[index]

    def at(self, y: int) -> tuple[int, int]:
        """The index of the piece that row `y` belongs to, and the row within it."""
        index = max(0, min(bisect_right(self._tops, y) - 1, len(self._pieces) - 1))
        return index, y - self._tops[index]

    def piece(self, y: int) -> Piece | None:
        """The piece that row `y` belongs to, or None in an empty column."""
        return self._pieces[self.at(y)[0]] if self._pieces else None

    def rows_of(self, pieces: Iterable[Piece]) -> list[int]:
        """The first row below the gap of each of `pieces` that is in the column, top to bottom."""
        wanted = set(pieces)
        return [self._tops[at] + piece.gap for at, piece in enumerate(self._pieces) if piece in wanted]

    def row(self, y: int) -> Row | None:
        """Row `y`, or None in a gap and outside the column."""
        if not 0 <= y < self.height:
            return None
        index, within = self.at(y)
        piece = self._pieces[index]
        rows = self._rows(piece)
        at = within - piece.gap
        return rows[at] if 0 <= at < len(rows) else None

    def window(self, top: int, height: int) -> list[Row | None]:
        """The `height` rows from `top` on, as `row` would give them one by one."""
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
        """Lays out what stands from row `first` to row `last`; says whether any height was guessed wrong."""
        if not self._pieces:
            return False
        low, high = self.at(max(0, first))[0], self.at(max(0, last))[0]
        return self.settle_pieces(low, high + 1)

    def settle_pieces(self, low: int, high: int) -> bool:
        """Lays out pieces `low` to `high`, exclusive; says whether any height was guessed wrong."""
        wrong = None
        for index in range(low, min(high, len(self._pieces))):
            piece = self._pieces[index]
            if not piece.laid(self.width):
                guess = self._tops[index + 1] - self._tops[index]
                self._rows(piece)
                if wrong is None and piece.height(self.width) != guess:
                    wrong = index
        if wrong is not None:
            self._measure(wrong)
        return wrong is not None

    def settle_for(self, seconds: float) -> None:
        """Lays out pieces that nobody looked at yet, lowest first, for about that long."""
        end = time.perf_counter() + seconds
        while (index := self.unsettled()) is not None and time.perf_counter() < end:
            self.settle_pieces(index, index + 1)

    def unsettled(self) -> int | None:
        """The lowest piece whose height is a guess, or None."""
        width = self.width
        return next((at for at in range(len(self._pieces) - 1, -1, -1) if not self._pieces[at].laid(width)), None)

    def _rows(self, piece: Piece) -> Sequence[Row]:
        self._warm.pop(piece, None)
        self._warm[piece] = None
        if len(self._warm) > _KEPT:
            oldest = next(iter(self._warm))
            del self._warm[oldest]
            oldest.forget()
        return piece.rows(self.width)

    def _measure(self, first: int) -> None:
        heights = (piece.height(self.width) for piece in self._pieces[first:])
        self._tops[first:] = accumulate(heights, initial=self._tops[first])
