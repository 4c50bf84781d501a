"""Rows of terminal cells, made by wrapping styled text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

_CJK = (
    "\u2e80-\u303e\u3041-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)
_CLOSING = (
    "、。，．：；！？）〕］｝〉》」』】〗〙〛’”…—～・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
    ",.!?:;)\\]}%\u200d\ufe0e\ufe0f\u0300-\u036f\u3099\u309a"
)
_OPENING = "（〔［｛〈《「『【〖“‘(\\[{"
_ATOM = re.compile(
    f"(?P<space>[ \u3000]+)|[{_OPENING}]*[{_CJK}][{_CLOSING}]*|[^ \u3000{_CJK}]+[{_CLOSING}]*",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its first `gutter` characters are not text, and a copy has `joint` after it.

    `fill` is the style of the cells right of the text.
    """

    segments: tuple[Segment, ...]
    fill: Style
    gutter: int = 0
    joint: str = "\n"

    @property
    def text(self) -> str:
        """The characters of the row, gutter included."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Cut:
    """The characters from `start` to `end` are one row, and `joint` is the text between them and the next row."""

    start: int
    end: int
    joint: str


def _chop(text: str, start: int, width: int) -> Iterator[Cut]:
    """Cut `text` into parts of at most `width` cells, between graphemes."""
    if text.isascii():
        for at in range(0, len(text), width):
            yield Cut(start + at, start + min(at + width, len(text)), "")
        return
    begin = used = 0
    for first, last, counted in split_graphemes(text)[0]:
        cells = max(counted, cell_len(text[first:last]))  # they differ for a joiner without a character before it
        if used + cells > width and first > begin:
            yield Cut(start + begin, start + first, "")
            begin, used = first, 0
        used += cells
    yield Cut(start + begin, start + len(text), "")


def fold(text: str, width: int) -> list[Cut]:
    """Return where one line of `text` wraps at `width` cells: at spaces, between CJK characters, or in long words."""
    if len(text) <= width and cell_len(text) <= width:
        return [Cut(0, len(text), "\n")]
    cuts: list[Cut] = []
    start = end = used = 0
    for atom in _ATOM.finditer(text):
        at, word = atom.start(), atom[0]
        cells = cell_len(word)
        if used + cells <= width:
            used += cells
            end = atom.end()
            continue
        if atom["space"] and at > start:
            cuts.append(Cut(start, at, word))
            start = end = atom.end()
            used = 0
            continue
        if at > start:
            trimmed = start + len(text[start:at].rstrip(" ")) if text[start:at].strip() else at
            cuts.append(Cut(start, trimmed, text[trimmed:at]))
            start = at
        *whole, last = _chop(word, at, width)
        cuts += whole
        start, end = last.start, last.end
        used = cell_len(text[start:end])
    if end > start or not cuts:
        cuts.append(Cut(start, end, "\n"))
    return [*cuts[:-1], replace(cuts[-1], joint="\n")]


def widest_atom(text: str) -> int:
    """Return the cells of the widest part of `text` that wrapping keeps whole if it can."""
    return max((cell_len(atom[0]) for atom in _ATOM.finditer(text)), default=0)


def _slices(segments: Sequence[Segment], cuts: Iterable[Cut]) -> Iterator[tuple[Segment, ...]]:
    """Yield the parts of `segments` that each of `cuts` covers; both are in order."""
    index = offset = 0
    for cut in cuts:
        parts: list[Segment] = []
        while index < len(segments):
            text, style, _ = segments[index]
            first, last = max(0, cut.start - offset), min(len(text), cut.end - offset)
            if first < last:
                parts.append(Segment(text[first:last], style))
            if offset + len(text) > cut.end:
                break
            offset += len(text)
            index += 1
        yield tuple(parts)


def _split_lines(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    line: list[Segment] = []
    for text, style, _ in segments:
        first, *others = text.split("\n")
        if first:
            line.append(Segment(first, style))
        for other in others:
            yield line
            line = [Segment(other, style)] if other else []
    yield line


def wrap(segments: Iterable[Segment], width: int, fill: Style) -> list[Row]:
    """Return rows of at most `width` cells for text in which "\\n" begins a new line."""
    rows: list[Row] = []
    for line in _split_lines(segments):
        cuts = fold("".join(segment.text for segment in line), max(1, width))
        rows += [Row(part, fill, 0, cut.joint) for part, cut in zip(_slices(line, cuts), cuts, strict=True)]
    return rows


def chop(segments: Sequence[Segment], width: int, fill: Style) -> list[Row]:
    """Return rows of at most `width` cells for one line of code, which keeps its spaces."""
    text = "".join(segment.text for segment in segments)
    if len(text) <= width and cell_len(text) <= width:
        return [Row(tuple(segments), fill)]
    cuts = list(_chop(text, 0, max(1, width)))
    cuts[-1] = replace(cuts[-1], joint="\n")
    return [Row(part, fill, 0, cut.joint) for part, cut in zip(_slices(segments, cuts), cuts, strict=True)]


def indent(rows: Iterable[Row], first: Segment, rest: Segment) -> list[Row]:
    """Return `rows` behind a gutter: `first` before the first one, `rest` before the others."""
    heads = [first, rest]
    return [
        replace(row, segments=(heads[index > 0], *row.segments), gutter=row.gutter + len(heads[index > 0].text))
        for index, row in enumerate(rows)
    ]


def strip(row: Row, width: int, left: Segment, right: Segment) -> Strip:
    """Return the row as `width` cells between `left` and `right`, with its fill up to the right one."""
    used = sum(cell_len(segment.text) for segment in row.segments)
    room = max(0, width - len(left.text) - len(right.text))
    if used > room:
        inner = Strip(row.segments, used).crop(0, room)
        return Strip([left, *inner, right]).adjust_cell_length(width, row.fill)
    parts = [left, *row.segments, Segment(" " * (room - used), row.fill), right]
    return Strip([part for part in parts if part.text], width)
