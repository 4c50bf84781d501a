"""Thinking and answer come apart the same way however the stream was cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.conversation import Tags
from tui.chat.reasoning import HARMONY, KNOWN, THINK, Piece, Splitter, Turned, left_open, tags_in

GEMMA = Tags("<|channel>thought", "<channel|>")
MAGISTRAL = Tags("[THINK]", "[/THINK]")


def split(chunks: list[str], tags: Tags = THINK, *, opened: bool = False) -> tuple[str, str]:
    """Thinking and answer of an output that arrives in `chunks`."""
    splitter, thinking, answer = Splitter(tags, opened=opened), "", ""
    for chunk in chunks:
        for piece in splitter.feed(chunk):
            match piece:
                case Turned.TO_THINKING:
                    thinking, answer = thinking + answer, ""
                case Piece(text=text, thinking=True):
                    thinking += text
                case Piece(text=text):
                    answer += text
    for piece in splitter.finish():
        if piece.thinking:
            thinking += piece.text
        else:
            answer += piece.text
    return thinking, answer


OUTPUTS = [
    (THINK, False, "<think>\nLet me see.\n</think>\n\nParis.", ("Let me see.", "Paris.")),
    (THINK, True, "Let me see.\n</think>\n\nParis.", ("Let me see.", "Paris.")),
    (THINK, False, "Paris is nice. </p> <b>", ("", "Paris is nice. </p> <b>")),
    (THINK, False, "  Paris.\n", ("", "  Paris.\n")),
    (THINK, False, "<think>\n\n</think>\n\nParis.", ("", "Paris.")),
    (THINK, False, "Hm, so.\n</think>\n\nParis.", ("Hm, so.\n", "Paris.")),
    (THINK, False, "<think>never closed", ("never closed", "")),
    (THINK, True, "思考 一下…</think>巴黎。", ("思考 一下…", "巴黎。")),
    (THINK, False, "<think>a < b </thin k></think>c <think>", ("a < b </thin k>", "c <think>")),
    (GEMMA, False, "<|channel>thought\nI weigh it.\n<channel|>Yes.", ("I weigh it.", "Yes.")),
    (MAGISTRAL, False, "[THINK]one\n\ntwo[/THINK]three", ("one\n\ntwo", "three")),
    (
        HARMONY,
        False,
        "<|channel|>analysis<|message|>User greets.<|end|><|start|>assistant<|channel|>final<|message|>Hello!",
        ("User greets.", "Hello!"),
    ),
    (HARMONY, False, "<|channel|>final<|message|>Hello!", ("", "Hello!")),
]


@pytest.mark.parametrize(("tags", "opened", "output", "expected"), OUTPUTS)
def test_whole(tags: Tags, opened: bool, output: str, expected: tuple[str, str]) -> None:
    assert split([output], tags, opened=opened) == expected


@pytest.mark.parametrize(("tags", "opened", "output", "expected"), OUTPUTS)
def test_cut_at_every_position_and_letter_by_letter(
    tags: Tags, opened: bool, output: str, expected: tuple[str, str]
) -> None:
    for at in range(len(output) + 1):
        assert split([output[:at], output[at:]], tags, opened=opened) == expected
    assert split(list(output), tags, opened=opened) == expected


@given(st.lists(st.sampled_from([*"ab \n<>/", "<think>", "</think>", "think", "答"]), max_size=30), st.data())
def test_any_cut_of_any_output(parts: list[str], data: st.DataObject) -> None:
    output = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(output)), max_size=6)))
    chunks = [output[a:b] for a, b in pairwise([0, *cuts, len(output)])]
    assert split(chunks) == split([output])
    assert split(chunks, opened=True) == split([output], opened=True)


def test_an_output_without_tags_passes_unchanged_even_when_it_looks_like_one() -> None:
    assert split(["<thin", "g>x"]) == ("", "<thing>x")


def test_thinking_is_known_while_it_lasts() -> None:
    splitter = Splitter(THINK, opened=True)
    list(splitter.feed("so"))
    assert splitter.thinking
    list(splitter.feed("</think>"))
    assert not splitter.thinking


@pytest.mark.parametrize(
    ("template", "tags"),
    [
        ("{{ '<think>' }}", THINK),
        ("<|channel|>analysis", HARMONY),
        ("<|channel>thought", GEMMA),
        ("[THINK]", MAGISTRAL),
        ("<|im_start|>", None),
    ],
)
def test_the_format_is_read_off_a_template(template: str, tags: Tags | None) -> None:
    assert tags_in(template) == tags
    assert tags is None or tags in KNOWN


def test_a_prompt_may_end_inside_a_thinking_block() -> None:
    assert left_open("<|im_start|>assistant\n<think>\n", THINK)
    assert not left_open("<|im_start|>assistant\n<think>\n\n</think>\n\n", THINK)
