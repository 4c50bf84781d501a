"""Owns what a single line of Markdown says about the blocks around it."""

import re
from dataclasses import dataclass
from enum import Enum, auto

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^`]*)$")
_CLOSING = re.compile(r" {0,3}(`+|~+)[ \t]*$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_QUOTE = re.compile(r" {0,3}>")
_ITEM = re.compile(r"( {0,3})(?:[-*+]|(\d{1,9})[.)])(?:([ \t]+)(?=\S)|[ \t]*$)")
_DELIMITERS = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_UNDECIDED = re.compile(r"[ \t>]*(?:[-=*_+#~`:| \t]{1,12}|\d{1,9}[.)]?)[ \t]*$")


class Form(Enum):
    """What a block is; a list is one block an item, a long code fence one block a part."""

    PARAGRAPH = auto()
    HEADING = auto()
    RULE = auto()
    QUOTE = auto()
    ITEM = auto()
    TABLE = auto()
    CODE = auto()
    INDENTED = auto()
    """Code by its indentation, still in its source."""
    PLAIN = auto()
    """Text beyond the limit of a block: shown as written, without any Markdown."""


@dataclass(frozen=True, slots=True)
class Fence:
    """An open fence: its mark, its indentation in columns, and what stands beside it."""

    mark: str
    indent: int
    language: str

    def closed_by(self, line: str) -> bool:
        """Whether `line` ends it."""
        found = _CLOSING.match(line)
        return found is not None and found[1].startswith(self.mark)


def fence(line: str) -> Fence | None:
    """The fence that `line` opens."""
    found = _FENCE.match(line)
    return Fence(found[2], len(found[1]), found[3].strip()) if found else None


def indentation(line: str) -> int:
    """The columns before `line`'s text."""
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))


def _columns(line: str) -> int:
    return line.strip().strip("|").replace("\\|", "").count("|") + 1


def form_of(line: str) -> Form | None:
    """What `line` begins by itself, or None for ordinary text."""
    if _FENCE.match(line):
        return Form.CODE
    if _HEADING.match(line):
        return Form.HEADING
    if _RULE.match(line):
        return Form.RULE
    if _QUOTE.match(line):
        return Form.QUOTE
    return Form.ITEM if _ITEM.match(line) else None


def interrupts(line: str, form: Form) -> bool:
    """Whether a line of this `form` ends a paragraph above it: an ordered list does so only from 1."""
    if form is not Form.ITEM:
        return True
    found = _ITEM.match(line)
    return found is not None and found[3] is not None and found[2] in {None, "1"}


def heads_table(head: str, line: str) -> bool:
    """Whether `line` is the rule that makes `head` a table's first row."""
    return "|" in head and bool(_DELIMITERS.match(line)) and _columns(head) == _columns(line)


def underlines(line: str) -> bool:
    """Whether `line` makes the paragraph above it a heading."""
    return bool(_SETEXT.match(line))


def ends_fence(line: str) -> bool:
    """Whether `line` could be, or become, the end of some fence."""
    return bool(_CLOSING.match(line))


def undecided(line: str) -> bool:
    """Whether `line` is a lone mark that could become anything as it goes on."""
    return bool(_UNDECIDED.match(line))


def number_of(line: str) -> int | None:
    """The number of an ordered item's first line."""
    found = _ITEM.match(line)
    return int(found[2]) if found is not None and found[2] is not None else None


def content_of(line: str) -> int:
    """The column at which the text of an item's first line begins, and with it all that belongs to the item."""
    found = _ITEM.match(line)
    if found is None:
        return 0
    return len(found[0]) if found[3] and len(found[3]) <= 4 else len(found[0].rstrip()) + 1


def fenced(text: str) -> list[str]:
    """The code of every fenced block of `text`, nested ones too, as written; one left open counts."""
    found: list[str] = []
    open_fence: Fence | None = None
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.lstrip(" ")
        if open_fence is None:
            opened = fence(bare)
            if opened is not None:
                open_fence, lines = Fence(opened.mark, len(line) - len(bare), ""), []
        elif open_fence.closed_by(bare):
            found.append("\n".join(lines))
            open_fence = None
        else:
            lines.append(line[min(open_fence.indent, len(line) - len(bare)) :])
    return [*found, "\n".join(lines)] if open_fence is not None else found
