"""Owns where one Markdown block ends and the next begins, decided line by line while the text still streams."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from tui.widgets.markdown.line_kinds import (
    Fence,
    Form,
    content_of,
    ends_fence,
    fence,
    form_of,
    heads_table,
    indentation,
    interrupts,
    number_of,
    undecided,
    underlines,
)

LIMIT = 8_000
"""Characters: no block grows larger, so that no block is dear to render; what goes on beyond it is shown as written."""

_PART_LINES = 40
_PART_LINES_AT_MOST = 100

_SET_APART = {Form.RULE, Form.QUOTE, Form.TABLE, Form.CODE, Form.INDENTED}
_BY_INDENTATION = {Form.ITEM, Form.INDENTED}
"""What goes on below empty lines, as long as lines are indented far enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block's source, raw, without its last line feed; `gap` says that an empty row belongs above it.

    Of a code block `source` is the code alone. `first` is False where it goes on from the block before, and
    `cut` True where its last line does too. `number` is an ordered item's place.
    """

    form: Form
    source: str
    gap: bool = False
    language: str = ""
    first: bool = True
    cut: bool = False
    number: int | None = None


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


class Splitter:
    """Splits one text's stream into blocks; what comes out does not depend on where the input was cut."""

    def __init__(self) -> None:
        self._partial = ""
        self._lines: list[str] = []
        self._size = 0
        self._form: Form | None = None
        self._last: Form | None = None
        self._gap = False
        self._first = True
        self._fence: Fence | None = None
        self._nested: Fence | None = None
        self._content = 0
        self._blanks = 0
        self._number: int | None = None
        self._midline = False

    def feed(self, text: str) -> list[Block]:
        """The blocks that `text` completes."""
        done: list[Block] = []
        *lines, rest = text.split("\n")
        for line in lines:
            self._partial += line
            done += self._overlong()
            done += self._take(self._partial)
            self._partial = ""
        self._partial += rest
        done += self._overlong()
        return done

    def finish(self) -> list[Block]:
        """The rest, as what it turned out to be."""
        done = list(self._take(self._partial)) if self._partial else []
        self._partial = ""
        return [*done, *self._close()]

    def open(self) -> Block | None:
        """The unfinished block as it would be shown now; a lone mark that could become anything waits."""
        partial = self._partial
        if self._form is Form.CODE:
            hidden = not partial or (self._fence is not None and not self._midline and ends_fence(partial))
            return self._block(self._lines if hidden else [*self._lines, partial[self._stripped(partial) :]])
        if not self._midline and undecided(partial):
            partial = ""
        if not partial.strip():
            return self._block(self._lines) if self._lines else None
        if self._form is not None:
            return self._block([*self._lines, *[""] * self._blanks, partial])
        form = form_of(partial) or Form.PARAGRAPH
        opened = fence(partial) if form is Form.CODE else None
        if opened is not None:
            return Block(form=form, source="", gap=self._gap_before(form), language=opened.language)
        return Block(form=form, source=partial, gap=self._gap_before(form), number=self._place(partial))

    def _take(self, line: str) -> Iterator[Block]:
        """Takes one whole line, or the rest of one whose beginning was cut off."""
        if self._form is Form.CODE:
            yield from self._code(line)
        elif self._midline:
            self._midline = False
            self._append(line)
            yield from self._close()
        elif not line.strip():
            yield from self._blank()
        elif not self._goes_on(line):
            yield from self._begin(line)
        if self._form not in {None, Form.CODE} and self._size > LIMIT:
            yield from self._close()
            self._form, self._first = Form.PLAIN, False

    def _blank(self) -> Iterator[Block]:
        if self._form not in _BY_INDENTATION:
            yield from self._close()
            self._gap = True
        elif self._nested is not None:
            self._append("")
        else:
            self._blanks += 1

    def _goes_on(self, line: str) -> bool:
        """Adds `line` to the open block when it belongs to it by its indentation."""
        if self._form not in _BY_INDENTATION or indentation(line) < self._content:
            return False
        for _ in range(self._blanks):
            self._append("")
        self._blanks = 0
        self._append(line)
        inner = line.expandtabs(4)[self._content :]
        if self._nested is None:
            self._nested = fence(inner)
        elif self._nested.closed_by(inner):
            self._nested = None
        return True

    def _begin(self, line: str) -> Iterator[Block]:
        """Takes a line that may begin a block, end one, or go on with one."""
        form = form_of(line)
        match self._form:
            case Form.PARAGRAPH if underlines(line):
                self._append(line)
                self._form = Form.HEADING
                yield from self._close()
                return
            case Form.PARAGRAPH if heads_table(self._lines[-1], line):
                yield from self._tabulate(line)
                return
            case Form.PARAGRAPH | Form.PLAIN if form is None or not interrupts(line, form):
                self._append(line)
                return
            case Form.QUOTE if form in {None, Form.QUOTE}:
                self._append(line)
                return
            case Form.TABLE if form is None:
                self._append(line)
                return
            case Form.ITEM if form is None and not self._blanks and self._nested is None:
                self._append(line)
                return
            case _:
                yield from self._close()
                yield from self._start(line, form or Form.PARAGRAPH)

    def _start(self, line: str, form: Form) -> Iterator[Block]:
        if form is Form.CODE:
            self._form, self._first, self._fence = form, True, fence(line)
            return
        if form is Form.PARAGRAPH and indentation(line) >= 4:
            form, self._content = Form.INDENTED, 4
        self._number = self._place(line)
        self._form, self._first = form, True
        self._append(line)
        if form is Form.ITEM:
            self._content = content_of(line)
            self._nested = fence(line.expandtabs(4)[self._content :])
        if form in {Form.HEADING, Form.RULE}:
            yield from self._close()

    def _tabulate(self, line: str) -> Iterator[Block]:
        head = self._lines.pop()
        if self._lines:
            yield from self._close()
        self._form, self._lines, self._size = Form.TABLE, [], 0
        self._append(head)
        self._append(line)

    def _code(self, line: str) -> Iterator[Block]:
        if self._fence is not None and not self._midline and self._fence.closed_by(line):
            if self._lines or self._first:
                yield self._block(self._lines)
            self._reset(Form.CODE)
            return
        if self._full(line):
            yield from self._part(cut=False)
        self._append(line[self._stripped(line) :])
        self._midline = False

    def _full(self, line: str) -> bool:
        """Whether a part of a long fence ends above `line`: best between two top-level statements."""
        lines = self._lines
        seam = len(lines) >= _PART_LINES and not lines[-1].strip() and line[:1] not in {"", " ", "\t"}
        return seam or len(lines) >= _PART_LINES_AT_MOST or self._size > LIMIT

    def _part(self, *, cut: bool) -> Iterator[Block]:
        yield self._block(self._lines, cut=cut)
        self._lines, self._size, self._first = [], 0, False

    def _stripped(self, line: str) -> int:
        """How many of `line`'s leading spaces are the fence's own indentation."""
        if self._fence is None or self._midline:
            return 0
        return min(self._fence.indent, len(line) - len(line.lstrip(" ")))

    def _overlong(self) -> Iterator[Block]:
        while len(self._partial) > LIMIT:
            at = _cut(self._partial)
            piece, self._partial = self._partial[:at], self._partial[at:]
            if self._form is Form.CODE:
                self._append(piece[self._stripped(piece) :])
                yield from self._part(cut=True)
            else:
                going_on = self._midline
                yield from self._close()
                yield Block(form=Form.PLAIN, source=piece, gap=not going_on and self._gap, first=not going_on, cut=True)
                self._form, self._first, self._gap = Form.PLAIN, False, False
            self._midline = True

    def _append(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line) + 1

    def _block(self, lines: list[str], *, cut: bool = False) -> Block:
        form = self._form or Form.PARAGRAPH
        return Block(
            form=form,
            source="\n".join(lines),
            gap=self._first and self._gap_before(form),
            language=self._fence.language if self._fence else "",
            first=self._first,
            cut=cut,
            number=self._number,
        )

    def _gap_before(self, form: Form) -> bool:
        if self._last is None:
            return False
        return self._gap or form is Form.HEADING or form in _SET_APART or self._last in _SET_APART

    def _place(self, line: str) -> int | None:
        """The number of an ordered item: the one after the item above it, else its own."""
        own = number_of(line)
        if own is None:
            return None
        above = self._number if self._last is Form.ITEM or self._form is Form.ITEM else None
        return above + 1 if above is not None else own

    def _close(self) -> Iterator[Block]:
        """Ends the open block, if there is one."""
        if self._form is None:
            return
        if self._lines or (self._form is Form.CODE and self._first):
            yield self._block(self._lines)
        blanks = self._blanks
        self._reset(self._form)
        self._gap = blanks > 0

    def _reset(self, last: Form) -> None:
        self._last, self._form, self._lines, self._size = last, None, [], 0
        self._fence = self._nested = None
        self._blanks, self._gap, self._first, self._midline = 0, False, True, False
        if last is not Form.ITEM:
            self._number = None
