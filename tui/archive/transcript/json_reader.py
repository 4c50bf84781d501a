"""Owns the JSON transcript: a conversation as a document that can be read again, to the character, and replayed.

A lone surrogate (text that UTF-8 cannot hold) is written as its JSON escape; should the two halves of a pair ever stand
next to each other as separate characters, they come back as the one character that they stand for.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, NoReturn

import msgspec

from tui.archive.errors import TranscriptError
from tui.archive.transcript.digests import Extent, Sealed, broken_seals, extent_of, seal
from tui.archive.transcript.schema import (
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
from tui.chat.conversation import Answer, Conversation, Exchange, ModelInfo, Question, Setup, Side, Usage
from tui.chat.judgment import Judgment
from tui.chat.sampling import NAMES, Choice, Sampling

FORMAT = 1
"""What `duochat` at the head of a document counts: raised when an older reader would misread it."""


def answer_document(answer: Answer) -> dict[str, Any]:
    """One side's answer as `ask --json` and a transcript hold it; null stands for what is not known."""
    document: dict[str, Any] = msgspec.to_builtins(_answer_in(answer))
    return document


def to_json(conversation: Conversation) -> str:
    """The transcript of `conversation`, indented, ending in a line feed; encodes to UTF-8 whatever it holds."""
    document = ConversationDocument(
        duochat=FORMAT,
        conversation=conversation.id,
        started_at=conversation.started_at.astimezone(UTC),
        models=ModelsDocument(*(_seated(conversation.models.get(side)) for side in Side)),
        exchanges=tuple(_exchange_in(exchange) for exchange in conversation.exchanges),
    )
    content = msgspec.to_builtins(document)
    seal(content)
    return _encodable(json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation that was saved, and what in it has a digest that is not the one of what stands there now.

    What is not `sealed` may have been edited too: that cannot be told.
    """

    conversation: Conversation
    edited: tuple[Sealed, ...]
    sealed: Extent


def from_json(text: str) -> Conversation:
    """The conversation that `to_json` wrote; raises TranscriptError when `text` is something else."""
    return read_json(text).conversation


def read_json(text: str) -> Saved:
    """The same, and what was edited in it since."""
    try:
        content = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise TranscriptError(f"This is not JSON ({error}). Name a transcript that duochat saved as .json.") from error
    version = content.get("duochat") if isinstance(content, dict) else None
    if not isinstance(version, int):
        raise TranscriptError("This is JSON, but no duochat transcript. Name one that duochat saved as .json.")
    if version > FORMAT:
        raise TranscriptError(f"A newer duochat wrote this transcript (format {version}). Update duochat to read it.")
    try:
        document = msgspec.convert(content, ConversationDocument)
        conversation = _conversation_out(document)
    except msgspec.ValidationError as error:
        raise TranscriptError(f"This transcript is not whole ({error}). Export the conversation again.") from error
    return Saved(conversation, broken_seals(content), extent_of(content))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; ValueError where a name stands in it twice, since only one of both has a digest."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one place")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _encodable(text: str) -> str:
    """`text` (JSON) with its lone surrogates, which only occur inside strings, as escapes."""
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _seated(model: ModelInfo | None) -> ModelDocument | None:
    return None if model is None else ModelDocument(**_seat_in(model))


def _seat_in(model: ModelInfo) -> dict[str, Any]:
    return {
        "model": model.model,
        "name": model.name,
        "maker": model.maker or None,
        "country": model.country or None,
        "license": model.license or None,
        "quant": model.quant or None,
        "weights": model.weights,
        "engine": model.engine or None,
        "context": model.context or None,
        "template_sha256": model.template_sha256 or None,
        "machine": model.machine or None,
        "takes_system": model.takes_system,
        "session": model.session or None,
        "safe_mode": model.safe_mode,
        "extra_buffers": model.extra_buffers,
    }


def _answer_in(answer: Answer) -> AnswerDocument:
    setup = answer.setup
    return AnswerDocument(
        **_seat_in(answer.model),
        **_usage_in(answer.usage),
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


def _usage_in(usage: Usage | None) -> dict[str, Any]:
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


def _exchange_in(exchange: Exchange) -> ExchangeDocument:
    question = exchange.question
    left, right = (None if answer is None else _answer_in(answer) for answer in map(exchange.answers.get, Side))
    return ExchangeDocument(
        QuestionDocument(question.text, question.asked_at.astimezone(UTC), question.sides, question.swapped),
        left,
        right,
        EarlierDocument(*(tuple(map(_answer_in, exchange.earlier.get(side, ()))) for side in Side)),
        None if exchange.judgment is None else _judgment_in(exchange.judgment),
    )


def _judgment_in(judgment: Judgment) -> JudgmentDocument:
    return JudgmentDocument(
        judgment.verdict,
        judgment.at.astimezone(UTC),
        judgment.blind,
        judgment.masked,
        judgment.note,
        judgment.tags,
    )


def _conversation_out(document: ConversationDocument) -> Conversation:
    models = {Side.LEFT: document.models.left, Side.RIGHT: document.models.right}
    return Conversation(
        id=document.conversation,
        started_at=document.started_at,
        models={side: _model_from(model) for side, model in models.items() if model is not None},
        exchanges=tuple(_exchange_out(exchange) for exchange in document.exchanges),
    )


def _exchange_out(document: ExchangeDocument) -> Exchange:
    answers = {Side.LEFT: document.left, Side.RIGHT: document.right}
    earlier = {Side.LEFT: document.earlier.left, Side.RIGHT: document.earlier.right}
    question = document.question
    return Exchange(
        Question(question.text, question.asked_at, question.sides, question.swapped),
        {side: _answer_out(answer) for side, answer in answers.items() if answer is not None},
        {side: tuple(map(_answer_out, attempts)) for side, attempts in earlier.items() if attempts},
        None if document.judgment is None else _judgment_out(document.judgment),
    )


def _judgment_out(document: JudgmentDocument) -> Judgment:
    return Judgment(
        verdict=document.verdict,
        at=document.at,
        blind=document.blind,
        masked=document.masked,
        note=document.note,
        tags=document.tags,
    )


def _model_from(document: ModelDocument) -> ModelInfo:
    return ModelInfo(
        model=document.model,
        name=document.name,
        maker=document.maker or "",
        country=document.country or "",
        license=document.license or "",
        quant=document.quant or "",
        weights=document.weights,
        engine=document.engine or "",
        context=document.context or 0,
        template_sha256=document.template_sha256 or "",
        machine=document.machine or "",
        takes_system=document.takes_system,
        session=document.session or "",
        safe_mode=document.safe_mode,
        extra_buffers=document.extra_buffers,
    )


def _answer_out(document: AnswerDocument) -> Answer:
    return Answer(
        model=_model_from(document),
        setup=Setup(
            sampling=_sampling_out(document.sampling),
            max_tokens=document.max_tokens,
            system=document.system,
            think=document.think,
            think_switch=document.think_switch,
            tags=document.tags,
            think_default=document.think_default,
            think_budget=document.think_budget,
        ),
        text=document.text,
        tokens=document.tokens,
        thinking=document.thinking,
        finish_reason=document.finish_reason,
        error=document.error,
        usage=_usage_out(document),
    )


def _sampling_out(values: Mapping[str, ValueDocument]) -> Sampling:
    missing = [name for name in NAMES if name not in values]
    if missing:
        raise msgspec.ValidationError(f"Sampling lacks `{missing[0]}`")
    return Sampling(**{name: Choice(values[name].value, values[name].source) for name in NAMES})


def _usage_out(document: AnswerDocument) -> Usage | None:
    """The usage, or None unless all of its counts are there."""
    counts = (document.prompt_tokens, document.reused_tokens, document.completion_tokens, document.threads)
    spans = (document.started_ms, document.ended_ms)
    match (*counts, *spans):
        case (int(prompt), int(reused), int(completion), int(threads), float(started), float(ended)):
            return Usage(
                prompt_tokens=prompt,
                reused_tokens=reused,
                completion_tokens=completion,
                started_ms=started,
                ended_ms=ended,
                threads=threads,
                first_ms=document.ttft_ms,
                last_ms=document.last_ms,
                thinking_ms=document.thinking_ms,
                thinking_tokens=document.thinking_tokens,
                think_ignored=document.think_ignored,
                dropped_turns=document.dropped_turns or 0,
                shared=document.timing == "shared",
            )
        case _:
            return None
