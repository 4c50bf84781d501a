"""Cleaned text cannot control a terminal, and ordinary text is unchanged."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tui.text import clean, clean_line


def test_every_control_character_becomes_harmless() -> None:
    for code in range(0x20):
        shown = clean(chr(code))
        assert shown == (chr(code) if chr(code) in "\t\n" else "" if chr(code) == "\r" else chr(0x2400 + code))
    assert all(clean(chr(code)) == "\ufffd" for code in range(0x80, 0xA0))


def test_terminal_commands_are_shown_as_text() -> None:
    assert clean("\x1b]52;c;aGk=\x07\x1b[2J\x9b31m") == "␛]52;c;aGk=␇␛[2J\ufffd31m"


def test_text_cannot_be_reversed_or_hidden() -> None:
    assert clean("a\u202eb\u2066c\u200bd\U000e0041e\ufefff") == "a\ufffdb\ufffdcdef"


def test_ordinary_text_is_unchanged() -> None:
    for text in ("中文，标点。", "e\u0301 ñ", "👩‍👩‍👧 👍🏽 🇫🇷", "می‌خواهم", "tab\tand\nline", "한국어 日本語"):
        assert clean(text) == text


@given(st.text(st.characters()), st.text(st.characters()))
def test_cleaning_in_pieces_equals_cleaning_the_whole(left: str, right: str) -> None:
    assert clean(left) + clean(right) == clean(left + right)


@given(st.text(st.characters()))
def test_no_control_character_remains(text: str) -> None:
    assert all(unicodedata.category(each) != "Cc" or each in "\t\n" for each in clean(text))
    assert clean(clean(text)) == clean(text)
    clean(text).encode("utf-8")


def test_clean_line_is_one_line_and_cut() -> None:
    assert clean_line("a\nb\tc") == "a b c"
    assert clean_line("x" * 400) == "x" * 299 + "…"
