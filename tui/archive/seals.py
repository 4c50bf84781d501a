"""Owns the digests in a transcript: each answer's covers its question, its conditions, its text and what came before.

A digest shows that something was edited, not who did it: whoever edits can seal again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from tui.archive.documents import AnswerDocument, ConversationDocument, ExchangeDocument, QuestionDocument
from tui.chat.conversation import Side


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands: its exchange and its attempt count from 1; `attempts` is how many there are."""

    exchange: int
    side: Side
    attempt: int
    attempts: int


def sealed(document: ConversationDocument) -> ConversationDocument:
    """The same transcript, each answer with its digest."""
    last = dict.fromkeys(Side, "")
    exchanges = []
    for exchange in document.exchanges:
        answers = {}
        for side in Side:
            attempts = []
            for answer in _attempts(exchange, side):
                last[side] = _digest(exchange.question, answer, last[side])
                attempts.append(msgspec.structs.replace(answer, digest=last[side]))
            answers[side] = attempts
        exchanges.append(_with(exchange, answers[Side.LEFT], answers[Side.RIGHT]))
    return msgspec.structs.replace(document, exchanges=tuple(exchanges))


def broken_seals(document: ConversationDocument) -> tuple[Place, ...]:
    """Where the digests do not fit what stands there; an answer without a digest counts as edited."""
    return tuple(_broken(document))


def _broken(document: ConversationDocument) -> Iterator[Place]:
    last = dict.fromkeys(Side, "")
    for number, exchange in enumerate(document.exchanges, 1):
        for side in Side:
            attempts = _attempts(exchange, side)
            for attempt, answer in enumerate(attempts, 1):
                if answer.digest != _digest(exchange.question, answer, last[side]):
                    yield Place(number, side, attempt, len(attempts))
                last[side] = answer.digest or ""


def _attempts(exchange: ExchangeDocument, side: Side) -> tuple[AnswerDocument, ...]:
    earlier, answer = getattr(exchange.earlier, side), getattr(exchange, side)
    return earlier if answer is None else (*earlier, answer)


def _with(exchange: ExchangeDocument, left: list[AnswerDocument], right: list[AnswerDocument]) -> ExchangeDocument:
    earlier = msgspec.structs.replace(exchange.earlier, left=tuple(left[:-1]), right=tuple(right[:-1]))
    return msgspec.structs.replace(
        exchange, left=left[-1] if left else None, right=right[-1] if right else None, earlier=earlier
    )


def _digest(question: QuestionDocument, answer: AnswerDocument, before: str) -> str:
    """SHA-256 in hex over the question, the answer and the digest before it, as JSON with sorted names."""
    content = [
        before,
        msgspec.to_builtins(question),
        msgspec.to_builtins(msgspec.structs.replace(answer, digest=None)),
    ]
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
