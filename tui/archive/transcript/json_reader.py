"""Reading of a JSON transcript, and the check of its digests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from tui.archive.errors import TranscriptError
from tui.archive.transcript.digests import Part, edited_parts, has_digests
from tui.archive.transcript.schema import (
    FORMAT,
    AnswerDocument,
    ConversationDocument,
    ExchangeDocument,
    JudgmentDocument,
    ModelDocument,
    ValueDocument,
)
from tui.chat.conversation import Answer, Conversation, Exchange, ModelInfo, Question, Setup, Side, Usage
from tui.chat.judgment import Judgment
from tui.chat.sampling import NAMES, Choice, Sampling


@dataclass(frozen=True, slots=True)
class SavedTranscript:
    """A conversation that was saved, and the parts of it that were edited since, as their digests show.

    Without digests, nothing is known about edits.
    """

    conversation: Conversation
    edited: tuple[Part, ...]
    has_digests: bool


def from_json(text: str) -> Conversation:
    """Return the conversation that `to_json` wrote; raise TranscriptError if `text` is something else."""
    return read_json(text).conversation


def read_json(text: str) -> SavedTranscript:
    """Return the conversation that `to_json` wrote and what was edited in it since; raise TranscriptError."""
    try:
        content = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise TranscriptError(f"This is not JSON ({error}). Name a transcript that duochat saved as .json.") from error
    version = content.get("duochat") if isinstance(content, dict) else None
    if not isinstance(version, int):
        raise TranscriptError("This is JSON, but no duochat transcript. Name one that duochat saved as .json.")
    if version > FORMAT:
        raise TranscriptError(f"A newer duochat wrote this transcript (format {version}). Update duochat to read it.")
    try:
        document = msgspec.convert(content, ConversationDocument)
        conversation = _conversation(document)
    except msgspec.ValidationError as error:
        raise TranscriptError(f"This transcript is not whole ({error}). Export the conversation again.") from error
    return SavedTranscript(conversation, edited_parts(content), has_digests(content))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; raise ValueError if a name occurs in it twice, since a digest covers only the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} occurs twice in one object")
    return found


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _conversation(document: ConversationDocument) -> Conversation:
    models = {Side.LEFT: document.models.left, Side.RIGHT: document.models.right}
    return Conversation(
        id=document.conversation,
        started_at=document.started_at,
        models={side: _model(model) for side, model in models.items() if model is not None},
        exchanges=tuple(_exchange(exchange) for exchange in document.exchanges),
    )


def _exchange(document: ExchangeDocument) -> Exchange:
    answers = {Side.LEFT: document.left, Side.RIGHT: document.right}
    earlier = {Side.LEFT: document.earlier.left, Side.RIGHT: document.earlier.right}
    question = document.question
    return Exchange(
        Question(question.text, question.asked_at, question.sides, question.swapped),
        {side: _answer(answer) for side, answer in answers.items() if answer is not None},
        {side: tuple(map(_answer, attempts)) for side, attempts in earlier.items() if attempts},
        None if document.judgment is None else _judgment(document.judgment),
    )


def _judgment(document: JudgmentDocument) -> Judgment:
    return Judgment(
        verdict=document.verdict,
        at=document.at,
        blind=document.blind,
        masked=document.masked,
        note=document.note,
        tags=document.tags,
    )


def _model(document: ModelDocument) -> ModelInfo:
    known = {name: getattr(document, name) for name in ModelDocument.__struct_fields__}
    return ModelInfo(**{name: value for name, value in known.items() if value is not None})


def _answer(document: AnswerDocument) -> Answer:
    return Answer(
        model=_model(document),
        setup=Setup(
            sampling=_sampling(document.sampling),
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
        usage=_usage(document),
    )


def _sampling(values: Mapping[str, ValueDocument]) -> Sampling:
    missing = [name for name in NAMES if name not in values]
    if missing:
        raise msgspec.ValidationError(f"Sampling lacks `{missing[0]}`")
    return Sampling(**{name: Choice(values[name].value, values[name].source) for name in NAMES})


def _usage(document: AnswerDocument) -> Usage | None:
    """Return the usage, or None unless all of its counts are there."""
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
