"""Text as it streams: whole characters, thinking apart from the answer."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tui.chat.events import Delta, Recast
from tui.chat.reasoning import THINK, Start
from tui.engine.worker.text_stream import TextStream


def spoken(data: bytes, cuts: list[int], *, cut: bool = False) -> str:
    said: list[Delta | Recast] = []
    stream = TextStream(None, start=Start.FREE, send=said.append)
    places = [0, *sorted(each % (len(data) + 1) for each in cuts), len(data)]
    for token, (start, end) in enumerate(pairwise(places), 1):
        stream.feed(data[start:end], token)
    stream.finish(cut=cut)
    return "".join(each.text for each in said if isinstance(each, Delta))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.lists(st.integers(0, 1000), max_size=8))
def test_characters_split_over_tokens_are_joined(text: str, cuts: list[int]) -> None:
    assert spoken(text.encode(), cuts) == text


@given(st.binary(), st.lists(st.integers(0, 1000), max_size=8))
def test_invalid_bytes_become_replacement_characters(data: bytes, cuts: list[int]) -> None:
    assert spoken(data, cuts) == data.decode(errors="replace")


def test_incomplete_character_is_shown_unless_the_answer_was_cut() -> None:
    assert spoken("é猫".encode()[:-1], []) == "é\ufffd"
    assert spoken("é猫".encode()[:-1], [], cut=True) == "é"


def test_thinking_is_separated_and_timed() -> None:
    said: list[Delta | Recast] = []
    stream = TextStream(THINK, start=Start.FREE, send=said.append)
    for token, piece in enumerate((b"<thi", b"nk>\nhm", b"m\n</think>\n\n", b"Yes"), 1):
        stream.feed(piece, token)
    stream.finish(cut=False)
    assert "".join(each.text for each in said if isinstance(each, Delta) and each.thinking) == "hmm"
    assert "".join(each.text for each in said if isinstance(each, Delta) and not each.thinking) == "Yes"
    assert stream.thinking_ms is not None
    assert stream.raw == "<think>\nhmm\n</think>\n\nYes"


def test_lone_closing_tag_recasts_the_text_before_it() -> None:
    said: list[Delta | Recast] = []
    stream = TextStream(THINK, start=Start.FREE, send=said.append)
    for token, piece in enumerate((b"hm", b"m</think>", b"Yes"), 1):
        stream.feed(piece, token)
    stream.finish(cut=False)
    assert [type(each) for each in said].count(Recast) == 1
    assert said.index(Recast()) > 0
    assert said[-1] == Delta("Yes", thinking=False, tokens=3)
    assert stream.thinking_ms is not None
    assert stream.thinking_tokens == 2


def test_thinking_is_not_ended_within_a_character() -> None:
    stream = TextStream(THINK, start=Start.INSIDE, send=lambda event: None)
    inside = []
    for token, piece in enumerate((b"hm", b"\xe7\x8c", b"\xab", b"</thi"), 1):
        stream.feed(piece, token)
        inside.append(stream.thinking)
    assert inside == [True, False, True, True]
    assert stream.closing == "nk>\n\n"
