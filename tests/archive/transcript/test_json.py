"""The JSON transcript: what is written comes back to the character; everything else is refused in one sentence."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given

from tests.archive import sample
from tui.archive.errors import TranscriptError
from tui.archive.transcript.json_reader import from_json
from tui.archive.transcript.json_writer import answer_document, to_json
from tui.chat.conversation import Answer, Conversation, Side


def paired(value: Any) -> Any:
    """Return `value` with each pair of surrogates as the character that it stands for, as JSON does."""
    if isinstance(value, str) and type(value) is str:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if isinstance(value, dict):
        return {paired(key): paired(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple(paired(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{each.name: paired(getattr(value, each.name)) for each in fields(value)})
    return value


@given(sample.CONVERSATIONS)
def test_conversation_comes_back_exactly(conversation: Conversation) -> None:
    written = to_json(conversation).encode("utf-8").decode("utf-8")
    assert from_json(written) == paired(conversation)


@given(sample.ANSWERS)
def test_integers_stay_integers_and_floats_stay_floats(answer: Answer) -> None:
    sampling = json.loads(json.dumps(answer_document(answer)))["sampling"]
    assert all(isinstance(sampling[name]["value"], int) for name in ("seed", "top_k"))
    assert all(isinstance(sampling[name]["value"], float) for name in ("temperature", "top_p", "min_p"))


def test_answer_has_the_promised_shape() -> None:
    document = answer_document(sample.answered(Side.LEFT, "Nile", "hm"))
    assert document | {"sampling": None} == {
        "model": "qwen-small",
        "name": "Qwen Small",
        "maker": "Alibaba",
        "country": "China",
        "license": "Apache-2.0",
        "quant": "Q4_K_M",
        "weights": {
            "repo": "owner/qwen_small-GGUF",
            "file": "qwen_small-q4_k_m.gguf",
            "size": 491_400_064,
            "sha256": "1d96" * 16,
        },
        "engine": "llama-cpp-python 0.3.36",
        "context": 4096,
        "template_sha256": "ab" * 32,
        "machine": None,
        "takes_system": True,
        "session": None,
        "safe_mode": None,
        "extra_buffers": None,
        "tokens": (),
        "text": "Nile",
        "thinking": "hm",
        "finish_reason": "stop",
        "error": None,
        "prompt_tokens": 30,
        "reused_tokens": 12,
        "completion_tokens": 120,
        "dropped_turns": 0,
        "started_ms": 1.5,
        "ttft_ms": 400.0,
        "last_ms": 2300.0,
        "ended_ms": 2400.25,
        "thinking_ms": 900.0,
        "answer_started_ms": 1300.0,
        "answer_ms": 1000.0,
        "thinking_tokens": 40,
        "think_ignored": False,
        "tokens_per_second": 62.63,
        "threads": 1,
        "timing": "shared",
        "sampling": None,
        "system": None,
        "think": None,
        "think_switch": "enable_thinking",
        "tags": None,
        "max_tokens": 1024,
        "think_default": None,
        "think_budget": None,
        "digest": None,
    }
    assert document["sampling"]["seed"] == {"value": 7, "from": "default"}
    assert document["sampling"]["temperature"] == {"value": 0.2, "from": "user"}
    assert document["sampling"]["top_k"] == {"value": 20, "from": "gguf"}


def test_unknown_facts_are_null() -> None:
    document = answer_document(sample.partial_answers()[Side.RIGHT])
    unknown = {"maker", "engine", "context", "template_sha256", "prompt_tokens", "ttft_ms", "timing", "finish_reason"}
    assert {document[name] for name in unknown} == {None}


def test_head_names_format_and_time() -> None:
    document = json.loads(to_json(sample.rivers()))
    assert document["duochat"] == 1
    assert document["started_at"] == "2026-03-14T09:26:53.589793Z"
    assert document["exchanges"][0]["question"] == {
        "text": "Name three rivers.",
        "asked_at": "2026-03-14T09:26:53.589793Z",
        "sides": ["left", "right"],
        "swapped": False,
    }


def test_chinese_is_not_escaped() -> None:
    assert "黄河" in to_json(sample.rivers())


def without(key: str) -> str:
    document = json.loads(to_json(sample.rivers()))
    del document["exchanges"][0]["left"]["sampling"][key]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "no duochat transcript"),
        ('{"title": "x"}', "no duochat transcript"),
        ('{"duochat": 2}', "newer duochat"),
        ('{"duochat": 1}', "not whole"),
        (to_json(sample.rivers()).replace('"left"', '"lefT"', 1), "not whole"),
        (to_json(sample.rivers()).replace("53.589793Z", "53", 1), "not whole"),
        (without("top_p"), "top_p"),
        (to_json(sample.rivers()).replace('"text":', '"text": "other", "text":', 1), "'text' occurs twice"),
        (to_json(sample.rivers()).replace('"value": 0.2', '"value": NaN', 1), "NaN"),
    ],
    ids=[
        "empty",
        "half",
        "deep",
        "list",
        "other",
        "newer",
        "no body",
        "misspelt",
        "no zone",
        "no top_p",
        "twice",
        "no number",
    ],
)
def test_other_content_is_refused_in_one_sentence(text: str, word: str) -> None:
    with pytest.raises(TranscriptError, match=word) as caught:
        from_json(text)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
