"""A Markdown text that streams in, as pieces of a column; finished pieces stay the same objects."""

from collections.abc import Callable, Iterable, Sequence

from tui.text import clean
from tui.widgets.markdown.blocks import Block, Form
from tui.widgets.markdown.parser import BlockParser
from tui.widgets.markdown.splitter import Splitter
from tui.widgets.rows.column import Piece
from tui.widgets.rows.wrapping import Row

MAX_SHOWN = 400_000
"""Characters of one text that are drawn."""

Lay = Callable[[Block, int, bool], Sequence[Row]]
"""Lays out a block at a width in cells; True for code that still grows."""
_Key = tuple[Block, bool]


class Stream:
    """One text, kept raw, and cleaned for display."""

    def __init__(self, parser: BlockParser, lay: Lay) -> None:
        self._lay = lay
        self._splitter = Splitter(parser)
        self._written: list[str] = []
        self._taken = 0
        self._room = MAX_SHOWN
        self._ended = False
        self._finished = False
        self._done: list[Piece] = []
        self._tail: list[tuple[_Key, Piece]] = []
        self.empty = True
        """Whether the text is nothing but white space."""

    @property
    def text(self) -> str:
        """The whole text, raw."""
        return "".join(self._written)

    @property
    def full(self) -> bool:
        """Whether the text is longer than what is drawn."""
        return self._room < 0

    def write(self, text: str) -> None:
        """Add `text`, raw. Nothing is laid out before `pieces` is called."""
        self._written.append(text)
        self.empty = self.empty and not text.strip()

    def end(self) -> None:
        """Mark the text as complete."""
        self._ended = True

    def pieces(self) -> list[Piece]:
        """Return all pieces; those that did not change are the same objects as before."""
        fresh = clean("".join(self._written[self._taken :]))
        self._taken = len(self._written)
        finished: list[Block] = []
        if self._room >= 0 and fresh:
            shown, self._room = fresh[: self._room], self._room - len(fresh)
            finished += self._splitter.feed(shown)
        if self._ended and not self._finished:
            self._finished = True
            finished += self._splitter.finish()
        if fresh or finished:
            self._update(finished)
        return [*self._done, *(piece for _, piece in self._tail)]

    def _update(self, finished: Iterable[Block]) -> None:
        known = dict(self._tail)
        self._done += [self._piece(known, (block, False)) for block in finished]
        unfinished = [] if self._finished else self._splitter.unfinished()
        keys = [(block, block.form is Form.CODE) for block in unfinished]
        self._tail = [(key, self._piece(known, key)) for key in keys]

    def _piece(self, known: dict[_Key, Piece], key: _Key) -> Piece:
        """Return the piece that showed the block already, or a new one."""
        block, grows = key
        return known.pop(key, None) or Piece(
            lambda width: self._lay(block, width, grows), block.source, gap=int(block.gap)
        )
