"""Values as columns of the archive: text as exact bytes, and the parts of an answer as JSON.

Python's text may hold what UTF-8 cannot: a lone surrogate, from a file name or an argument that was not valid. It is
kept as the three bytes that UTF-8 would give it, and comes back the same. NUL and all other controls stay as they are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from tui.chat.conversation import Answer, FinishReason, ModelInfo, Setup, Side, Usage
from tui.chat.judgment import Judgment, Verdict
from tui.chat.sampling import WHOLE, Choice

Row = tuple[str, str, str, str, str | None, str | None, str | None, str | None, str | None]
"""An answer as it is read: side, seat, setup, text, thinking, finish_reason, error, usage, tokens."""

Columns = dict[str, str | bytes | int | None]


def encode_text(text: str) -> bytes:
    """Return the bytes of `text`; a statement casts them to TEXT, because sqlite3 binds only valid UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(raw: bytes) -> str:
    """Return the text of which `encode_text` made `raw`; bytes of no text (a damaged page) become U+FFFD."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


def encode_time(time: datetime) -> str:
    """Return `time` in ISO 8601 and UTC, to the microsecond."""
    return time.astimezone(UTC).isoformat()


def encode_json(value: object) -> bytes:
    """Return `value` (a dataclass, or a container of them) as JSON."""
    return encode_text(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def decode_json(text: str) -> Any:
    """Return the builtins of a JSON column, which msgspec has yet to check."""
    return json.loads(text)


def decode_models(text: str) -> dict[Side, ModelInfo]:
    """Return the models of a conversation."""
    return msgspec.convert(decode_json(text), dict[Side, ModelInfo])


def answer_columns(answer: Answer) -> Columns:
    """Return an answer's columns by name."""
    return {
        "seat": encode_json(answer.model),
        "setup": encode_json(answer.setup),
        "text": encode_text(answer.text),
        "thinking": None if answer.thinking is None else encode_text(answer.thinking),
        "finish_reason": answer.finish_reason,
        "error": None if answer.error is None else encode_text(answer.error),
        "usage": None if answer.usage is None else encode_json(answer.usage),
        "tokens": encode_json(answer.tokens) if answer.tokens else None,
    }


def decode_answers(rows: Sequence[Row]) -> Mapping[Side, tuple[Answer, ...]]:
    """Return the answers in `rows` by side, in their order."""
    found: dict[Side, tuple[Answer, ...]] = {}
    for row in rows:
        found[Side(row[0])] = (*found.get(Side(row[0]), ()), _decode_answer(row))
    return found


def judgment_columns(judgment: Judgment) -> Columns:
    """Return a judgment's columns by name."""
    return {
        "verdict": judgment.verdict,
        "at": encode_time(judgment.at),
        "blind": judgment.blind,
        "masked": judgment.masked,
        "note": encode_text(judgment.note),
        "tags": encode_json(judgment.tags),
    }


def decode_judgment(row: tuple[str, str, int, int, str, str]) -> Judgment:
    """Return a judgment of its columns verdict, at, blind, masked, note and tags."""
    verdict, at, blind, masked, note, tags = row
    return Judgment(
        verdict=Verdict(verdict),
        at=datetime.fromisoformat(at),
        blind=bool(blind),
        masked=bool(masked),
        note=note,
        # Most have none, and a leaderboard reads thousands.
        tags=() if tags == "[]" else msgspec.convert(decode_json(tags), tuple[str, ...]),
    )


def _decode_answer(row: Row) -> Answer:
    _, model, setup, text, thinking, finish_reason, error, usage, tokens = row
    return Answer(
        model=msgspec.convert(decode_json(model), ModelInfo),
        setup=_decode_setup(setup),
        text=text,
        thinking=thinking,
        finish_reason=None if finish_reason is None else FinishReason(finish_reason),
        error=error,
        usage=None if usage is None else msgspec.convert(decode_json(usage), Usage),
        tokens=() if tokens is None else msgspec.convert(decode_json(tokens), tuple[int, ...]),
    )


def _decode_setup(text: str) -> Setup:
    """Return the setup with whole numbers whole again: msgspec converts them to `float`."""
    setup = msgspec.convert(decode_json(text), Setup)
    choices = setup.sampling.choices()
    whole = {name: Choice(int(choices[name].value), choices[name].source) for name in WHOLE}
    return replace(setup, sampling=replace(setup.sampling, **whole))
