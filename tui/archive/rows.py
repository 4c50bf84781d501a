"""Owns how the archive writes values into columns: text as exact bytes, and an answer's parts as JSON.

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
"""side, seat, setup, text, thinking, finish_reason, error, usage, tokens: an answer as it is read."""

Columns = dict[str, str | bytes | int | None]


def text_in(text: str) -> bytes:
    """The bytes that stand for `text`; a statement casts them to TEXT, because sqlite3 binds only valid UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def text_out(raw: bytes) -> str:
    """The text that `text_in` took; bytes that no text gives (a damaged page) become U+FFFD."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


def time_in(time: datetime) -> str:
    """An ISO 8601 time in UTC, to the microsecond."""
    return time.astimezone(UTC).isoformat()


def json_in(value: object) -> bytes:
    """`value` (a dataclass, or a container of them) as JSON."""
    return text_in(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def json_out(text: str) -> Any:
    """The builtins in a JSON column, which msgspec has yet to check."""
    return json.loads(text)


def models_from(text: str) -> dict[Side, ModelInfo]:
    """The seats of a conversation."""
    return msgspec.convert(json_out(text), dict[Side, ModelInfo])


def answer_in(answer: Answer) -> Columns:
    """An answer's columns by name."""
    return {
        "seat": json_in(answer.model),
        "setup": json_in(answer.setup),
        "text": text_in(answer.text),
        "thinking": None if answer.thinking is None else text_in(answer.thinking),
        "finish_reason": answer.finish_reason,
        "error": None if answer.error is None else text_in(answer.error),
        "usage": None if answer.usage is None else json_in(answer.usage),
        "tokens": json_in(answer.tokens) if answer.tokens else None,
    }


def answers_out(rows: Sequence[Row]) -> Mapping[Side, tuple[Answer, ...]]:
    """The answers in `rows` by their side, in their order."""
    found: dict[Side, tuple[Answer, ...]] = {}
    for row in rows:
        found[Side(row[0])] = (*found.get(Side(row[0]), ()), _answer(row))
    return found


def judgment_out(row: tuple[str, str, int, int, str, str]) -> Judgment:
    """A judgment from its verdict, at, blind, masked, note and tags."""
    verdict, at, blind, masked, note, tags = row
    return Judgment(
        verdict=Verdict(verdict),
        at=datetime.fromisoformat(at),
        blind=bool(blind),
        masked=bool(masked),
        note=note,
        # Most have none, and a leaderboard reads thousands.
        tags=() if tags == "[]" else msgspec.convert(json_out(tags), tuple[str, ...]),
    )


def judgment_in(judgment: Judgment) -> Columns:
    """A judgment's columns by name."""
    return {
        "verdict": judgment.verdict,
        "at": time_in(judgment.at),
        "blind": judgment.blind,
        "masked": judgment.masked,
        "note": text_in(judgment.note),
        "tags": json_in(judgment.tags),
    }


def _answer(row: Row) -> Answer:
    _, model, setup, text, thinking, finish_reason, error, usage, tokens = row
    return Answer(
        model=msgspec.convert(json_out(model), ModelInfo),
        setup=_setup(setup),
        text=text,
        thinking=thinking,
        finish_reason=None if finish_reason is None else FinishReason(finish_reason),
        error=error,
        usage=None if usage is None else msgspec.convert(json_out(usage), Usage),
        tokens=() if tokens is None else msgspec.convert(json_out(tokens), tuple[int, ...]),
    )


def _setup(text: str) -> Setup:
    """The setup, its whole numbers whole again: a conversion to `float` has made floats of them."""
    setup = msgspec.convert(json_out(text), Setup)
    choices = setup.sampling.choices()
    whole = {name: Choice(int(choices[name].value), choices[name].source) for name in WHOLE}
    return replace(setup, sampling=replace(setup.sampling, **whole))
