"""Owns text in cells whose colors are yet to be chosen: a screen and a console each have their own for a role."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

Role = Literal["plain", "strong", "quiet", "bar", "point"]
"""What a piece of text is: `bar` and `point` are an interval and the estimate in it, `quiet` matters less."""
Span = tuple[str, Role]
Line = tuple[Span, ...]

GAP = 2
"""Cells between two columns."""
_END = 7
"""Cells of the end of a name that stay when it is shortened, since sizes and versions stand there."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and a cell a row, each of them `width` cells wide."""

    head: Line
    cells: tuple[Line, ...]
    width: int


def line(text: str, role: Role = "plain") -> Line:
    """A line of one role."""
    return ((text, role),)


def texts(head: str, each: Sequence[str], roles: Sequence[Role], *, width: int = 0, right: bool = False) -> Column:
    """A column of one text a row; as wide as the widest of them unless `width` says otherwise."""
    cells = width or max(map(cell_len, (head, *each)))
    padding = [padded(text, cells, right=right) for text in (head, *each)]
    rows = (line(text, role) for text, role in zip(padding[1:], roles, strict=True))
    return Column(line(padding[0], "quiet"), tuple(rows), cells)


def width_of(columns: Sequence[Column]) -> int:
    """Cells that `columns` take beside each other, with a gap after each."""
    return sum(column.width + GAP for column in columns)


def beside(columns: Sequence[Column]) -> Iterator[Line]:
    """The heads, then row after row."""
    every = [(column.head, *column.cells) for column in columns]
    for row in zip(*every, strict=True):
        first, *others = row
        yield sum(((*line(" " * GAP), *cell) for cell in others), first)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells, at the right end of them with `right`; what is too long loses its middle."""
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
