"""Owns the digests in a transcript, by which it tells what was edited in it since it was saved.

Each answer's covers its question, its conditions, its text and what came before; a judgment's that judgment; an
exchange's its question, and which answers and judgment it has; the document's all else, and which exchanges there are.
They are made of the JSON as it stands, so that a later duochat, which knows more of it, finds them right too. A digest
shows that something was edited, not who did it: whoever edits can seal again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from typing import Any

from tui.chat.conversation import Side


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands: its exchange and its attempt count from 1; `attempts` is how many there are."""

    exchange: int
    side: Side
    attempt: int
    attempts: int


@dataclass(frozen=True, slots=True)
class JudgmentSeal:
    """What was said of the answers in an exchange, which counts from 1."""

    exchange: int


@dataclass(frozen=True, slots=True)
class ExchangeSeal:
    """An exchange's question, and which answers and judgment it has."""

    exchange: int


@dataclass(frozen=True, slots=True)
class DocumentSeal:
    """The document's head, and which exchanges it has."""


Sealed = Place | JudgmentSeal | ExchangeSeal | DocumentSeal


class Extent(Enum):
    """How much of a transcript has digests: duochat once wrote none, and then those of answers alone."""

    NOTHING = auto()
    ANSWERS = auto()
    WHOLE = auto()


def seal(document: dict[str, Any]) -> None:
    """Writes all digests into a transcript's JSON."""
    for _, part, content in _parts(document):
        part["digest"] = _digest(content)


def extent_of(document: Mapping[str, Any]) -> Extent:
    """How much of a transcript's JSON was sealed when it was saved."""
    if any("digest" in part for part in (document, *document["exchanges"])):
        return Extent.WHOLE
    sealed = any(answer.get("digest") is not None for _, _, answer in _answers(document))
    return Extent.ANSWERS if sealed else Extent.NOTHING


def broken_seals(document: dict[str, Any]) -> tuple[Sealed, ...]:
    """Where the digests do not fit what stands there; a part that should have one and has none counts as edited."""
    parts = _parts(document, extent_of(document))
    return tuple(place for place, part, content in parts if part.get("digest") != _digest(content))


def _parts(
    document: dict[str, Any], extent: Extent = Extent.WHOLE
) -> Iterator[tuple[Sealed, dict[str, Any], list[object]]]:
    """Everything that is sealed, with what its digest covers: a part that has one of its own stands in by that.

    Each digest may be written as soon as its part is there: those that come after cover it.
    """
    if extent is Extent.NOTHING:
        return
    last = {side: side.value for side in Side}  # the side, so that the two cannot be exchanged
    for place, question, answer in _answers(document):
        yield place, answer, [last[place.side], question, _bare(answer)]
        last[place.side] = answer.get("digest") or ""
    if extent is Extent.ANSWERS:
        return
    for number, exchange in enumerate(document["exchanges"], 1):
        judgment = exchange.get("judgment")
        if judgment is not None:
            yield JudgmentSeal(number), judgment, [_bare(judgment)]
        yield ExchangeSeal(number), exchange, [_outline(exchange)]
    exchanges = [exchange.get("digest") for exchange in document["exchanges"]]
    yield DocumentSeal(), document, [{**_bare(document), "exchanges": exchanges}]


def _answers(document: Mapping[str, Any]) -> Iterator[tuple[Place, Any, dict[str, Any]]]:
    """Every answer with its place and its question; each side's in the order in which they were given."""
    for number, exchange in enumerate(document["exchanges"], 1):
        for side in Side:
            attempts = [*exchange.get("earlier", {}).get(side, ()), *filter(None, [exchange[side]])]
            for attempt, answer in enumerate(attempts, 1):
                yield Place(number, side, attempt, len(attempts)), exchange["question"], answer


def _bare(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "digest"}


def _outline(exchange: Mapping[str, Any]) -> dict[str, Any]:
    """An exchange with digests in place of its answers and its judgment."""
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
    """SHA-256 in hex over the content as JSON with sorted names."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
