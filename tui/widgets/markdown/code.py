"""Code blocks: a panel with the language, and tokens in the theme's colors."""

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
_STYLES = {
    Comment: "comment",
    Keyword: "keyword",
    Operator.Word: "keyword",
    String: "string",
    Number: "number",
    Name.Function: "name",
    Name.Class: "name",
    Name.Tag: "name",
    Name.Builtin: "name",
}
"""Component styles by pygments' token types."""


class Highlighter:
    """Highlights code, and caches lexers."""

    def __init__(self) -> None:
        self._lexers: dict[str, Lexer | None] = {}

    def lines(self, source: str, language: str, styles: ComponentStyles) -> list[list[Segment]]:
        """Return the segments of each line of `source`."""
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
    """The style of a token, by the nearest of its ancestors that has one."""
    known: _TokenType | None = kind
    while known is not None and known not in _STYLES:
        known = known.parent
    style: Style = getattr(styles, _STYLES[known] if known is not None else "code")
    return style


def language_of(info: str) -> str:
    """Return the first word of a fence's info string in lower case, or ""."""
    return clean_line(info.strip().partition(" ")[0].strip("{}.").lower(), 24)


def code_rows(lines: list[list[Segment]], width: int, styles: ComponentStyles) -> Iterator[Row]:
    """Yield the rows of a code panel, one column from its edge where there is room."""
    pad = Segment(" ", styles.code)
    room = width - 2 if width > 8 else width
    for line in lines:
        for row in chop(line, max(1, room), styles.code):
            yield Row((pad, *row.segments), row.fill, 1, row.joint) if room < width else row


def label_row(info: str, width: int, styles: ComponentStyles) -> Row:
    """Return the row above a code panel with its info string, usually the language."""
    text = f" {clean_line(info.strip())}"
    row = chop([Segment(text, styles.label)], width, styles.code)[0]
    return replace(row, gutter=len(row.text), joint="")


def code_text(source: str) -> str:
    """Return `source` with tabs expanded to every fourth column."""
    return source.expandtabs(_TAB)
