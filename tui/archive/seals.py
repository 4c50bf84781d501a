"""Owns the digests in a transcript: each answer's covers its question, its conditions, its text and what came before.

They are made of the JSON as it stands, so that a later duochat, which knows more of it, finds them right too. A digest
shows that something was edited, not who did it: whoever edits can seal again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


def seal(document: Mapping[str, Any]) -> None:
    """Writes its digest into each answer of a transcript's JSON."""
    last = _beginnings()
    for place, question, answer in _answers(document):
        answer["digest"] = last[place.side] = _digest(question, answer, last[place.side])


def is_sealed(document: Mapping[str, Any]) -> bool:
    """Whether any answer has a digest; duochat once wrote none."""
    return any(answer.get("digest") is not None for _, _, answer in _answers(document))


def broken_seals(document: Mapping[str, Any]) -> tuple[Place, ...]:
    """Where the digests do not fit what stands there; an answer without a digest counts as edited."""
    return tuple(_broken(document))


def _broken(document: Mapping[str, Any]) -> Iterator[Place]:
    last = _beginnings()
    for place, question, answer in _answers(document):
        if answer.get("digest") != _digest(question, answer, last[place.side]):
            yield place
        last[place.side] = answer.get("digest") or ""


def _beginnings() -> dict[Side, str]:
    """What stands for the digest before the first; the side, so that the two cannot be exchanged."""
    return {side: side.value for side in Side}


def _answers(document: Mapping[str, Any]) -> Iterator[tuple[Place, Any, dict[str, Any]]]:
    """Every answer with its place and its question; each side's in the order in which they were given."""
    for number, exchange in enumerate(document["exchanges"], 1):
        for side in Side:
            attempts = [*exchange.get("earlier", {}).get(side, ()), *filter(None, [exchange[side]])]
            for attempt, answer in enumerate(attempts, 1):
                yield Place(number, side, attempt, len(attempts)), exchange["question"], answer


def _digest(question: object, answer: Mapping[str, Any], before: str) -> str:
    """SHA-256 in hex over the question, the answer and the digest before it, as JSON with sorted names."""
    content = [before, question, {name: value for name, value in answer.items() if name != "digest"}]
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
