"""Owns a text that grows: its finished blocks stay as they are, the unfinished one is laid out anew."""

from collections.abc import Callable, Sequence

from tui.text import clean
from tui.widgets.markdown.blocks import Block, Splitter
from tui.widgets.rows.column import Piece
from tui.widgets.rows.wrapping import Row

SHOWN_AT_MOST = 400_000
"""Characters of one text that are drawn."""

Lay = Callable[[Block, int, bool], Sequence[Row]]
"""Lays out a block at a width; True says that the block still grows."""


class Stream:
    """One text, kept raw and cleaned where it becomes pieces."""

    def __init__(self, lay: Lay) -> None:
        self._lay = lay
        self._splitter = Splitter()
        self._written: list[str] = []
        self._taken = 0
        self._room = SHOWN_AT_MOST
        self._ended = False
        self._finished = False
        self._done: list[Piece] = []
        self._tail: list[Piece] = []
        self._open: Block | None = None
        self.empty = True
        """Whether nothing but white space was written."""

    @property
    def text(self) -> str:
        """All of it, raw."""
        return "".join(self._written)

    @property
    def full(self) -> bool:
        """Whether there is more text than is drawn."""
        return self._room < 0

    def write(self, text: str) -> None:
        """Adds `text`, raw; nothing is laid out before `pieces` is asked for."""
        self._written.append(text)
        self.empty = self.empty and not text.strip()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True

    def pieces(self) -> list[Piece]:
        """All pieces by now; those that did not change are the same objects as the last time."""
        fresh = clean("".join(self._written[self._taken :]))
        self._taken = len(self._written)
        if self._room >= 0 and fresh:
            shown, self._room = fresh[: self._room], self._room - len(fresh)
            self._add(self._splitter.feed(shown))
        if self._ended and not self._finished:
            self._finished = True
            self._add(self._splitter.finish())
        self._follow()
        return [*self._done, *self._tail]

    def _add(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            self._done.append(self._piece(block, partial_answers=False))

    def _follow(self) -> None:
        """Keeps the piece of the unfinished block in step with it."""
        block = None if self._finished else self._splitter.open()
        if block != self._open:
            self._open = block
            self._tail = [self._piece(block, partial_answers=True)] if block is not None else []

    def _piece(self, block: Block, *, partial_answers: bool) -> Piece:
        gap = 1 if block.gap and self._done else 0
        return Piece(lambda width: self._lay(block, width, partial_answers), block.source, gap=gap)
