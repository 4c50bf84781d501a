"""Thinking and answer come apart the same way however the stream was cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.harmony import splitter
from tui.chat.reasoning import BRACKETS, CHANNEL, HARMONY, THINK, Piece, Start, Tags, Turned, start_of, tags_in

ANSWERED = Tags("<think>", "</think>", "<answer>", "</answer>")


def split(chunks: list[str], tags: Tags = THINK, start: Start = Start.FREE) -> tuple[str, str]:
    """Thinking and answer of an output that arrives in `chunks`."""
    one, thinking, answer = splitter(tags, start), "", ""
    for chunk in chunks:
        for piece in one.feed(chunk):
            match piece:
                case Turned.TO_THINKING:
                    thinking, answer = thinking + answer, ""
                case Piece(text=text, thinking=True):
                    thinking += text
                case Piece(text=text):
                    answer += text
    for piece in one.finish():
        if piece.thinking:
            thinking += piece.text
        else:
            answer += piece.text
    return thinking, answer


OUTPUTS = [
    (THINK, Start.FREE, "<think>\nLet me see.\n</think>\n\nParis.", ("Let me see.", "Paris.")),
    (THINK, Start.INSIDE, "Let me see.\n</think>\n\nParis.", ("Let me see.", "Paris.")),
    (THINK, Start.FREE, "Paris is nice. </p> <b>", ("", "Paris is nice. </p> <b>")),
    (THINK, Start.FREE, "  Paris.\n", ("", "  Paris.\n")),
    (THINK, Start.FREE, "<think>\n\n</think>\n\nParis.", ("", "Paris.")),
    (THINK, Start.FREE, "Hm, so.\n</think>\n\nParis.", ("Hm, so.\n", "Paris.")),
    (THINK, Start.PAST, "\nThe tag </think> ends it.\n", ("", "The tag </think> ends it.\n")),
    (THINK, Start.PAST, "<think>\nAll the same.</think>Paris.", ("All the same.", "Paris.")),
    (THINK, Start.FREE, "<think>never closed", ("never closed", "")),
    (THINK, Start.FREE, "<think>one </think>\n<think>\ntwo</think>three", ("one\n\ntwo", "three")),
    (THINK, Start.INSIDE, "思考 一下…</think>巴黎。", ("思考 一下…", "巴黎。")),
    (THINK, Start.FREE, "<think>a < b </thin k></think>c <think>", ("a < b </thin k>", "c <think>")),
    (ANSWERED, Start.FREE, "<think>\nhm\n</think>\n<answer>\nParis.\n</answer>", ("hm", "Paris.")),
    (ANSWERED, Start.PAST, "<answer>\nParis. </ans\n</answer>\n", ("", "Paris. </ans")),
    (ANSWERED, Start.FREE, "<answer>Paris.</answer>More.", ("", "Paris.\n\nMore.")),
    (ANSWERED, Start.FREE, "<think>hm</think>\n<answer>\ncut \n</ans", ("hm", "cut \n</ans")),
    (ANSWERED, Start.FREE, "<think>hm</think>\nno <answer> tags", ("hm", "no <answer> tags")),
    (CHANNEL, Start.FREE, "<|channel>thought\nI weigh it.\n<channel|>Yes.", ("I weigh it.", "Yes.")),
    (CHANNEL, Start.PAST, "Yes.", ("", "Yes.")),
    (BRACKETS, Start.FREE, "[THINK]one\n\ntwo[/THINK]three", ("one\n\ntwo", "three")),
    (
        HARMONY,
        Start.FREE,
        "<|channel|>analysis<|message|>User greets.<|end|><|start|>assistant<|channel|>final<|message|>Hello!",
        ("User greets.", "Hello!"),
    ),
    (HARMONY, Start.FREE, "<|channel|>final<|message|>Hello!", ("", "Hello!")),
    (HARMONY, Start.FREE, "Hello <|you|>", ("", "Hello <|you|>")),
    (
        HARMONY,
        Start.FREE,
        (
            "<|channel|>analysis<|message|>one<|end|><|start|>assistant<|channel|>commentary<|message|>Wait.<|end|>"
            "<|start|>assistant<|channel|>analysis<|message|>two<|end|>"
            "<|start|>assistant<|channel|>final <|constrain|>json<|message|>{}<|end|>"
        ),
        ("one\n\ntwo", "Wait.\n\n{}"),
    ),
    (HARMONY, Start.FREE, "<|channel|>analysis<|message|>hm<|end|><|start|>assist", ("hm", "")),
    (HARMONY, Start.FREE, "<|start|>" + "x" * 300, ("", "<|start|>" + "x" * 300)),
]


@pytest.mark.parametrize(("tags", "start", "output", "expected"), OUTPUTS)
def test_whole(tags: Tags, start: Start, output: str, expected: tuple[str, str]) -> None:
    assert split([output], tags, start) == expected


@pytest.mark.parametrize(("tags", "start", "output", "expected"), OUTPUTS)
def test_cut_at_every_position_and_letter_by_letter(
    tags: Tags, start: Start, output: str, expected: tuple[str, str]
) -> None:
    for at in range(len(output) + 1):
        assert split([output[:at], output[at:]], tags, start) == expected
    assert split(list(output), tags, start) == expected


PARTS = {
    THINK: ("<think>", "</think>", "think"),
    ANSWERED: ("<think>", "</think>", "<answer>", "</answer>"),
    CHANNEL: ("<|channel>thought", "<channel|>", "<|channel>"),
    HARMONY: ("<|start|>assistant", "<|channel|>", "analysis", "final", "<|message|>", "<|end|>"),
}


@pytest.mark.parametrize("tags", PARTS)
@given(st.data())
def test_any_cut_of_any_output(tags: Tags, data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from([*"ab \n<>/|", "答", *PARTS[tags]]), max_size=30))
    output = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(output)), max_size=6)))
    chunks = [output[a:b] for a, b in pairwise([0, *cuts, len(output)])]
    for start in Start:
        assert split(chunks, tags, start) == split([output], tags, start)


def test_an_output_without_tags_passes_unchanged_even_when_it_looks_like_one() -> None:
    assert split(["<thin", "g>x"]) == ("", "<thing>x")


@pytest.mark.parametrize(
    ("tags", "opening", "written", "closing"),
    [
        (THINK, "<think>", "so", "\n</think>\n\n"),
        (THINK, "<think>", "so</thi", "nk>\n\n"),
        (ANSWERED, "<think>", "so", "\n</think>\n<answer>\n"),
        (CHANNEL, "<|channel>thought\n", "so", "\n<channel|>"),
        (BRACKETS, "[THINK]", "so[", "/THINK]"),
        (HARMONY, "<|channel|>analysis<|message|>", "so", "<|end|><|start|>assistant<|channel|>final<|message|>"),
        (HARMONY, "<|channel|>analysis<|message|>", "so<|e", "nd|><|start|>assistant<|channel|>final<|message|>"),
    ],
)
def test_thinking_can_be_ended_anywhere(tags: Tags, opening: str, written: str, closing: str) -> None:
    one = splitter(tags, Start.FREE)
    list(one.feed(opening))
    assert one.thinking
    list(one.feed(written))
    assert one.closing == closing
    list(one.feed(one.closing))
    assert not one.thinking
    assert split([opening + written + closing + "Yes."], tags) == ("so", "Yes.")


@pytest.mark.parametrize(
    ("template", "tags"),
    [
        ("{{ '<think>' }}", THINK),
        ("{{ content.split('</think>')[-1] }}", THINK),
        ("<think> <answer> </answer>", ANSWERED),
        ("between <response></response>, <think>", Tags("<think>", "</think>", "<response>", "</response>")),
        ("<|channel|>analysis", HARMONY),
        ("<|channel>thought", CHANNEL),
        ("[THINK]", BRACKETS),
        ("<|user|><|end|>", None),
    ],
)
def test_the_format_is_read_off_a_template(template: str, tags: Tags | None) -> None:
    assert tags_in(template) == tags


def test_a_prompt_may_end_inside_a_thinking_block_or_past_it() -> None:
    assert start_of("<|im_start|>assistant\n<think>\n", THINK) is Start.INSIDE
    assert start_of("<|im_start|>assistant\n<think>\n\n</think>\n\n", THINK) is Start.PAST
    assert start_of("<|im_start|>assistant\n", THINK) is Start.FREE
