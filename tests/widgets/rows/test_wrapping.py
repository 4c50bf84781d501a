"""Wrapping by cells, never inside a character."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style

from tests.widgets.markdown.samples import texts
from tui.widgets.markdown.inline import shown
from tui.widgets.rows.wrapping import chop, fold, strip, wrap

PLAIN = Style()


def rows(text: str, width: int) -> list[str]:
    return [text[cut.start : cut.end] for cut in fold(text, width)]


@given(texts, st.integers(2, 30))
@example("\u200d\u200dHere are three rivers", 2)
@example("\u200d   - carries more", 2)
def test_wrapping_keeps_characters_and_width(text: str, width: int) -> None:
    line = shown(text).replace("\n", " ")
    cuts = fold(line, width)
    assert "".join(line[cut.start : cut.end] + cut.joint for cut in cuts).rstrip(" \n") == line.rstrip(" ")
    assert all(cell_len(line[cut.start : cut.end]) <= width for cut in cuts)


@given(texts, st.integers(2, 30))
def test_chopping_keeps_characters_and_width(text: str, width: int) -> None:
    line = shown(text).replace("\n", " ")
    chopped = chop([Segment(line[:5], PLAIN), Segment(line[5:], Style(bold=True))], width, PLAIN)
    assert "".join(row.text for row in chopped) == line
    assert all(cell_len(row.text) <= width for row in chopped)


def test_words_wrap_at_spaces() -> None:
    assert rows("the quick brown fox", 9) == ["the quick", "brown fox"]
    assert [cut.joint for cut in fold("the quick  brown fox", 9)] == ["  ", "\n"]


def test_chinese_wraps_between_characters_and_keeps_punctuation() -> None:
    assert rows("长江是亚洲第一长河，也是", 10) == ["长江是亚洲", "第一长河，", "也是"]
    assert rows("他说《长江之歌》好", 6) == ["他说", "《长江", "之歌》", "好"]
    assert rows("我喜欢Python。", 12) == ["我喜欢", "Python。"]


def test_graphemes_stay_whole() -> None:
    text = "👩‍👩‍👧‍👦e\u0301" * 6
    whole = {text[start:end] for start, end, _ in split_graphemes(text)[0]}
    for width in range(2, 9):
        for row in rows(text, width):
            assert {row[start:end] for start, end, _ in split_graphemes(row)[0]} <= whole


def test_long_word_is_cut_and_joined_in_a_copy() -> None:
    assert [(cut.start, cut.end, cut.joint) for cut in fold("x" * 25, 10)] == [
        (0, 10, ""),
        (10, 20, ""),
        (20, 25, "\n"),
    ]


def test_line_feeds_begin_rows() -> None:
    assert [row.text for row in wrap([Segment("a\n\nb", PLAIN)], 9, PLAIN)] == ["a", "", "b"]


@pytest.mark.parametrize("width", [1, 2, 5, 40])
def test_strip_has_exactly_its_width(width: int) -> None:
    for row in wrap([Segment("长江 e\u0301 word 👩‍👩‍👧‍👦", PLAIN)], width, PLAIN):
        drawn = strip(row, width, Segment(" " if width > 2 else "", PLAIN), Segment(" ", PLAIN))
        assert sum(cell_len(segment.text) for segment in drawn) == width
