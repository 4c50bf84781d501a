"""Passages of an answer's source in its rendered rows."""

from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.markdown.samples import texts
from tests.widgets.markdown.test_stream import PARSER, lay
from tui.widgets.markdown.rendered_text import RenderedText, RowSpan, Span
from tui.widgets.markdown.stream import Stream


def page(source: str, width: int) -> RenderedText:
    stream = Stream(PARSER, lay)
    stream.write(source)
    stream.end()
    return RenderedText(stream.pieces(), width, source)


def shown(source: str, passage: str, *, nth: int = 0, width: int = 40) -> list[str]:
    """Return the text that is found, row by row, for the `nth` occurrence of `passage` in `source`."""
    start = -1
    for _ in range(nth + 1):
        start = source.index(passage, start + 1)
    return [read(spot, width) for spot in page(source, width).find((start, start + len(passage)))]


def read(spot: RowSpan, width: int) -> str:
    return spot.piece.rows(width)[spot.row].text[slice(*spot.span)]


def test_number_is_found_where_it_stands_in_the_source() -> None:
    source = "It is 13 or 3.\n\n- **3** rivers\n- 30 lakes and 3 seas"
    places = [page(source, 40).find(span) for span in spans(source, "3")]
    assert [[read(spot, 40) for spot in spots] for spots in places] == [["3"]] * 3
    rows = [spots[0].piece.rows(40)[spots[0].row].text for spots in places]
    assert rows == ["It is 13 or 3.", "• 3 rivers", "• 30 lakes and 3 seas"]


def spans(source: str, digit: str) -> list[Span]:
    """Return the spans where `digit` stands alone."""
    padded = f" {source} "
    return [
        (at, at + 1)
        for at in range(len(source))
        if not padded[at].isalnum() and padded[at + 1] == digit and not padded[at + 2].isalnum()
    ]


def test_wrapped_passage_is_found_on_both_rows() -> None:
    assert shown("The longest one is the Amazon River.", "Amazon River", width=30) == ["Amazon", "River"]


def test_passage_with_markdown_marks_is_found() -> None:
    assert shown("The *Yellow* River and more.", "*Yellow* River") == ["Yellow River"]


def test_chinese_is_found_without_spaces() -> None:
    source = "黄河长约5464公里，长江长约6300公里。"
    assert shown(source, "6300公里") == ["6300公里"]
    assert shown(source, "6300公里", width=16) == ["6300", "公里"]


def test_code_and_tables_are_found() -> None:
    source = "| River | Length |\n|---|---|\n| Nile | 6,650 km |\n\n```python\nlong = 6_650\n```\n"
    assert shown(source, "6,650 km") == ["6,650 km"]
    assert shown(source, "6_650") == ["6_650"]


def test_hidden_number_is_not_found() -> None:
    assert shown("&#42; is a star.", "42") == []


@given(texts, st.integers(0, 40), st.integers(0, 12), st.integers(1, 60))
def test_found_passages_are_within_their_rows(source: str, start: int, length: int, width: int) -> None:
    for spot in page(source, width).find((start, start + length)):
        low, high = spot.span
        assert 0 <= low < high <= len(spot.piece.rows(width)[spot.row].text)
