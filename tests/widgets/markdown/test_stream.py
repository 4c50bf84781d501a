"""Streams in columns: rows of streamed and resized text equal the rows of one render."""

from collections.abc import Sequence
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from tests.widgets.markdown.samples import RICH, chunked, texts
from tui.widgets.markdown.blocks import Block
from tui.widgets.markdown.code import Highlighter
from tui.widgets.markdown.component_styles import ComponentStyles
from tui.widgets.markdown.parser import BlockParser
from tui.widgets.markdown.renderer import Renderer
from tui.widgets.markdown.stream import MAX_SHOWN, Stream
from tui.widgets.rows.column import Column
from tui.widgets.rows.wrapping import Row

PARSER = BlockParser()
RENDERER = Renderer(
    ComponentStyles(**{each.name: Style(color=f"color({at})") for at, each in enumerate(fields(ComponentStyles))}),
    Highlighter(),
)


def lay(block: Block, width: int, grows: bool) -> Sequence[Row]:
    return RENDERER.rows(block, width, grows=grows)


def drawn(column: Column) -> list[Row | None]:
    column.settle(0, column.height)
    while column.settle(0, column.height):
        pass
    return column.window(0, column.height)


def whole(text: str, width: int) -> list[Row | None]:
    stream, column = Stream(PARSER, lay), Column()
    stream.write(text)
    stream.end()
    column.resize(width)
    column.put(0, stream.pieces())
    return drawn(column)


@given(chunked(), st.integers(1, 50), st.integers(1, 50))
def test_streamed_and_resized_rows_equal_one_render(pieces: list[str], before: int, after: int) -> None:
    stream, column = Stream(PARSER, lay), Column()
    column.resize(before)
    for at, piece in enumerate(pieces):
        stream.write(piece)
        column.put(0, stream.pieces())
        if at % 2:
            drawn(column)
        if at == len(pieces) // 2:
            column.resize(after)
    stream.end()
    column.put(0, stream.pieces())
    assert drawn(column) == whole("".join(pieces), after)


def test_finished_pieces_stay_the_same_objects() -> None:
    stream = Stream(PARSER, lay)
    stream.write("one\n\ntwo\n\nthr")
    before = stream.pieces()
    stream.write("ee")
    after = stream.pieces()
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, True, False]


def test_text_stays_raw_and_rows_are_clean() -> None:
    stream, column = Stream(PARSER, lay), Column()
    stream.write("a\x1b]52;c;x\x07\u202eb")
    column.resize(40)
    column.put(0, stream.pieces())
    assert stream.text == "a\x1b]52;c;x\x07\u202eb"
    assert [row and row.text for row in drawn(column)] == ["a␛]52;c;x␇\ufffdb"]


def test_drawn_text_is_limited() -> None:
    stream = Stream(PARSER, lay)
    for _ in range(6):
        stream.write("word " * 16_000)
        drawn_pieces = len(stream.pieces())
    assert stream.full
    assert len(stream.text) == 480_000 > MAX_SHOWN
    stream.write("word " * 16_000)
    assert len(stream.pieces()) == drawn_pieces


@given(texts, st.integers(1, 30), st.data())
def test_window_equals_its_rows(text: str, width: int, data: st.DataObject) -> None:
    stream, column = Stream(PARSER, lay), Column()
    stream.write(text)
    column.resize(width)
    column.put(0, stream.pieces())
    drawn(column)
    top = data.draw(st.integers(0, column.height))
    assert column.window(top, 12) == [column.row(y) for y in range(top, top + 12)]


def test_dropped_rows_are_laid_out_again() -> None:
    stream, column = Stream(PARSER, lay), Column()
    stream.write(RICH * 60)
    stream.end()
    column.resize(40)
    column.put(0, stream.pieces())
    first = drawn(column)
    assert len(column.pieces) > 600
    assert column.window(0, 30) == first[:30]
    assert column.unsettled() is None
