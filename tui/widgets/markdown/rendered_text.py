"""Positions of an answer's source text in its rendered rows."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tui.text import clean
from tui.widgets.rows.column import Piece

Span = tuple[int, int]
"""The start and the end of a passage, in characters."""

_MARKS = str.maketrans("", "", "*_`~\u200b")
_ALNUM = "[0-9A-Za-z]"


@dataclass(frozen=True, slots=True)
class RowSpan:
    """The part of a passage on one row of a piece, in characters of that row."""

    piece: Piece
    row: int
    span: Span


class RenderedText:
    """The rows of `pieces`, which render `source`, as one text."""

    def __init__(self, pieces: Iterable[Piece], width: int, source: str) -> None:
        self._source = source
        self._starts: list[int] = []
        self._rows: list[tuple[Piece, int, int, int]] = []
        parts: list[str] = []
        length = 0
        for piece in pieces:
            for number, row in enumerate(piece.rows(width)):
                text = row.text[row.gutter :]
                self._starts.append(length)
                self._rows.append((piece, number, row.gutter, len(text)))
                parts += (text, row.joint)
                length += len(text) + len(row.joint)
        self._text = "".join(parts)

    def find(self, span: Span) -> tuple[RowSpan, ...]:
        """Return the rows of the passage at `span` of the source; empty if it is not shown as it was written.

        Rendered text has no offsets into the source. If the same words occur more than once, the occurrence with the
        same number as in the source is meant, or, where the counts differ, the one at about the same height.
        """
        passage = self._source[slice(*span)]
        for written in dict.fromkeys((passage, passage.translate(_MARKS))):
            pattern = _pattern(clean(written))
            shown = [found.span() for found in pattern.finditer(self._text)] if pattern else []
            if pattern and shown:
                sources = [found.start() for found in pattern.finditer(self._source)]
                return tuple(self._spots(self._likely(span[0], sources, shown)))
        return ()

    def _likely(self, start: int, sources: Sequence[int], shown: Sequence[Span]) -> Span:
        if len(sources) == len(shown) and start in sources:
            return shown[sources.index(start)]
        down = start / max(1, len(self._source))
        return min(shown, key=lambda span: abs(span[0] / max(1, len(self._text)) - down))

    def _spots(self, span: Span) -> Iterator[RowSpan]:
        start, end = span
        for at in range(bisect_right(self._starts, start) - 1, len(self._starts)):
            piece, number, gutter, length = self._rows[at]
            first, last = max(0, start - self._starts[at]), min(length, end - self._starts[at])
            if self._starts[at] >= end:
                return
            if first < last:
                yield RowSpan(piece, number, (gutter + first, gutter + last))


def _pattern(passage: str) -> re.Pattern[str] | None:
    """Return a pattern for `passage` with any line breaks, but not as a part of a longer word or number."""
    words = passage.split()
    if not words:
        return None
    before = f"(?<!{_ALNUM})" if re.match(_ALNUM, words[0]) else ""
    after = f"(?!{_ALNUM})" if re.match(_ALNUM, words[-1][-1]) else ""
    return re.compile(before + r"\s+".join(map(re.escape, words)) + after)
