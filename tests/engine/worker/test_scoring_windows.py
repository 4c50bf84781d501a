"""The windows of a text, the places of its tokens, and which tokens are counted."""

from collections.abc import Sequence

import pytest

from tui.chat.reasoning import HARMONY, THINK
from tui.chat.scores import Passage
from tui.engine.worker.scoring_windows import TextError, Window, continuation, lead_in, windows


class Pieces:
    """A vocabulary that tokenizes every text to the given pieces in order."""

    begin: int | None = None

    def __init__(self, *pieces: bytes, begin: int | None = None) -> None:
        self._pieces = pieces
        self.begin = begin

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        return list(range(len(self._pieces)))

    def piece(self, token: int) -> bytes:
        return self._pieces[token]


def cut(text: str, pieces: Sequence[bytes]) -> list[str]:
    window = continuation([], text, Pieces(*pieces), 100)
    return [text.encode()[start:end].decode() for start, end in window.places]


@pytest.mark.parametrize(
    ("text", "pieces", "found"),
    [
        ("a cat", [b"a", b" c", b"at"], ["a", " c", "at"]),
        ("a cat", [b" a", b" cat"], ["a", " cat"]),
        (" a", [b" ", b"a"], [" ", "a"]),
        ("a\u732bb", [b"a", b"<unk>", b"b"], ["a", "\u732b", "b"]),
        ("\u732b\u732bb", [b"<unk>", b"<unk>", b"b"], ["", "\u732b\u732b", "b"]),
        ("ab\u732b", [b"ab", b"<unk>"], ["ab", "\u732b"]),
        ("a  b", [b"a", b"b"], ["a  ", "b"]),
    ],
)
def test_place_of_a_token_is_its_text(text: str, pieces: list[bytes], found: list[str]) -> None:
    assert cut(text, pieces) == found


def test_second_half_of_each_window_is_counted() -> None:
    vocab = Pieces(*(bytes([letter]) for letter in b"abcdefghij"))
    assert windows(Passage("abcdefghij", 4), vocab, 0) == [
        Window([0, 1, 2, 3], 3, [(3, 4)]),
        Window([4, 5, 6, 7], 3, [(7, 8)]),
    ]


def test_each_window_begins_with_the_token_that_begins_a_text() -> None:
    vocab = Pieces(*(bytes([letter]) for letter in b"abcdefg"), begin=99)
    assert windows(Passage("abcdefg", 4), vocab, 0) == [
        Window([99, 0, 1, 2], 3, [(2, 3)]),
        Window([99, 4, 5, 6], 3, [(6, 7)]),
    ]


def test_text_shorter_than_two_windows_is_one_window() -> None:
    vocab = Pieces(b"a", b"b", b"c", begin=99)
    assert windows(Passage("abc", 4), vocab, 0) == [Window([99, 0, 1, 2], 1, [(0, 1), (1, 2), (2, 3)])]


def test_single_token_is_scored_only_after_a_token_that_begins_a_text() -> None:
    assert len(windows(Passage("a", 4), Pieces(b"a", begin=99), 0)) == 1
    with pytest.raises(TextError, match="too little of it"):
        windows(Passage("a", 4), Pieces(b"a"), 0)


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("...<|end|><|start|>assistant", "<|channel|>final<|message|>"),
        ("...", HARMONY.answer_open),
    ],
)
def test_lead_in_of_a_channel_completes_its_header(prompt: str, missing: str) -> None:
    assert lead_in(prompt, HARMONY) == missing


def test_lead_in_closes_only_thinking_that_the_template_opened() -> None:
    assert lead_in("assistant\n<think>\n", THINK) == "\n</think>\n\n"
    assert lead_in("assistant\n", THINK) == ""
    assert lead_in("assistant\n<think>\n\n</think>\n\n", THINK) == ""
    assert lead_in("assistant\n<think>\n", None) == ""
