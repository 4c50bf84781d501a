"""The blocks that a Markdown stream is split into."""

import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from tests.widgets.markdown.samples import RICH, chunked, texts
from tui.widgets.markdown.blocks import LIMIT, Block, Form
from tui.widgets.markdown.parser import BlockParser
from tui.widgets.markdown.splitter import Splitter

DOCUMENTS = [
    RICH,
    "Title\n=====\n\nSub\n---\ntext\n- - -\n***\n# a\n## b\n",
    "- a\n\n  b\n\n      code\n- c\n   lazy\nlazy\n\n\n* d\n+ e\n",
    "1. a\n   ```py\n   x\n\n   y\n   ```\n2. b\n\n   > q\n   > r\nlazy\n10) c\n",
    "> a\nlazy\n> - b\n>\n> c\n\n> d\n```\ne\n```\n",
    "    one\n\n    two\ntext\n    still text\n2. no list\n1. list\n",
    "a | b\n--|--\n1 | 2\n3\n- x\n\n| c |\n|---|\ntext\n",
    "~~~ md\n```\n~~~~\n<div>\n\n[a]: b\n\n-\n- \n  x\n",
]
"""Markdown whose blocks are easily split wrong."""


PARSER = BlockParser()


def split(*pieces: str) -> list[Block]:
    splitter = Splitter(PARSER)
    done = [block for piece in pieces for block in splitter.feed(piece)]
    return done + splitter.finish()


def forms(text: str) -> list[Form]:
    return [block.form for block in split(text)]


@given(chunked())
def test_blocks_do_not_depend_on_chunks(pieces: list[str]) -> None:
    assert split(*pieces) == split("".join(pieces))


LONG = {
    "paragraph": "a line of words\n" * 900,
    "line": "x" * 9_000 + " end\n",
    "quote": "> quoted\n" * 1_200,
    "list": "1. first\n" + "   - nested\n" * 900,
    "table": "| a | b |\n|---|---|\n" + "| c | d |\n" * 1_000,
    "code in a line": "```py\n" + "x" * 9_000 + "\n```\n",
    "empty lines": "end\n" + "\n" * 9_000,
}
"""Blocks beyond the limit."""


@pytest.mark.parametrize("size", [7, 4_001, 8_002])
@pytest.mark.parametrize("long", LONG)
def test_blocks_beyond_the_limit_do_not_depend_on_chunks(long: str, size: int) -> None:
    text = f"- item\n{LONG[long]}# Title\n\n{LONG[long]}\ntext"
    assert split(*(text[at : at + size] for at in range(0, len(text), size))) == split(text)


@given(texts)
def test_no_text_is_lost(text: str) -> None:
    kept = re.sub(r"\s", "", "".join((block.language if block.first else "") + block.source for block in split(text)))
    marks = re.compile(r"[\s`~]")
    assert marks.sub("", kept) == marks.sub("", text)


@given(chunked())
def test_unfinished_blocks_can_always_be_shown(pieces: list[str]) -> None:
    splitter = Splitter(PARSER)
    for piece in pieces:
        splitter.feed(piece)
        assert all(isinstance(block.source, str) for block in splitter.unfinished())


def test_each_kind_of_block_is_found() -> None:
    assert forms(RICH) == [
        Form.PARAGRAPH, Form.HEADING, Form.ITEM, Form.ITEM, Form.ITEM, Form.ITEM, Form.ITEM, Form.TABLE,
        Form.QUOTE, Form.CODE, Form.RULE, Form.PARAGRAPH, Form.PARAGRAPH,
    ]  # fmt: skip


@pytest.mark.parametrize("text", DOCUMENTS)
def test_blocks_parse_like_the_whole_text(text: str) -> None:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("reference")

    def meaning(source: str) -> list[tuple[str, str, str]]:
        lists = {"bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"}
        return [(each.type, each.tag, each.content) for each in parser.parse(source) if each.type not in lists]

    parts: list[tuple[str, str, str]] = []
    for block in split(text):
        parts += [("fence", "code", f"{block.source}\n")] if block.form is Form.CODE else meaning(block.source)
    assert parts == meaning(text)


def test_ordered_items_are_numbered_in_sequence() -> None:
    assert [block.number for block in split("3. a\n3. b\n\n3. c\ntext\n\n9. d\n")] == [3, 4, 5, 6]
    assert [block.number for block in split("3. a\n\ntext\n\n9. d\n")] == [3, None, 9]


def test_item_keeps_its_fence_and_its_second_paragraph() -> None:
    blocks = split("1. one\n\n   ```py\n\n   x = 1\n   ```\n   after\n\n   more\n2. two\n")
    assert [block.form for block in blocks] == [Form.ITEM, Form.ITEM]
    assert blocks[0].source.endswith("more")


def test_unindented_fence_ends_a_list() -> None:
    assert forms("1. one\n```sh\nls\n```\n2. two") == [Form.ITEM, Form.CODE, Form.ITEM]


def test_fence_closes_with_its_own_mark_of_at_least_its_length() -> None:
    (block,) = split("````md\n```\nx\n```\n~~~~\n````\n")
    assert (block.source, block.language) == ("```\nx\n```\n~~~~", "md")


def test_indented_code_continues_after_empty_lines() -> None:
    blocks = split("text\n\n    x = 1\n\n\n    y = 2\nend")
    assert [(block.form, block.source) for block in blocks] == [
        (Form.PARAGRAPH, "text"),
        (Form.INDENTED, "    x = 1\n\n\n    y = 2"),
        (Form.PARAGRAPH, "end"),
    ]


def test_table_begins_with_the_line_above_its_rule() -> None:
    assert forms("intro\n| a | b |\n|---|---|\n| 1 | 2 |\ntext | more\n\nend") == [
        Form.PARAGRAPH,
        Form.TABLE,
        Form.PARAGRAPH,
    ]


def test_gaps_follow_the_source_and_the_kind_of_block() -> None:
    gaps = [(block.form, block.gap) for block in split("a\n- b\n- c\n\n- d\n# e\nf\n```\ng\n```\nh")]
    assert gaps == [
        (Form.PARAGRAPH, False),
        (Form.ITEM, False),
        (Form.ITEM, False),
        (Form.ITEM, True),
        (Form.HEADING, True),
        (Form.PARAGRAPH, False),
        (Form.CODE, True),
        (Form.PARAGRAPH, True),
    ]


def test_parts_of_a_long_fence_join_to_the_whole() -> None:
    code = "\n".join(f"x = {n}" if n % 7 else "" for n in range(1000))
    parts = split(f"```py\n{code}\n```\n")
    assert len(parts) > 8
    assert [part.first for part in parts] == [True] + [False] * (len(parts) - 1)
    assert "\n".join(part.source for part in parts) == code


def test_endless_line_is_cut() -> None:
    splitter = Splitter(PARSER)
    done = [block for _ in range(500) for block in splitter.feed("长江 " * 100)]
    assert {block.form for block in done} == {Form.PLAIN}
    assert max(len(block.source) for block in done) <= LIMIT
    assert "".join(block.source for block in [*done, *splitter.finish()]) == "长江 " * 50_000


def test_no_block_is_much_larger_than_the_limit() -> None:
    for line in ("word word\n", "- x\n  y\n" * 20, "> quoted\n", "| a | b |\n|--|--|\n" + "| c | d |\n" * 30):
        assert max(len(block.source) for block in split(line * (300_000 // len(line)))) < LIMIT + 200


def test_ambiguous_mark_is_not_shown() -> None:
    splitter = Splitter(PARSER)
    splitter.feed("text\n--")
    assert [block.source for block in splitter.unfinished()] == ["text"]


@pytest.mark.parametrize("text", ["", "\n\n", "   \n"])
def test_blank_text_has_no_blocks(text: str) -> None:
    assert split(text) == []


def test_fenced_code_is_found_in_lists_and_unclosed() -> None:
    assert PARSER.fenced_code("a\n```py\nx\n\ny\n```\n- b\n  ~~~\n  z\n  ~~~\n```\nopen") == ["x\n\ny", "z", "open"]
