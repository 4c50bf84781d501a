"""Selected text: the character at a cell, words and lines, what is copied, and how it is marked."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from rich.cells import split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection

from tui.widgets.rows.column import Column
from tui.widgets.rows.wrapping import Row

RowAt = Callable[[int], Row | None]
_WORD = re.compile(r"\w+|[^\w\s]+|\s+")


def char_at(row: Row | None, cell: int) -> int:
    """Return the index of the character that covers `cell` of a row, or the row's length beyond its end."""
    if row is None or cell <= 0:
        return 0
    used = 0
    for first, _end, cells in split_graphemes(row.text)[0]:
        used += cells
        if used > cell:
            return first
    return len(row.text)


def within(column: Column, at: Offset) -> Offset:
    """Return the offset `at`, or the column's end for one below: text that comes there later is not meant."""
    last = max(0, column.height - 1)
    row = column.row(last)
    return at if at.y <= last else Offset(len(row.text) if row is not None else 0, last)


def next_char(row: Row | None, index: int) -> int:
    """Return the index of the character after the one at `index`."""
    if row is None:
        return 0
    return next((end for first, end, _ in split_graphemes(row.text)[0] if first >= index), len(row.text))


def word_around(row: Row | None, at: Offset) -> Selection | None:
    """Return the word at an offset, or None where there is none."""
    if row is None:
        return None
    for word in _WORD.finditer(row.text):
        if word.start() <= at.x < word.end() and not word[0].isspace():
            return Selection(Offset(word.start(), at.y), Offset(word.end(), at.y))
    return None


def line_around(row_at: RowAt, y: int) -> Selection | None:
    """Return the line that row `y` is a part of, with all rows that it wraps over."""
    row = row_at(y)
    if row is None:
        return None
    first = last = y
    while (above := row_at(first - 1)) is not None and above.joint != "\n":
        first -= 1
    while row.joint != "\n" and (below := row_at(last + 1)) is not None:
        last, row = last + 1, below
    return Selection(Offset(0, first), Offset(len(row.text), last))


@dataclass(frozen=True, slots=True)
class SelectedRows:
    """The rows from `first` to `last`: where their pieces begin, and the texts of the last piece's rows.

    The texts are None for a piece that is not laid out.
    """

    first: Offset
    last: Offset
    tops: Sequence[int]
    texts: Sequence[str] | None

    @classmethod
    def between(cls, column: Column, first: Offset, last: Offset) -> Self:
        """Return the rows that are there now."""
        low, high = column.at(first.y)[0], column.at(last.y)[0]
        tops = [column.top(index) for index in range(low, high + 1)]
        if column.pieces and not column.pieces[high].laid(column.width):
            return cls(first, last, tops, None)
        rows = column.window(tops[-1], last.y + 1 - tops[-1])
        texts = [row.text if row is not None else "" for row in rows]
        return cls(first, last, tops, [*texts[:-1], texts[-1][: last.x]])

    def unchanged(self, column: Column) -> bool:
        """Return whether the rows are the same and in the same place, as far as they are known."""
        now = SelectedRows.between(column, self.first, self.last)
        return now.tops == self.tops and now.texts in (None, self.texts)


def selected_text(row_at: RowAt, height: int, selection: Selection) -> str:
    """Return the selected text without gutters and without the line breaks of wrapping."""
    return "".join(_parts(row_at, height, selection)).removesuffix("\n")


def _parts(row_at: RowAt, height: int, selection: Selection) -> Iterator[str]:
    first = selection.start.y if selection.start else 0
    last = min(selection.end.y if selection.end else height - 1, height - 1)
    for y in range(max(0, first), last + 1):
        row, span = row_at(y), selection.get_span(y)
        if row is None or span is None:
            yield "\n"
            continue
        start, end = span
        yield row.text[max(start, row.gutter) : len(row.text) if end < 0 else end]
        if y < last:
            yield row.joint


def marked(row: Row, span: tuple[int, int], style: Style) -> Row:
    """Return the row with the characters of `span` in `style`; an end of -1 is the row's end."""
    start, end = span[0], len(row.text) if span[1] < 0 else span[1]
    return Row(tuple(_restyled(row.segments, max(start, row.gutter), end, style)), row.fill, row.gutter, row.joint)


def _restyled(segments: Sequence[Segment], start: int, end: int, style: Style) -> Iterator[Segment]:
    offset = 0
    for text, own, _ in segments:
        low, high = max(0, min(start - offset, len(text))), max(0, min(end - offset, len(text)))
        parts = ((text[:low], own), (text[low:high], (own or Style.null()) + style), (text[max(low, high) :], own))
        yield from (Segment(part, each) for part, each in parts if part)
        offset += len(text)
