"""The rows of a column that are in view: its end while it is followed, otherwise the reader's place."""

from collections.abc import Callable, Sequence
from math import ceil

from tui.widgets.rows.column import Column, Piece


class Viewport:
    """Computes the first row in view as pieces change and are laid out. `top` and `height` return the present view."""

    def __init__(self, column: Column, *, top: Callable[[], int], height: Callable[[], int]) -> None:
        self._column = column
        self._top = top
        self._height = height
        self.following = True
        """Whether the view stays at the end while the column grows."""
        self.held = False
        """Whether the view stays where it is for now, although it follows the end."""
        self.stride = 1
        """Rows that a following view moves at a time: the text is calmer, and fewer rows are painted."""

    @property
    def at_end(self) -> bool:
        """Whether the view moves with the end now."""
        return self.following and not self.held

    @property
    def end(self) -> int:
        """The first row of a view that shows the end."""
        return max(0, self._column.height - self._height())

    def put(self, start: int, pieces: Sequence[Piece]) -> int:
        """Replace the column's pieces from index `start` on, and return the first row in view."""
        column, top = self._column, self._top()
        if not column.pieces:
            column.put(start, pieces)
            return top
        index, within = column.at(top)
        reading = column.pieces[index]
        column.put(start, pieces)
        if self.at_end or (index < len(column.pieces) and column.pieces[index] is reading):
            return top
        found = next((at for at, piece in enumerate(column.pieces) if piece is reading), None)
        return top if found is None else column.top(found) + within

    def resize(self, width: int) -> int:
        """Set the column's width, and return the first row of a view that shows what it showed before."""
        column, top = self._column, self._top()
        if width != column.width and column.pieces:
            index, within = column.at(top)
            part = within / max(1, column.pieces[index].height(column.width))
            column.resize(width)
            column.settle_pieces(index, index + 1)
            top = column.top(index) + int(part * column.pieces[index].height(width))
        column.width = width
        return top

    def settle(self) -> int:
        """Lay out what is in view, and return the first row in view."""
        column, height = self._column, self._height()
        if self.at_end:
            while column.settle(column.height - height, column.height):
                pass
            return max(0, ceil((column.height - height) / self.stride) * self.stride)
        # A held view stays where it is, even beyond the end of a column that became shorter.
        last = column.height - (1 if self.held else height)
        return max(0, min(self._settled_top(), last))

    def settle_for(self, seconds: float) -> int:
        """Lay out pieces out of view for about `seconds`, and return the first row in view."""
        column, top = self._column, self._top()
        known, offset = self._known(top)
        column.settle_for(seconds)
        return column.top(known) - offset if column.pieces and not self.at_end else top

    def _settled_top(self) -> int:
        """The first row in view once all of the view is laid out: rows whose height was known stay in place."""
        column, height, top = self._column, self._height(), self._top()
        for _ in range(height + 1):
            known, offset = self._known(top)
            if not column.settle(top, top + height):
                break
            top = column.top(known) - offset
        return top

    def _known(self, top: int) -> tuple[int, int]:
        """The first piece in view whose height is known, and how far below `top` it begins."""
        column = self._column
        if not column.pieces:
            return 0, 0
        low, high = column.at(top)[0], column.at(top + self._height())[0]
        found = next((at for at in range(low, high + 1) if column.pieces[at].laid(column.width)), low)
        return found, column.top(found) - top
