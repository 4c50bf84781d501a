"""Finished and unfinished blocks of a Markdown text that streams in."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tui.widgets.markdown.blocks import LIMIT, Block, Form
from tui.widgets.markdown.fence import OpenFence
from tui.widgets.markdown.parser import BlockParser, BlockStart

_AMBIGUOUS = re.compile(r"[ \t>]*(?:[-=*_+#~`:| \t]{1,12}|\d{1,9}[.)]?)[ \t]*$")
"""A lone mark, which can still begin several kinds of blocks, or end one."""
_SET_APART = {Form.RULE, Form.QUOTE, Form.TABLE, Form.CODE, Form.INDENTED}
_CONTINUES_AFTER_BLANK = {Form.ITEM, Form.INDENTED}


@dataclass(frozen=True, slots=True)
class _Above:
    """The block above: its form, whether an empty line follows it, and its number if it is an ordered item."""

    form: Form | None = None
    blank: bool = False
    number: int | None = None

    def gap(self, form: Form) -> bool:
        """Return whether a block of `form` has an empty row above it."""
        apart = form is Form.HEADING or form in _SET_APART or self.form in _SET_APART
        return self.form is not None and (self.blank or apart)


@dataclass(frozen=True, slots=True)
class _Found:
    """A block in a list of lines: it takes those up to `end`, empty ones below it included."""

    block: Block
    start: BlockStart
    end: int
    below: _Above
    """The block as the one below sees it."""


class Splitter:
    """Splits one text into blocks; the result does not depend on where the input was cut.

    Lines that belong to no finished block form the tail. The parser reads the tail again after each input: all blocks
    in it but the last are finished. The tail stays short, since an open fence is read line by line and no other block
    grows beyond `LIMIT`.
    """

    def __init__(self, parser: BlockParser) -> None:
        self._parser = parser
        self._partial = ""
        self._tail: list[str] = []
        self._size = 0
        self._above = _Above()
        self._fence: OpenFence | None = None
        self._plain = False
        """Whether the tail continues a block that reached the limit."""
        self._midline = False
        """Whether the next line continues one that reached the limit."""

    def feed(self, text: str) -> list[Block]:
        """Add cleaned `text`, and return the blocks that it finishes."""
        done: list[Block] = []
        *lines, rest = text.split("\n")
        for line in lines:
            self._partial += line
            done += self._cut_overlong()
            done += self._add(self._partial)
            self._partial = ""
        self._partial += rest
        done += self._cut_overlong()
        if lines and not self._plain:
            done += self._finished()
        return done

    def finish(self) -> list[Block]:
        """Return the last blocks, with the unfinished line."""
        done = list(self._add(self._partial)) if self._partial else []
        self._partial = ""
        return [*done, *self._close()]

    def unfinished(self) -> list[Block]:
        """Return the blocks of the tail as they look now. A lone mark that can become anything is left out."""
        partial = self._partial
        if self._fence is not None:
            return [self._fence.preview(partial)]
        if not partial.strip() or (not self._midline and _AMBIGUOUS.match(partial)):
            partial = ""
        lines = [*self._tail, *([partial] if partial else [])]
        if self._plain or self._midline:
            return [_plain(lines)] if lines else []
        return [found.block for found in self._find(lines)]

    def _add(self, line: str) -> Iterator[Block]:
        """Add a whole line, or the rest of an overlong one."""
        if self._fence is not None:
            yield from self._add_code(self._fence, line)
        elif self._midline:
            self._midline = False
            yield _plain([line])
        elif self._plain and not line.strip():
            yield from self._close()
            self._above = _Above(Form.PLAIN, blank=True)
        elif not self._tail and not line.strip(" \t"):
            self._above = replace(self._above, blank=True)
        else:
            self._tail.append(line)
            self._size += len(line) + 1
            if self._size > LIMIT:
                yield from self._shorten()

    def _shorten(self) -> Iterator[Block]:
        """Finish blocks until the tail is within the limit: the last one, too, if it is too long."""
        if not self._plain:
            yield from self._finished()
        if self._size > LIMIT:
            yield from self._close()
            self._plain = True

    def _close(self) -> Iterator[Block]:
        """Finish every block of the tail."""
        if self._plain:
            if self._tail:
                yield _plain(self._tail)
            self._plain, self._above = False, _Above(Form.PLAIN)
        else:
            yield from self._finished(all_of_them=True)
        self._tail, self._size = [], 0
        if self._fence is not None:
            yield from self._fence.end()
            self._fence = None

    def _finished(self, *, all_of_them: bool = False) -> Iterator[Block]:
        """Take finished blocks out of the tail: all but the last, and the last one too if nothing can continue it."""
        lines, taken = self._tail, 0
        found = self._find(lines)
        for each in found:
            form = each.block.form
            if form is Form.CODE:
                yield from self._read_fence(each, lines[each.start.line : each.end])
            elif all_of_them or each is not found[-1] or (each.below.blank and form not in _CONTINUES_AFTER_BLANK):
                yield each.block
            else:
                break
            taken, self._above = each.end, each.below
        self._tail = lines[taken:]
        self._size = sum(map(len, self._tail)) + len(self._tail)

    def _find(self, lines: list[str]) -> list[_Found]:
        """Return the blocks of `lines`, which stand below the finished ones."""
        starts = self._parser.starts("\n".join(lines))
        found: list[_Found] = []
        above = self._above
        for start, end in zip(starts, [*(each.line for each in starts[1:]), len(lines)], strict=False):
            own = lines[start.line : end]
            while own and not own[-1].strip(" \t"):
                own.pop()
            number = start.number
            if number is not None and above.number is not None:
                number = above.number + 1
            block = Block(
                form=start.form,
                source="" if start.form is Form.CODE else "\n".join(own),
                gap=above.gap(start.form),
                language=start.info if start.form is Form.CODE else "",
                number=number,
            )
            above = _Above(start.form, blank=len(own) < end - start.line, number=number)
            found.append(_Found(block, start, end, above))
        return found

    def _read_fence(self, found: _Found, lines: list[str]) -> Iterator[Block]:
        fence = self._fence = OpenFence(lines[0], found.start.fence, found.block.language, gap=found.block.gap)
        for line in lines[1:]:
            if not fence.closed:
                yield from self._add_code(fence, line)

    def _add_code(self, fence: OpenFence, line: str) -> Iterator[Block]:
        yield from fence.add(line)
        if fence.closed:
            self._fence, self._above = None, _Above(Form.CODE)

    def _cut_overlong(self) -> Iterator[Block]:
        """Cut an unfinished line that reached the limit."""
        while len(self._partial) > LIMIT:
            if not self._midline and not self._plain:
                yield from self._finished()
            if self._fence is None:
                yield from self._close()
            at = _cut(self._partial)
            piece, self._partial = self._partial[:at], self._partial[at:]
            if self._fence is not None:
                yield self._fence.add_piece(piece)
                continue
            first = not self._midline
            yield Block(form=Form.PLAIN, source=piece, gap=first and self._above.gap(Form.PLAIN), first=first, cut=True)
            self._midline, self._above = True, _Above(Form.PLAIN)


def _plain(lines: list[str]) -> Block:
    """The rest of a block that reached the limit."""
    return Block(form=Form.PLAIN, source="\n".join(lines), first=False)


def _cut(line: str) -> int:
    """Where a line longer than `LIMIT` is cut: after a space, never inside a character."""
    space = line.rfind(" ", LIMIT // 2, LIMIT)
    if space > 0:
        return space + 1
    at = LIMIT
    while at > LIMIT - 32 and _joined(line[at - 1], line[at]):
        at -= 1
    return at


def _joined(before: str, after: str) -> bool:
    return before == "\u200d" or after in "\u200d\ufe0f" or unicodedata.combining(after) > 0
