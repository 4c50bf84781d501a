"""A code fence that is still open, read line by line: parsing it again for each line would be quadratic."""

import re
from collections.abc import Iterator

from tui.widgets.markdown.blocks import LIMIT, Block, Form

_CLOSING = re.compile(r" {0,3}(`+|~+)[ \t]*$")
_PART_LINES = 40
_MAX_PART_LINES = 100


class OpenFence:
    """An open fence. A long one comes in parts, best cut between two top-level statements."""

    def __init__(self, opening: str, mark: str, language: str, *, gap: bool) -> None:
        self.closed = False
        self._mark = mark
        self._indent = len(opening) - len(opening.lstrip(" "))
        self._language = language
        self._gap = gap
        self._lines: list[str] = []
        self._size = 0
        self._first = True
        self._midline = False

    def add(self, line: str) -> Iterator[Block]:
        """Add a line, which may close the fence; yield the part that it completes."""
        closing = _CLOSING.match(line)
        if closing is not None and not self._midline and closing[1].startswith(self._mark):
            self.closed = True
            yield from self.end()
            return
        if self._full(line):
            yield self._part(cut=False)
        self._append(line)
        self._midline = False

    def add_piece(self, piece: str) -> Block:
        """Add the beginning of an overlong line, and return the part that ends with it."""
        self._append(piece)
        self._midline = True
        return self._part(cut=True)

    def end(self) -> Iterator[Block]:
        """Yield the last part, unless it is empty and not the first."""
        if self._lines or self._first:
            yield self._block(self._lines)

    def preview(self, partial: str) -> Block:
        """Return the last part with an unfinished line; one that may become the closing mark is not shown."""
        hidden = not partial or (not self._midline and _CLOSING.match(partial))
        return self._block(self._lines if hidden else [*self._lines, self._dedented(partial)])

    def _full(self, line: str) -> bool:
        lines = self._lines
        between = len(lines) >= _PART_LINES and not lines[-1].strip() and line[:1] not in {"", " ", "\t"}
        return between or len(lines) >= _MAX_PART_LINES or self._size > LIMIT

    def _append(self, line: str) -> None:
        line = self._dedented(line)
        self._lines.append(line)
        self._size += len(line) + 1

    def _dedented(self, line: str) -> str:
        """`line` without the fence's own indentation."""
        spaces = 0 if self._midline else min(self._indent, len(line) - len(line.lstrip(" ")))
        return line[spaces:]

    def _part(self, *, cut: bool) -> Block:
        part = self._block(self._lines, cut=cut)
        self._lines, self._size, self._first = [], 0, False
        return part

    def _block(self, lines: list[str], *, cut: bool = False) -> Block:
        return Block(
            form=Form.CODE,
            source="\n".join(lines),
            gap=self._first and self._gap,
            language=self._language,
            first=self._first,
            cut=cut,
        )
