"""Where the tokens of a text lie, and which of them count."""

from collections.abc import Sequence

import pytest

from tui.chat.reasoning import HARMONY, THINK
from tui.chat.scores import Passage
from tui.engine.worker.scoring_windows import TextError, Window, continuation, lead_in, windows


class Pieces:
    """A vocabulary of the given pieces, which tokenizes every text to all of them in order."""

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
def test_every_token_lies_where_its_text_is(text: str, pieces: list[bytes], found: list[str]) -> None:
    assert cut(text, pieces) == found


def test_windows_are_read_whole_and_counted_by_half() -> None:
    vocab = Pieces(*(bytes([letter]) for letter in b"abcdefghij"))
    assert windows(Passage("abcdefghij", 4), vocab, 0) == [
        Window([0, 1, 2, 3], 3, [(3, 4)]),
        Window([4, 5, 6, 7], 3, [(7, 8)]),
    ]


def test_each_window_begins_as_a_text_does() -> None:
    vocab = Pieces(*(bytes([letter]) for letter in b"abcdefg"), begin=99)
    assert windows(Passage("abcdefg", 4), vocab, 0) == [
        Window([99, 0, 1, 2], 3, [(2, 3)]),
        Window([99, 4, 5, 6], 3, [(6, 7)]),
    ]


def test_a_text_of_less_than_two_windows_is_one() -> None:
    vocab = Pieces(b"a", b"b", b"c", begin=99)
    assert windows(Passage("abc", 4), vocab, 0) == [Window([99, 0, 1, 2], 1, [(0, 1), (1, 2), (2, 3)])]


def test_one_token_is_a_text_where_something_stands_before_it() -> None:
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
def test_an_answer_on_a_channel_gets_its_header(prompt: str, missing: str) -> None:
    assert lead_in(prompt, HARMONY) == missing


def test_only_thinking_that_the_template_opened_is_closed() -> None:
    assert lead_in("assistant\n<think>\n", THINK) == "\n</think>\n\n"
    assert lead_in("assistant\n", THINK) == ""
    assert lead_in("assistant\n<think>\n\n</think>\n\n", THINK) == ""
    assert lead_in("assistant\n<think>\n", None) == ""
