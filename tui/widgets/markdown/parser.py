"""The Markdown parser's settings, and the lines where the blocks of a text begin."""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tui.widgets.markdown.blocks import Form

MAX_NESTING = 40
"""Levels of nesting. The parser drops text below them."""
_LISTS = {"bullet_list_open", "ordered_list_open"}


def markdown_parser() -> MarkdownIt:
    """Return a parser for answers: tables and strikethrough, no HTML, no link definitions, line breaks kept."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": MAX_NESTING})
    return parser.enable(["table", "strikethrough"]).disable("reference")


@dataclass(frozen=True, slots=True)
class BlockStart:
    """The line at which a block begins; `fence` is the mark of a code fence and `info` the text beside it."""

    form: Form
    line: int
    number: int | None
    fence: str
    info: str


class BlockParser:
    """Finds blocks without parsing the text inside them."""

    def __init__(self) -> None:
        self._parser = markdown_parser()
        self._parser.core.ruler.enableOnly(["block"])

    def starts(self, source: str) -> list[BlockStart]:
        """Return where each block of `source` begins: top-level blocks, and the items of top-level lists."""
        return list(map(_start, self._blocks(source)))

    def fenced_code(self, source: str) -> list[str]:
        """Return the code of every fenced block of `source`, nested and unclosed ones included."""
        fences = (token for token in self._parser.parse(source) if token.type == "fence")
        return [token.content.removesuffix("\n") for token in fences]

    def _blocks(self, source: str) -> Iterator[Token]:
        for token in self._parser.parse(source):
            top = token.level == 0 and token.type not in _LISTS
            if token.map and (top or (token.level == 1 and token.type == "list_item_open")):
                yield token


def _start(token: Token) -> BlockStart:
    line = token.map[0] if token.map else 0
    number = int(token.info) if token.type == "list_item_open" and token.info else None
    return BlockStart(Form(token.type), line, number, token.markup, token.info.strip())
