"""The values of a comparison: sides, models, questions, answers, exchanges, and each side's own history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from tui.chat.judgment import Judgment
from tui.chat.reasoning import Tags
from tui.chat.sampling import Sampling


class Side(StrEnum):
    """One of the two models of a comparison: whose answer it is, wherever that is shown."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """Return the other side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class PaneSide(StrEnum):
    """One of the two panes on the screen. Whose answers it shows is a matter of the assignment."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "PaneSide":
        """Return the other pane."""
        return PaneSide.RIGHT if self is PaneSide.LEFT else PaneSide.LEFT


def pane_of(side: Side, *, swapped: bool) -> PaneSide:
    """Return the pane in which the answers of `side` are shown."""
    return PaneSide(side.other if swapped else side)


def side_of(pane: PaneSide, *, swapped: bool) -> Side:
    """Return the side whose answers are shown in `pane`."""
    return Side(pane.other if swapped else pane)


class Role(StrEnum):
    """The author of a message, in the chat template's words."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class FinishReason(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    """The model ended it."""
    LENGTH = "length"
    """It reached its token limit or the end of the context."""
    STOPPED = "stopped"
    """The user stopped it."""
    FAILED = "failed"
    """Its engine failed; what was written stays."""
    INTERRUPTED = "interrupted"
    """duochat itself ended meanwhile; what was saved stays."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message for a chat template, raw; `thinking` is the thinking before an answer."""

    role: Role
    text: str
    thinking: str | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights file that answered: `size` in bytes, `sha256` in hex ("" where it is not known)."""

    repo: str | None
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """The model of one side: its identity, its weights, and (known once it is loaded) its engine facts.

    `machine` is the processor with what llama.cpp uses of it. `session` names one loading of the weights: what a model
    remembers of its own answers ends with it. `takes_system` is whether its chat template has a place for system text.
    `safe_mode` is whether it ran without what made llama.cpp crash, `extra_buffers` whether llama.cpp was allowed to
    repack its weights; None where that is not known.
    """

    model: str
    name: str
    maker: str = ""
    country: str = ""
    license: str = ""
    quant: str = ""
    weights: Weights
    engine: str = ""
    context: int = 0
    template_sha256: str = ""
    machine: str = ""
    takes_system: bool = True
    session: str = ""
    safe_mode: bool | None = None
    extra_buffers: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The conditions of one answer; `max_tokens` counts thinking, but not the tokens that close it for the model.

    `think` is the user's setting and `think_default` the maker's; where both are None the template decides.
    `think_budget` is the most tokens of thinking, after which an answer is asked for.
    """

    sampling: Sampling
    max_tokens: int
    system: str | None = None
    think: bool | None = None
    think_switch: str = "enable_thinking"
    tags: Tags | None = None
    think_default: bool | None = None
    think_budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The cost of an answer: tokens, and milliseconds since the question was handed to the loaded engines.

    `reused_tokens` are those of the prompt that were read for an earlier question, which may change an answer's last
    bits. What was kept of an earlier reading of this very prompt is the same to the bit, and does not count.
    `first_ms` and `last_ms` are the first and the last generated token, thinking included; None when there was none.
    `threads` is the most that were used; `dropped_turns` the oldest exchanges left out because the context was full.
    `thinking_ms` and `thinking_tokens` count up to the answer's first token, tags included; None without thinking.
    `think_ignored` says that the user switched thinking on or off and the prompt stayed the same.
    """

    prompt_tokens: int
    reused_tokens: int
    completion_tokens: int
    started_ms: float
    ended_ms: float
    threads: int
    first_ms: float | None = None
    last_ms: float | None = None
    thinking_ms: float | None = None
    thinking_tokens: int | None = None
    think_ignored: bool = False
    dropped_turns: int = 0
    shared: bool = False

    @property
    def answer_started_ms(self) -> float | None:
        """Return when the answer's first token came, without thinking; None without an answer."""
        if self.first_ms is None or self.thinking_tokens == self.completion_tokens:
            return None
        return round(self.first_ms + (self.thinking_ms or 0), 3)

    @property
    def answer_ms(self) -> float | None:
        """Return how long the answer itself took, from its first token to its last; None without an answer."""
        started = self.answer_started_ms
        return None if started is None or self.last_ms is None else round(max(0.0, self.last_ms - started), 3)

    def later(self, ms: float) -> "Usage":
        """Return the same with all times counted from `ms` earlier."""
        times = {name: getattr(self, name) for name in ("started_ms", "first_ms", "last_ms", "ended_ms")}
        return replace(self, **{name: round(time + ms, 3) for name, time in times.items() if time is not None})

    @property
    def tokens_per_second(self) -> float:
        """Return the speed of the tokens; see `pace`."""
        return pace(self.completion_tokens, self.first_ms, self.last_ms)


NOTHING_COMPUTED = Usage(prompt_tokens=0, reused_tokens=0, completion_tokens=0, started_ms=0, ended_ms=0, threads=0)
"""What an answer cost that was stopped before its model had heard of it."""


def pace(tokens: int, first_ms: float | None, last_ms: float | None) -> float:
    """Return tokens per second, (n - 1) / (last - first); 0 below two tokens."""
    if first_ms is None or last_ms is None or last_ms <= first_ms:
        return 0.0
    return (tokens - 1) * 1000 / (last_ms - first_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of one side, raw: `finish_reason` is None while it is written, `usage` None unless it ended in order.

    `tokens` are the ids that were generated, without those that end an answer; empty unless it ended in order.
    """

    model: ModelInfo
    setup: Setup
    text: str = ""
    thinking: str | None = None
    finish_reason: FinishReason | None = None
    error: str | None = None
    usage: Usage | None = None
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question, raw, its time and the sides it was put to; `swapped` says that each answer is in the other pane."""

    text: str
    asked_at: datetime
    sides: tuple[Side, ...] = (Side.LEFT, Side.RIGHT)
    swapped: bool = False

    def side(self, pane: PaneSide) -> Side:
        """Return the side whose answer is shown in `pane`."""
        return side_of(pane, swapped=self.swapped)

    def pane(self, side: Side) -> PaneSide:
        """Return the pane in which the answer of `side` is shown."""
        return pane_of(side, swapped=self.swapped)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question with its answers, and `earlier` ones that were generated before them, in order.

    `id` is the archive's number.
    """

    question: Question
    answers: Mapping[Side, Answer] = field(default_factory=dict)
    earlier: Mapping[Side, tuple[Answer, ...]] = field(default_factory=dict)
    judgment: Judgment | None = None
    id: int | None = field(default=None, compare=False)

    def with_answer(self, side: Side, answer: Answer) -> "Exchange":
        """Return the same exchange with the answer of `side` set."""
        return replace(self, answers={**self.answers, side: answer})

    def again(self, partial_answers: Mapping[Side, Answer]) -> "Exchange":
        """Return the same exchange with `partial_answers` in place of answers that become earlier ones, not judged."""
        moved = {
            side: (*self.earlier.get(side, ()), self.answers[side]) for side in partial_answers if side in self.answers
        }
        return replace(
            self, answers={**self.answers, **partial_answers}, earlier={**self.earlier, **moved}, judgment=None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A whole comparison; `id` is None until the archive has given it one, `models` are the present ones."""

    models: Mapping[Side, ModelInfo]
    started_at: datetime
    id: int | None = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def title(self) -> str:
        """Return the first line of the first question, raw, or "" without a question."""
        return self.exchanges[0].question.text.strip().partition("\n")[0] if self.exchanges else ""

    def with_exchange(self, exchange: Exchange) -> "Conversation":
        """Return the same conversation, one exchange longer."""
        return replace(self, exchanges=(*self.exchanges, exchange))


def history_for(side: Side, conversation: Conversation) -> tuple[Message, ...]:
    """Return the messages of `side` so far: only its own answers, their thinking apart for the template.

    A question without an answer text of this side is left out, so that roles always alternate.
    """
    return tuple(_spoken(side, conversation))


def _spoken(side: Side, conversation: Conversation) -> Iterator[Message]:
    for exchange in conversation.exchanges:
        answer = exchange.answers.get(side)
        if answer is not None and answer.text:
            yield Message(Role.USER, exchange.question.text)
            yield Message(Role.ASSISTANT, answer.text, answer.thinking)
