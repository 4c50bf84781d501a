"""Finished and unfinished blocks of a Markdown text that streams in."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from tui.widgets.markdown.blocks import LIMIT, Block, Form
from tui.widgets.markdown.fence import OpenFence
from tui.widgets.markdown.parser import BlockParser, BlockStart

_AMBIGUOUS = re.compile(r"[ \t>]*(?:[-=*_+#~`:| \t]{1,12}|\d{1,9}[.)]?)[ \t]*$")
"""A lone mark, which can still begin several kinds of blocks, or end one."""
_MARKER = " -*+.)0123456789"
"""Characters before the text of a list item. Lines that are indented as far belong to it."""
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


@dataclass(frozen=True, slots=True)
class _OpenBlock:
    """The block that takes the whole tail, of which `read` lines are known to belong to it."""

    found: _Found
    indent: str
    read: int

    @classmethod
    def of(cls, found: _Found, lines: list[str]) -> Self:
        """Return the block that takes `lines`."""
        form = found.block.form
        indent = len(lines[0]) - len(lines[0].lstrip(_MARKER)) if form is Form.ITEM else 4
        if indent == len(lines[0]):  # The text of the item is below its mark, so its indentation is not known.
            indent = 0
        return cls(replace(found, start=replace(found.start, line=0)), " " * indent, len(lines))

    def extended(self, lines: list[str]) -> _Found | None:
        """Return the block with all of `lines`, or None if only the parser can tell whether they belong to it."""
        if not all(map(self._continues, lines[self.read :])):
            return None
        block = replace(self.found.block, source=_source(lines))
        below = replace(self.found.below, blank=_blank(lines[-1]))
        return replace(self.found, block=block, end=len(lines), below=below)

    def _continues(self, line: str) -> bool:
        match self.found.block.form:
            case Form.PARAGRAPH:
                return line[:1].isalpha()
            case Form.TABLE:
                return line.startswith("|")
            case Form.QUOTE:
                return line.startswith(">")
            case Form.ITEM | Form.INDENTED if self.indent:
                return line.startswith(self.indent) or not line.strip(" ")
            case _:
                return False


class Splitter:
    """Splits one text into blocks; the result does not depend on where the input was cut.

    Lines that belong to no finished block form the tail. The parser reads the tail again when a line is added: all
    blocks in it but the last are finished. This is linear, since an open fence is read line by line, lines that
    can only continue their block are not parsed, and no block grows beyond `LIMIT`.
    """

    def __init__(self, parser: BlockParser) -> None:
        self._parser = parser
        self._partial = ""
        self._tail: list[str] = []
        self._size = 0
        self._above = _Above()
        self._open: _OpenBlock | None = None
        self._preview: list[Block] = []
        """The blocks of the tail, with the unfinished line as it was seen last."""
        self._seen = ""
        self._fence: OpenFence | None = None
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
        if lines and self._fence is None and not self._midline:
            done += self._finished(self._visible())
        return done

    def finish(self) -> list[Block]:
        """Return the last blocks, with the unfinished line."""
        done = list(self._add(self._partial)) if self._partial else []
        self._partial = ""
        return [*done, *self._close()]

    def unfinished(self) -> list[Block]:
        """Return the blocks of the tail as they look now, with the visible part of the unfinished line."""
        if self._fence is not None:
            return [self._fence.preview(self._partial)]
        partial = self._visible()
        if self._midline:
            return [_rest(partial)] if partial else []
        if partial != self._seen:
            if self._seen:
                last = self._preview[-1]
                grown = [*self._preview[:-1], replace(last, source=last.source + partial[len(self._seen) :])]
            else:
                grown = [found.block for found in self._find([*self._tail, partial])]
            self._show(grown, partial)
        return self._preview

    def _visible(self) -> str:
        """The unfinished line, or "" while it is a lone mark that can become anything."""
        partial = self._partial
        hidden = not partial.strip() or (not self._midline and _AMBIGUOUS.match(partial))
        return "" if hidden else partial

    def _show(self, blocks: list[Block], partial: str) -> None:
        """Keep the preview. Text that is added to `partial` belongs to the last block, unless that is a fence."""
        self._preview = blocks
        self._seen = partial if blocks and blocks[-1].form is not Form.CODE else ""

    def _add(self, line: str) -> Iterator[Block]:
        """Add a whole line, or the rest of an overlong one."""
        if self._fence is not None:
            yield from self._add_code(self._fence, line)
        elif self._midline:
            self._midline = False
            yield _rest(line)
        elif not self._tail and _blank(line):
            self._above = replace(self._above, blank=True)
        else:
            self._tail.append(line)
            self._size += len(line) + 1
            if self._size > LIMIT:
                yield from self._finished()
            if self._size > LIMIT:
                yield from self._preview
                self._start_anew()

    def _start_anew(self) -> None:
        """Let the next line begin a block that continues the one above."""
        self._tail, self._size, self._open, self._above = [], 0, None, _Above()
        self._show([], "")

    def _close(self) -> Iterator[Block]:
        """Finish every block of the tail."""
        yield from self._finished(every=True)
        if self._fence is not None:
            yield from self._fence.end()
            self._fence = None

    def _finished(self, partial: str = "", *, every: bool = False) -> Iterator[Block]:
        """Take finished blocks out of the tail: all but the last, and the last one too if no line can continue it.

        `partial` is an unfinished line below the tail.
        """
        tail, taken = self._tail, 0
        found = self._find([*tail, partial] if partial else tail)
        count = sum(each.start.line < len(tail) for each in found)
        done = 0
        for each in found[:count]:
            form, end = each.block.form, min(each.end, len(tail))
            if form is Form.CODE:
                yield from self._read_fence(each, tail[each.start.line : end])
            elif every or done < count - 1 or (each.below.blank and form not in _CONTINUES_AFTER_BLANK):
                yield each.block
            else:
                break
            taken, self._above, done = end, each.below, done + 1
        self._tail = tail[taken:]
        self._size = sum(map(len, self._tail)) + len(self._tail)
        self._open = _OpenBlock.of(found[done], self._tail) if self._tail else None
        self._show([each.block for each in found[done:]], partial)

    def _find(self, lines: list[str]) -> list[_Found]:
        """Return the blocks of `lines`, which stand below the finished ones."""
        extended = self._open.extended(lines) if self._open is not None else None
        if extended is not None:
            return [extended]
        starts = self._parser.starts("\n".join(lines))
        found: list[_Found] = []
        above = self._above
        for start, end in zip(starts, [*(each.line for each in starts[1:]), len(lines)], strict=False):
            number = start.number
            if number is not None and above.number is not None:
                number = above.number + 1
            code = start.form is Form.CODE
            block = Block(
                form=start.form,
                source="" if code else _source(lines[start.line : end]),
                gap=above.gap(start.form),
                language=start.info if code else "",
                number=number,
            )
            above = _Above(start.form, blank=_blank(lines[end - 1]), number=number)
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


def _blank(line: str) -> bool:
    return not line.strip(" \t")


def _rest(line: str) -> Block:
    """The rest of an overlong line."""
    return Block(form=Form.PLAIN, source=line, first=False)


def _source(lines: list[str]) -> str:
    """The source of a block without the empty lines below it."""
    return "\n".join(lines[: next((at for at in range(len(lines), 0, -1) if not _blank(lines[at - 1])), 0)])


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
