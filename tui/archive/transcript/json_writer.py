"""The JSON transcript of a conversation: a document that can be read again, to the character, and replayed.

A lone surrogate (text that UTF-8 cannot hold) is written as its JSON escape. If the two halves of a pair stand next to
each other as separate characters, they come back as the one character that they stand for.
"""

import json
import re
from datetime import UTC
from typing import Any

import msgspec

from tui.archive.transcript.digests import add_digests
from tui.archive.transcript.schema import (
    FORMAT,
    NULL_IF_EMPTY,
    AnswerDocument,
    ConversationDocument,
    EarlierDocument,
    ExchangeDocument,
    JudgmentDocument,
    ModelDocument,
    ModelsDocument,
    QuestionDocument,
    ValueDocument,
)
from tui.chat.conversation import Answer, Conversation, Exchange, ModelInfo, Side, Usage
from tui.chat.judgment import Judgment


def answer_document(answer: Answer) -> dict[str, Any]:
    """Return one side's answer as `ask --json` and a transcript hold it; null stands for what is not known."""
    document: dict[str, Any] = msgspec.to_builtins(_answer(answer))
    return document


def to_json(conversation: Conversation) -> str:
    """Return the transcript of `conversation`, indented, ending in a line feed; it always encodes to UTF-8."""
    document = ConversationDocument(
        duochat=FORMAT,
        conversation=conversation.id,
        started_at=conversation.started_at.astimezone(UTC),
        models=ModelsDocument(*(_model_or_none(conversation.models.get(side)) for side in Side)),
        exchanges=tuple(_exchange(exchange) for exchange in conversation.exchanges),
    )
    content = msgspec.to_builtins(document)
    add_digests(content)
    return _encodable(json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


def _encodable(text: str) -> str:
    """Return `text` (JSON) with its lone surrogates, which only occur inside strings, as escapes."""
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _model_or_none(model: ModelInfo | None) -> ModelDocument | None:
    return None if model is None else ModelDocument(**_model_fields(model))


def _model_fields(model: ModelInfo) -> dict[str, Any]:
    known = {name: getattr(model, name) for name in ModelDocument.__struct_fields__}
    return known | {name: known[name] or None for name in NULL_IF_EMPTY}


def _answer(answer: Answer) -> AnswerDocument:
    setup = answer.setup
    return AnswerDocument(
        **_model_fields(answer.model),
        **_usage_fields(answer.usage),
        text=answer.text,
        tokens=answer.tokens,
        thinking=answer.thinking,
        finish_reason=answer.finish_reason,
        error=answer.error,
        sampling={
            name: ValueDocument(choice.value, choice.source) for name, choice in setup.sampling.choices().items()
        },
        system=setup.system,
        think=setup.think,
        think_switch=setup.think_switch,
        tags=setup.tags,
        think_default=setup.think_default,
        think_budget=setup.think_budget,
        max_tokens=setup.max_tokens,
    )


def _usage_fields(usage: Usage | None) -> dict[str, Any]:
    if usage is None:
        return {}
    return {
        "prompt_tokens": usage.prompt_tokens,
        "reused_tokens": usage.reused_tokens,
        "completion_tokens": usage.completion_tokens,
        "dropped_turns": usage.dropped_turns,
        "started_ms": usage.started_ms,
        "ttft_ms": usage.first_ms,
        "last_ms": usage.last_ms,
        "ended_ms": usage.ended_ms,
        "thinking_ms": usage.thinking_ms,
        "answer_started_ms": usage.answer_started_ms,
        "answer_ms": usage.answer_ms,
        "thinking_tokens": usage.thinking_tokens,
        "think_ignored": usage.think_ignored,
        "tokens_per_second": round(usage.tokens_per_second, 2),
        "threads": usage.threads,
        "timing": "shared" if usage.shared else "alone",
    }


def _exchange(exchange: Exchange) -> ExchangeDocument:
    question = exchange.question
    left, right = (None if answer is None else _answer(answer) for answer in map(exchange.answers.get, Side))
    return ExchangeDocument(
        QuestionDocument(question.text, question.asked_at.astimezone(UTC), question.sides, question.swapped),
        left,
        right,
        EarlierDocument(*(tuple(map(_answer, exchange.earlier.get(side, ()))) for side in Side)),
        None if exchange.judgment is None else _judgment(exchange.judgment),
    )


def _judgment(judgment: Judgment) -> JudgmentDocument:
    return JudgmentDocument(
        judgment.verdict,
        judgment.at.astimezone(UTC),
        judgment.blind,
        judgment.masked,
        judgment.note,
        judgment.tags,
    )
