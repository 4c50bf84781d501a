"""Columns of text with roles instead of colors; a screen and a terminal have their own color for each role."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

Role = Literal["plain", "strong", "quiet", "bar", "point"]
"""The role of a piece of text: `bar` and `point` are an interval and its estimate, `quiet` is less important."""
Span = tuple[str, Role]
Line = tuple[Span, ...]

GAP = 2
"""Cells between two columns."""
_END = 7
"""Cells at the end of a shortened name that are kept: sizes and versions are there."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and one cell per row, each `width` cells wide."""

    head: Line
    cells: tuple[Line, ...]
    width: int


def line(text: str, role: Role = "plain") -> Line:
    """Return a line of one role."""
    return ((text, role),)


def text_column(
    head: str, texts: Sequence[str], roles: Sequence[Role], *, width: int = 0, right: bool = False
) -> Column:
    """Return a column of one text per row, as wide as the widest of them unless `width` is given."""
    cells = width or max(map(cell_len, (head, *texts)))
    padding = [padded(text, cells, right=right) for text in (head, *texts)]
    rows = (line(text, role) for text, role in zip(padding[1:], roles, strict=True))
    return Column(line(padding[0], "quiet"), tuple(rows), cells)


def total_width(columns: Sequence[Column]) -> int:
    """Return the cells that `columns` take, with a gap after each."""
    return sum(column.width + GAP for column in columns)


def side_by_side(columns: Sequence[Column]) -> Iterator[Line]:
    """Yield the columns side by side: the line of headings, then the rows."""
    every = [(column.head, *column.cells) for column in columns]
    for row in zip(*every, strict=True):
        first, *others = row
        yield sum(((*line(" " * GAP), *cell) for cell in others), first)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` in exactly `width` cells, aligned right with `right`; long text is shortened in the middle."""
    cells = cell_len(text)
    if cells > width:
        return _shortened(text, width)
    return " " * (width - cells) + text if right else text + " " * (width - cells)


def _shortened(text: str, width: int) -> str:
    end = _last(text, _END) if width > 2 * _END else ""
    return set_cell_size(text, width - cell_len(end) - 1) + "…" + end


def _last(text: str, cells: int) -> str:
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= cells:
        start -= 1
    return text[start:]
