"""Bits per byte, perplexity, and words: what is made of the log-probabilities of tokens."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.arena.stats.perplexity import Surprise, most_surprising, surprise_of, together, words
from tui.chat.scores import TokenScore

BIT = -math.log(2)


def scored(*tokens: tuple[str, float]) -> tuple[str, list[TokenScore]]:
    """A text of tokens, each with its bits."""
    text, scores, at = "", [], 0
    for token, bits in tokens:
        size = len(token.encode())
        scores.append(TokenScore(at, at + size, bits * BIT))
        text, at = text + token, at + size
    return text, scores


def test_a_byte_that_was_one_of_256_costs_eight_bits() -> None:
    found = surprise_of([TokenScore(index, index + 1, math.log(1 / 256)) for index in range(10)])
    assert found.bits_per_byte == pytest.approx(8)
    assert found.perplexity == pytest.approx(256)
    assert (found.tokens, found.bytes) == (10, 10)


def test_bits_per_byte_do_not_depend_on_the_cutting() -> None:
    """猫 is three bytes, in one token or in three."""
    whole = surprise_of(scored(("猫", 12))[1])
    parts = surprise_of([TokenScore(index, index + 1, 4 * BIT) for index in range(3)])
    assert whole.bits_per_byte == pytest.approx(parts.bits_per_byte) == pytest.approx(4)
    assert whole.perplexity > parts.perplexity


def test_nothing_read_is_no_surprise() -> None:
    assert surprise_of([]).bits_per_byte == 0
    assert surprise_of([]).perplexity == 1


def test_what_no_float_holds_is_infinite() -> None:
    assert Surprise(bits=5000, tokens=1, bytes=1).perplexity == math.inf


def test_texts_count_by_their_length() -> None:
    assert together([Surprise(10, 2, 10), Surprise(20, 3, 5)]) == Surprise(30, 5, 15)


def test_tokens_make_words() -> None:
    text, scores = scored(("The", 1), (" Yang", 5), ("tze", 2), (" river", 3), (".", 0.5))
    assert [(word.text, round(word.bits, 6)) for word in words(text, scores)] == [
        ("The", 1),
        ("Yangtze", 7),
        ("river", 3),
        (".", 0.5),
    ]


def test_chinese_characters_are_words() -> None:
    text, scores = scored(("长江", 6), ("是", 1), ("\u3000river", 2), ("河", 3))
    assert [(word.text, round(word.bits, 6)) for word in words(text, scores)] == [
        ("长", 3),
        ("江", 3),
        ("是", 1),
        ("river", 2),
        ("河", 3),
    ]


def test_a_token_over_two_words_gives_each_its_share() -> None:
    text, scores = scored(("one two", 6), (" x", 1))
    assert [(word.text, round(word.bits, 6)) for word in words(text, scores)] == [("one", 3), ("two", 3), ("x", 1)]


def test_white_space_belongs_to_no_word() -> None:
    text, scores = scored(("a", 1), ("\n\n", 9), ("b", 2))
    assert [(word.text, round(word.bits, 6)) for word in words(text, scores)] == [("a", 1), ("b", 2)]


def test_words_that_were_not_read_are_left_out() -> None:
    text, scores = scored(("one", 1), (" two", 2), (" three", 3))
    assert [word.text for word in words(text, scores[1:])] == ["two", "three"]
    assert [word.start for word in words(text, scores[1:])] == [4, 8]


def test_the_most_surprising_come_first() -> None:
    text, scores = scored(("a", 1), (" b", 3), (" c", 2))
    assert [word.text for word in most_surprising(words(text, scores), 2)] == ["b", "c"]


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=20))
def test_no_bit_of_a_word_is_lost_and_none_made_up(parts: list[str]) -> None:
    text, at, scores = "".join(parts), 0, []
    for part in parts:
        size = len(part.encode("utf-8", "surrogatepass"))
        scores.append(TokenScore(at, at + size, BIT))
        at += size
    held = sum(word.bits for word in words(text, scores))
    assert 0 <= held <= len(parts) + 1e-6
    assert held == pytest.approx(sum(any(not each.isspace() for each in part) for part in parts))
