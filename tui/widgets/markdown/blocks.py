"""The blocks that a Markdown text is cut into."""

from dataclasses import dataclass
from enum import Enum

LIMIT = 8_000
"""Characters. No block grows much larger, so that each is cheap to parse; the rest becomes another block."""


class Form(Enum):
    """The kind of a block, by the parser's token. A list is one block per item, a long code fence several parts."""

    PARAGRAPH = "paragraph_open"
    HEADING = "heading_open"
    RULE = "hr"
    QUOTE = "blockquote_open"
    ITEM = "list_item_open"
    TABLE = "table_open"
    CODE = "fence"
    INDENTED = "code_block"
    PLAIN = "plain"
    """A part of a line that is longer than the limit, shown as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block's source, raw, without its last line feed; `gap` adds an empty row above it.

    The `source` of a code block is the code alone. `first` is False for a part that continues the block before, and
    `cut` is True where the last line continues in the next part. `number` is an ordered item's number.
    """

    form: Form
    source: str
    gap: bool = False
    language: str = ""
    first: bool = True
    cut: bool = False
    number: int | None = None
