"""Edits of a transcript that its digests show."""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.archive import sample
from tui.archive.errors import TranscriptError
from tui.archive.transcript.digests import AnswerPart, DocumentPart, ExchangePart, JudgmentPart, Part, add_digests
from tui.archive.transcript.json_reader import read_json
from tui.archive.transcript.json_writer import to_json
from tui.chat.conversation import Conversation, Side
from tui.chat.judgment import Judgment, Verdict

JUDGMENT = Judgment(verdict=Verdict.LEFT, at=sample.WHEN, blind=True, note="shorter", tags=("fact",))


def saved() -> dict[str, Any]:
    """Return a transcript of two questions: the first asked again on the right, the second judged."""
    first, second = sample.rivers().exchanges[0], sample.rivers().exchanges[0]
    again = first.again({Side.RIGHT: first.answers[Side.RIGHT]})
    document: dict[str, Any] = json.loads(to_json(sample.conversation(again, replace(second, judgment=JUDGMENT))))
    return document


def edited(document: object) -> list[str]:
    """Return the edited parts of a transcript as short names."""
    return list(map(short, read_json(json.dumps(document)).edited))


def short(part: Part) -> str:
    match part:
        case AnswerPart():
            return f"{part.exchange} {part.side} {part.attempt}"
        case JudgmentPart():
            return f"judgment {part.exchange}"
        case ExchangePart():
            return f"question {part.exchange}"
        case DocumentPart():
            return "document"


def test_unedited_transcript_has_no_edits() -> None:
    assert edited(saved()) == []
    assert read_json(json.dumps(saved())).has_digests


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda it: it[0]["left"].update(text="Rhine"), ["1 left 1"]),
        (lambda it: it[0]["earlier"]["right"][0].update(text="Rhine"), ["1 right 1"]),
        (lambda it: it[1]["right"].update(tokens=[7]), ["2 right 1"]),
        (lambda it: it[1]["right"]["sampling"]["seed"].update(value=8), ["2 right 1"]),
        (lambda it: it[1]["right"].update(threads=9, digest=None), ["2 right 1", "question 2"]),
        (lambda it: it[1]["left"].update(added=1), ["2 left 1"]),
        (lambda it: it[0]["question"].update(text="?"), ["1 left 1", "1 right 1", "1 right 2", "question 1"]),
        (lambda it: it[1]["judgment"].update(verdict="right"), ["judgment 2"]),
        (lambda it: it[1]["judgment"].update(note=""), ["judgment 2"]),
        (lambda it: it[1].update(judgment=None), ["question 2"]),
        (lambda it: it[0].update(judgment=it[1]["judgment"]), ["question 1"]),
        (lambda it: it[1].update(right=None), ["question 2"]),
        (lambda it: it[0].update(added=1), ["question 1"]),
        (lambda it: it.pop(0), ["1 left 1", "1 right 1", "document"]),
        (lambda it: it.pop(), ["document"]),
    ],
    ids=[
        "text",
        "earlier",
        "tokens",
        "seed",
        "digest",
        "more of an answer",
        "question",
        "verdict",
        "note",
        "judgment taken out",
        "judgment put in",
        "answer cut off",
        "more of a question",
        "first question gone",
        "last question cut off",
    ],
)
def test_edit_of_an_exchange_is_found_where_it_was_made(change: Callable[[Any], None], parts: list[str]) -> None:
    document = saved()
    change(document["exchanges"])
    assert edited(document) == parts


def test_removed_first_attempt_is_found() -> None:
    document = saved()
    document["exchanges"][0]["earlier"]["right"].clear()
    assert edited(document) == ["1 right 1", "question 1"]


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["seats"]["left"].update(quant="Q8_0"),
        lambda it: it["seats"].update(right=None),
        lambda it: it.update(started_at="2020-01-01T00:00:00Z"),
        lambda it: it.update(conversation=7),
        lambda it: it.update(added=1),
        lambda it: it.update(digest=None),
        lambda it: it.pop("digest"),
    ],
    ids=["quant", "seat", "beginning", "number", "more", "no digest", "digest gone"],
)
def test_edit_of_the_head_is_found(change: Callable[[Any], None]) -> None:
    document = saved()
    change(document)
    assert edited(document) == ["document"]


def test_exchanged_answers_are_found() -> None:
    document = saved()
    exchange = document["exchanges"][1]
    exchange["left"], exchange["right"] = exchange["right"], exchange["left"]
    assert edited(document) == ["2 left 1", "2 right 1", "question 2"]


def test_unknown_fields_of_a_later_duochat_are_not_edits() -> None:
    document = saved()
    for part in (document, *document["exchanges"], document["exchanges"][1]["judgment"], document["seats"]["left"]):
        part["later"] = [{"known": 1}]
    document["exchanges"][0]["left"]["later"] = document["exchanges"][0]["earlier"]["later"] = None
    add_digests(document)
    assert edited(document) == []


def test_digest_algorithm_is_stable() -> None:
    exchange = {"left": {"text": "é"}, "right": None, "earlier": {"left": [{"text": "1"}]}, "judgment": {"note": ""}}
    document: dict[str, Any] = {"duochat": 1, "exchanges": [{"question": {"text": "Q"}, **exchange}]}
    add_digests(document)
    assert document["digest"] == "c1c91ca26126f40a17b31cffd70e7713eedbd18428cfdade29066e315ac4809c"  # covers the others


def without_digests(part: Any) -> Any:
    """Return a part of a transcript without any digest in it."""
    match part:
        case dict():
            return {name: without_digests(value) for name, value in part.items() if name != "digest"}
        case list():
            return [without_digests(value) for value in part]
        case _:
            return part


def test_transcript_without_digests_is_not_called_edited() -> None:
    found = read_json(json.dumps(without_digests(saved())))
    assert (found.edited, found.has_digests) == ((), False)


def test_missing_digest_counts_as_edit() -> None:
    document = saved()
    for part in (document, *document["exchanges"], document["exchanges"][1]["judgment"]):
        del part["digest"]
    assert edited(document) == ["question 1", "judgment 2", "question 2", "document"]
    assert read_json(json.dumps(document)).has_digests


Keys = tuple[str | int, ...]


def paths(value: object, keys: Keys = ()) -> Iterator[Keys]:
    """Yield the keys that lead to each value inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*keys, key)
        yield from paths(each, (*keys, key))


def inside(value: Any, keys: Sequence[str | int]) -> Any:
    """Return the value that `keys` lead to."""
    for key in keys:
        value = value[key]
    return value


def is_noticed(document: object) -> bool:
    """Return whether a transcript is refused or called edited."""
    try:
        return bool(edited(document))
    except TranscriptError:
        return True


LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | sample.TEXT


@given(sample.CONVERSATIONS, st.data())
def test_every_changed_or_removed_value_is_found(conversation: Conversation, data: st.DataObject) -> None:
    assume(conversation.exchanges)  # without any, only the digest itself shows that there was one
    document = json.loads(to_json(conversation))
    assert not is_noticed(document)
    *keys, last = data.draw(st.sampled_from(list(paths(document))))
    changed = deepcopy(document)
    holder = inside(changed, keys)
    before = holder[last]
    if isinstance(before, dict | list) or data.draw(st.booleans()):
        del holder[last]
    else:
        holder[last] = data.draw(LEAVES)
        assume(json.dumps(holder[last]) != json.dumps(before))
    assert is_noticed(changed)
