"""Rows of one Markdown block at a width."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from markdown_it.token import Token
from rich.segment import Segment
from rich.style import Style

from tui.widgets.markdown.blocks import Block, Form
from tui.widgets.markdown.code import Highlighter, code_rows, code_text, label_row, language_of
from tui.widgets.markdown.component_styles import ComponentStyles
from tui.widgets.markdown.inline import inline, shown
from tui.widgets.markdown.parser import MAX_NESTING, markdown_parser
from tui.widgets.markdown.tables import Table, table_rows
from tui.widgets.rows.wrapping import Row, chop, indent, wrap

_BULLETS = "•◦▪"
_TASKS = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
_BOLD = Style(bold=True)
_MAX_MARKS = 1_500
"""A block with more marks is slow to parse, and is shown as written."""


class Renderer:
    """Renders blocks in one set of styles, and caches the lines of an unfinished code block."""

    def __init__(self, styles: ComponentStyles, highlighter: Highlighter) -> None:
        self._styles = styles
        self._highlighter = highlighter
        self._parser = markdown_parser()
        self._lines: dict[tuple[str, str, int], tuple[Row, ...]] = {}

    def rows(self, block: Block, width: int, *, grows: bool = False) -> list[Row]:
        """Return the rows of any block at `width` cells; `grows` is True for code that is not finished."""
        match block.form:
            case Form.CODE if grows:
                return self._growing_code(block, width)
            case Form.CODE:
                self._lines.clear()
                lines = self._highlighter.lines(code_text(block.source), language_of(block.language), self._styles)
                rows = list(code_rows(lines, width, self._styles))
                return self._panel(block, rows, width)
            case Form.PLAIN:
                rows = wrap([Segment(shown(block.source), self._styles.text)], width, self._styles.text)
                return _joined(rows) if block.cut else rows
            case _:
                return self._markdown(block, width)

    def plain(self, text: str, width: int, style: Style) -> list[Row]:
        """Return the rows of `text` as written."""
        return wrap([Segment(shown(text), style)], width, self._styles.text)

    def _growing_code(self, block: Block, width: int) -> list[Row]:
        """The rows of unfinished code; each line is highlighted by itself, once."""
        language = language_of(block.language)
        rows: list[Row] = []
        for line in block.source.split("\n"):
            key = (language, line, width)
            if key not in self._lines:
                segments = self._highlighter.lines(code_text(line), language, self._styles)
                self._lines[key] = tuple(code_rows(segments, width, self._styles))
            rows += self._lines[key]
        return self._panel(block, rows, width)

    def _panel(self, block: Block, rows: list[Row], width: int) -> list[Row]:
        if block.cut:
            rows = _joined(rows)
        return [label_row(block.language, width, self._styles), *rows] if block.first and block.language else rows

    def _markdown(self, block: Block, width: int) -> list[Row]:
        source = block.source
        if sum(map(source.count, "[`*_<~")) > _MAX_MARKS:
            return self.plain(source, width, self._styles.text)
        tokens = self._parser.parse(source)
        if max((token.level for token in tokens), default=MAX_NESTING) >= MAX_NESTING - 2:
            return self.plain(source, width, self._styles.text)
        return _Layout(source.split("\n"), self._styles, self._highlighter, block.number).blocks(tokens, width, 0)


def _joined(rows: list[Row]) -> list[Row]:
    return [*rows[:-1], Row(rows[-1].segments, rows[-1].fill, rows[-1].gutter, "")] if rows else rows


class _Layout:
    """Lays out the tokens of one block."""

    def __init__(
        self, lines: Sequence[str], styles: ComponentStyles, highlighter: Highlighter, number: int | None
    ) -> None:
        self._source = lines
        self._styles = styles
        self._highlighter = highlighter
        self._number = number

    def blocks(self, tokens: Sequence[Token], width: int, depth: int) -> list[Row]:
        """Return the rows of `tokens` at one level of nesting, with an empty row for each empty line of the source."""
        rows: list[Row] = []
        for part in _parts(tokens):
            if rows and self._apart(part[0]):
                rows.append(Row((), self._styles.text))
            rows += self._part(part, max(1, width), depth)
        return rows

    def _apart(self, token: Token) -> bool:
        line = token.map[0] - 1 if token.map else -1
        return 0 <= line < len(self._source) and not self._source[line].strip(" \t>")

    def _part(self, part: Sequence[Token], width: int, depth: int) -> list[Row]:
        match part[0].type:
            case "bullet_list_open" | "ordered_list_open":
                return self._list(part, width, depth)
            case "blockquote_open":
                bar = Segment("▎ ", self._styles.rule)
                return self._behind(bar, bar, lambda room: self.blocks(part[1:-1], room, depth), width)
            case _:
                return self._leaf(part, width)

    def _leaf(self, part: Sequence[Token], width: int) -> list[Row]:
        styles, first = self._styles, part[0]
        match first.type:
            case "paragraph_open":
                return self._text(part[1], styles.text, width)
            case "heading_open":
                style = styles.accent if first.tag in {"h1", "h2"} else styles.text
                return self._text(part[1], style + _BOLD, width)
            case "fence" | "code_block":
                return self._code(first, width)
            case "hr":
                return [Row((Segment("─" * width, styles.rule),), styles.text, width)]
            case "table_open":
                return table_rows(self._table(part), width, styles)
            case _:
                return wrap([Segment(shown(first.content), styles.text)], width, styles.text)

    def _text(self, token: Token, style: Style, width: int) -> list[Row]:
        return wrap(inline(token.children or (), style, self._styles), width, self._styles.text)

    def _list(self, part: Sequence[Token], width: int, depth: int) -> list[Row]:
        start = part[0].attrGet("start")
        number = int(start) if start is not None else 1
        if depth == 0 and self._number is not None:
            number = self._number
        rows: list[Row] = []
        for item in _parts(part[1:-1]):
            if rows and self._apart(item[0]):
                rows.append(Row((), self._styles.text))
            ordered = part[0].type == "ordered_list_open"
            mark = f"{number}{item[0].markup or '.'} " if ordered else f"{_BULLETS[min(depth, 2)]} "
            rows += self._item(item, mark, width, depth)
            number += 1
        return rows

    def _item(self, item: Sequence[Token], mark: str, width: int, depth: int) -> list[Row]:
        first = item[2] if len(item) > 3 and item[2].type == "inline" else None
        texts = first.children if first is not None else None
        if texts and texts[0].type == "text" and texts[0].content[:4] in _TASKS:
            mark = _TASKS[texts[0].content[:4]]
            texts[0].content = texts[0].content[4:]
        head = Segment(mark, self._styles.accent)
        rest = Segment(" " * len(mark), self._styles.text)
        return self._behind(head, rest, lambda room: self.blocks(item[1:-1], room, depth + 1), width) or [
            replace(row, gutter=len(row.text)) for row in chop([head], width, self._styles.text)
        ]

    def _behind(self, first: Segment, rest: Segment, lay: Callable[[int], list[Row]], width: int) -> list[Row]:
        """Return the rows of `lay` behind a gutter, or without it in a very narrow pane."""
        room = width - len(first.text)
        return indent(lay(room), first, rest) if room >= 8 else lay(width)

    def _code(self, token: Token, width: int) -> list[Row]:
        language = language_of(token.info)
        source = code_text(token.content.removesuffix("\n"))
        rows = list(code_rows(self._highlighter.lines(source, language, self._styles), width, self._styles))
        return [label_row(token.info, width, self._styles), *rows] if token.info.strip() else rows

    def _table(self, part: Sequence[Token]) -> Table:
        lines: list[list[list[Segment]]] = []
        aligned: list[str] = []
        for token, following in pairwise(part):
            style = self._styles.text + _BOLD if token.type == "th_open" else self._styles.text
            if token.type == "tr_open":
                lines.append([])
            elif token.type in {"th_open", "td_open"}:
                lines[-1].append(inline(following.children or (), style, self._styles))
            if token.type == "th_open":
                aligned.append(str(token.attrGet("style") or "text-align:left").removeprefix("text-align:"))
        return Table(lines[0], lines[1:], aligned)


def _parts(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """Cut `tokens` into siblings: each a single token, or an opening one with all tokens up to its closing one."""
    parts: list[Sequence[Token]] = []
    depth = start = 0
    for at, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            parts.append(tokens[start : at + 1])
            start = at + 1
    return parts
