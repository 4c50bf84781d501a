"""Owns how code looks: a quiet panel, its language named, its tokens in the theme's own colors."""

from collections.abc import Iterator
from dataclasses import replace

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound
from rich.segment import Segment
from rich.style import Style

from tui.text import clean_line
from tui.widgets.markdown.component_styles import ComponentStyles
from tui.widgets.rows.wrapping import Row, chop

_TAB = 4


class Highlighter:
    """Colors code; knows the lexers that it has met."""

    def __init__(self) -> None:
        self._lexers: dict[str, Lexer | None] = {}

    def lines(self, source: str, language: str, styles: ComponentStyles) -> list[list[Segment]]:
        """The segments of each of `source`'s lines."""
        lexer = self._lexer(language)
        if lexer is None:
            return [[Segment(line, styles.code)] if line else [] for line in source.split("\n")]
        lines: list[list[Segment]] = [[]]
        for kind, text in lexer.get_tokens(source):
            style = _style(kind, styles)
            first, *others = text.split("\n")
            if first and lines[-1] and (first.isspace() or lines[-1][-1].style is style):
                lines[-1][-1] = Segment(lines[-1][-1].text + first, lines[-1][-1].style)
            elif first:
                lines[-1].append(Segment(first, style))
            lines += [[Segment(other, style)] if other else [] for other in others]
        return lines[: source.count("\n") + 1]

    def _lexer(self, language: str) -> Lexer | None:
        if language not in self._lexers:
            try:
                self._lexers[language] = get_lexer_by_name(language, stripnl=False, ensurenl=True)
            except ClassNotFound:
                self._lexers[language] = None
        return self._lexers[language]


def _style(kind: _TokenType, styles: ComponentStyles) -> Style:
    if kind in Comment:
        return styles.comment
    if kind in Keyword or kind in Operator.Word:
        return styles.keyword
    if kind in String:
        return styles.string
    if kind in Number:
        return styles.number
    if kind in Name.Function or kind in Name.Class or kind in Name.Tag or kind in Name.Builtin:
        return styles.name
    return styles.code


def language_of(info: str) -> str:
    """The language that a fence's info string names first, lower-case, or ""."""
    return clean_line(info.strip().partition(" ")[0].strip("{}.").lower(), 24)


def code_rows(lines: list[list[Segment]], width: int, styles: ComponentStyles) -> Iterator[Row]:
    """The rows of a code panel's lines, one column in from its edge where there is room."""
    pad = Segment(" ", styles.code)
    room = width - 2 if width > 8 else width
    for line in lines:
        for row in chop(line, max(1, room), styles.code):
            yield Row((pad, *row.segments), row.fill, 1, row.joint) if room < width else row


def label_row(info: str, width: int, styles: ComponentStyles) -> Row:
    """The row above a code panel with what stood beside its fence: the language, as a rule."""
    text = f" {clean_line(info.strip())}"
    row = chop([Segment(text, styles.label)], width, styles.code)[0]
    return replace(row, gutter=len(row.text), joint="")


def code_text(source: str) -> str:
    """`source` as a panel can hold it: tabs at every fourth column."""
    return source.expandtabs(_TAB)
