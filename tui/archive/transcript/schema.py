"""The shape of the JSON transcript; its names are a promise to scripts, and null stands for what is not known."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from tui.chat.conversation import FinishReason, Side, Weights
from tui.chat.judgment import Verdict
from tui.chat.reasoning import Tags
from tui.chat.sampling import Source

FORMAT = 1
"""The value of `duochat` at the head of a document; raised when an older reader would misread it."""

NULL_IF_EMPTY = ("maker", "country", "license", "quant", "engine", "context", "template_sha256", "machine", "session")
"""Facts of a model that are "" or 0 in a conversation, and null in a document, while they are not known."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class ValueDocument(msgspec.Struct, frozen=True):
    """A sampling value and where it came from."""

    value: int | float
    source: Source = msgspec.field(name="from")


class ModelDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The model of one side, with the fields of `ModelInfo`."""

    model: str
    name: str
    maker: str | None = None
    country: str | None = None
    license: str | None = None
    quant: str | None = None
    weights: Weights
    engine: str | None = None
    context: int | None = None
    template_sha256: str | None = None
    machine: str | None = None
    takes_system: bool = True
    session: str | None = None
    safe_mode: bool | None = None
    extra_buffers: bool | None = None


class AnswerDocument(ModelDocument, frozen=True, kw_only=True):
    """One side's answer: its model, its text, its figures and its conditions.

    `ttft_ms` ends at the first token. `thinking_ms` goes from there to `answer_started_ms`, the first token after the
    thinking, and `answer_ms` from there on.
    """

    text: str
    tokens: tuple[int, ...] = ()
    thinking: str | None
    finish_reason: FinishReason | None
    error: str | None
    prompt_tokens: int | None = None
    reused_tokens: int | None = None
    completion_tokens: int | None = None
    dropped_turns: int | None = None
    started_ms: float | None = None
    ttft_ms: float | None = None
    last_ms: float | None = None
    ended_ms: float | None = None
    thinking_ms: float | None = None
    answer_started_ms: float | None = None
    answer_ms: float | None = None
    thinking_tokens: int | None = None
    think_ignored: bool = False
    tokens_per_second: float | None = None
    threads: int | None = None
    timing: Literal["alone", "shared"] | None = None
    sampling: dict[str, ValueDocument]
    system: str | None
    think: bool | None
    think_switch: str
    tags: Tags | None
    max_tokens: int
    think_default: bool | None = None
    think_budget: int | None = None
    digest: str | None = None


class QuestionDocument(msgspec.Struct, frozen=True):
    """What was asked, when, and of which sides; `swapped` if each answer was shown on the other side."""

    text: str
    asked_at: Moment
    sides: tuple[Side, ...]
    swapped: bool = False


class EarlierDocument(msgspec.Struct, frozen=True):
    """Earlier attempts at answers that were regenerated, the first one first."""

    left: tuple[AnswerDocument, ...] = ()
    right: tuple[AnswerDocument, ...] = ()


class JudgmentDocument(msgspec.Struct, frozen=True):
    """The user's judgment of the two answers."""

    verdict: Verdict
    at: Moment
    blind: bool
    masked: bool
    note: str
    tags: tuple[str, ...]
    digest: str | None = None


class ExchangeDocument(msgspec.Struct, frozen=True):
    """A question and its answers; null for a side that was not asked."""

    question: QuestionDocument
    left: AnswerDocument | None
    right: AnswerDocument | None
    earlier: EarlierDocument = EarlierDocument()
    judgment: JudgmentDocument | None = None
    digest: str | None = None


class ModelsDocument(msgspec.Struct, frozen=True):
    """The models at the end of the conversation; null for a side without one."""

    left: ModelDocument | None
    right: ModelDocument | None


class ConversationDocument(msgspec.Struct, frozen=True):
    """A whole transcript; `duochat` is the number of its format."""

    duochat: int
    conversation: int | None
    started_at: Moment
    models: ModelsDocument = msgspec.field(name="seats")
    exchanges: tuple[ExchangeDocument, ...]
    digest: str | None = None
