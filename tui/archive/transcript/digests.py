"""The digests in a JSON transcript, which show what was edited after it was saved.

An answer's digest covers its question, its conditions, its text and what came before; a judgment's that judgment; an
exchange's its question, and which answers and judgment it has; the document's everything else, and which exchanges
there are. They are made of the JSON as it stands, so that a later duochat, which knows more of it, finds them right
too. A digest shows that something was edited, not who did it: an editor can add new digests.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tui.chat.conversation import Side


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """One answer; `exchange` and `attempt` count from 1, and `attempts` is how many there are."""

    exchange: int
    side: Side
    attempt: int
    attempts: int


@dataclass(frozen=True, slots=True)
class JudgmentPart:
    """The judgment of an exchange, which counts from 1."""

    exchange: int


@dataclass(frozen=True, slots=True)
class ExchangePart:
    """The question of an exchange, and which answers and judgment it has."""

    exchange: int


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """The document's head, and which exchanges it has."""


Part = AnswerPart | JudgmentPart | ExchangePart | DocumentPart


def add_digests(document: dict[str, Any]) -> None:
    """Write all digests into a transcript's JSON."""
    for _, holder, content in _parts(document):
        holder["digest"] = _digest(content)


def has_digests(document: dict[str, Any]) -> bool:
    """Return whether any part of a transcript's JSON has a digest."""
    return any(holder.get("digest") is not None for _, holder, _ in _parts(document))


def edited_parts(document: dict[str, Any]) -> tuple[Part, ...]:
    """Return the parts whose digest is wrong or missing; none if the document has no digest at all."""
    if not has_digests(document):
        return ()
    return tuple(part for part, holder, content in _parts(document) if holder.get("digest") != _digest(content))


def _parts(document: dict[str, Any]) -> Iterator[tuple[Part, dict[str, Any], list[object]]]:
    """Yield every part, the JSON object that holds its digest, and what the digest covers.

    Of a part inside it, a digest covers that part's digest. The digests may be written one by one: later ones cover
    earlier ones.
    """
    last = {side: side.value for side in Side}  # the side, so that the two cannot be exchanged
    for part, question, answer in _answers(document):
        yield part, answer, [last[part.side], question, _bare(answer)]
        last[part.side] = answer.get("digest") or ""
    for number, exchange in enumerate(document["exchanges"], 1):
        judgment = exchange.get("judgment")
        if judgment is not None:
            yield JudgmentPart(number), judgment, [_bare(judgment)]
        yield ExchangePart(number), exchange, [_outline(exchange)]
    exchanges = [exchange.get("digest") for exchange in document["exchanges"]]
    yield DocumentPart(), document, [{**_bare(document), "exchanges": exchanges}]


def _answers(document: Mapping[str, Any]) -> Iterator[tuple[AnswerPart, Any, dict[str, Any]]]:
    """Yield every answer with its question; each side's in the order in which they were given."""
    for number, exchange in enumerate(document["exchanges"], 1):
        for side in Side:
            attempts = [*exchange.get("earlier", {}).get(side, ()), *filter(None, [exchange[side]])]
            for attempt, answer in enumerate(attempts, 1):
                yield AnswerPart(number, side, attempt, len(attempts)), exchange["question"], answer


def _bare(holder: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in holder.items() if name != "digest"}


def _outline(exchange: Mapping[str, Any]) -> dict[str, Any]:
    """Return an exchange with digests in place of its answers and its judgment."""
    outline = _bare(exchange)
    for name in (*Side, "judgment"):
        if exchange.get(name) is not None:
            outline[name] = exchange[name].get("digest")
    if "earlier" in exchange:
        attempts = {side: exchange["earlier"][side] for side in Side if side in exchange["earlier"]}
        digests = {side: [answer.get("digest") for answer in answers] for side, answers in attempts.items()}
        outline["earlier"] = {**exchange["earlier"], **digests}
    return outline


def _digest(content: list[object]) -> str:
    """Return the SHA-256 in hex of the content as JSON with sorted names."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
