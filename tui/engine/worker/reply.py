"""One answer: its prompt is made to fit, read, and continued token by token until it ends."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tui.chat.context_window import reserve, without_oldest
from tui.chat.conversation import FinishReason, Message, Setup, Usage
from tui.chat.events import Failed, Finished, ModelEvent, Prefill
from tui.chat.harmony import splitter
from tui.chat.reasoning import Start, Tags, start_of
from tui.engine.cores import Governor, Threads
from tui.engine.steering import FREE, Steering
from tui.engine.worker.context import Context, LlamaError
from tui.engine.worker.prompt import Prompt, Prompter, common
from tui.engine.worker.sampler import Sampler
from tui.engine.worker.template_renderer import TemplateError
from tui.engine.worker.text_stream import PACE, Speech
from tui.engine.worker.vocabulary import Vocab

ANSWER_SHARE = 4
"""A thinking model that has not come to its answer when a fourth of its tokens are left is asked for it."""


class Overrides(Protocol):
    """What the outside wants of an answer under way; it may change at any time, from another thread."""

    @property
    def threads(self) -> Threads:
        """On how many threads it may be computed."""
        ...

    def stopped(self) -> bool:
        """Whether the answer shall end."""
        ...


@dataclass(slots=True)
class _Count:
    """What an answer has cost so far; times in seconds of the monotonic clock.

    `chosen` tokens are the model's own; `given` ones were written in its place.
    """

    since: float
    started: float = field(default_factory=time.monotonic)
    reused: int = 0
    dropped: int = 0
    chosen: int = 0
    given: int = 0
    threads: int = 0
    first: float | None = None
    last: float | None = None

    @property
    def tokens(self) -> int:
        """All that was written."""
        return self.chosen + self.given

    def token(self) -> int:
        """Counts one more token that the model chose, now."""
        self.last = time.monotonic()
        self.first = self.last if self.first is None else self.first
        self.chosen += 1
        return self.tokens

    def give(self, tokens: int) -> int:
        """Counts so many more that were written in its place."""
        self.given += tokens
        return self.tokens

    def usage(self, prompt: Prompt, speech: Speech) -> Usage:
        return Usage(
            prompt_tokens=len(prompt.tokens),
            reused_tokens=self.reused,
            completion_tokens=self.tokens,
            started_ms=self._ms(self.started),
            ended_ms=self._ms(time.monotonic()),
            threads=self.threads,
            first_ms=None if self.first is None else self._ms(self.first),
            last_ms=None if self.last is None else self._ms(self.last),
            thinking_ms=speech.thinking_ms,
            thinking_tokens=speech.thinking_tokens,
            think_ignored=prompt.think_ignored,
            dropped_turns=self.dropped,
        )

    def _ms(self, moment: float) -> float:
        return round((moment - self.since) * 1000, 3)


class _StoppedError(Exception):
    """The user wants no more of this answer."""


class TooLongError(Exception):
    """Not even the last question fits; the text is a sentence with both numbers and the next step."""


class Talker:
    """A loaded model in conversation: one answer at a time."""

    def __init__(self, vocab: Vocab, context: Context, prompter: Prompter, tags: Tags | None) -> None:
        self._vocab = vocab
        self._context = context
        self._governor = Governor()
        self._prompter = prompter
        self._tags = tags

    def reply(
        self,
        messages: Sequence[Message],
        setup: Setup,
        overrides: Overrides,
        *,
        since: float,
        say: Callable[[ModelEvent], None],
        steering: Steering = FREE,
    ) -> None:
        """Answers the last of `messages`, saying everything up to `Finished` or `Failed`; times count from `since`."""
        count = _Count(since)
        try:
            prompt, count.dropped = self._fitting(messages, setup)
            sampler = Sampler(self._vocab, setup.sampling, prompt.tokens, ignore_end=steering.ignore_end)
            run = _Run(self._context, self._governor, overrides, steering, count)
            say(self._answered(prompt, setup, sampler, run, say))
        except (TemplateError, TooLongError, LlamaError) as error:
            sentence = error if not isinstance(error, TemplateError) else _refusal(error)
            say(Failed(str(sentence), fatal=False))

    def _fitting(self, messages: Sequence[Message], setup: Setup) -> tuple[Prompt, int]:
        """The prompt of the messages less as few of the oldest turns as it takes to fit, and how many those are."""
        freeze = reserve(self._context.size, setup.max_tokens)
        choices = list(_ever_fewer(messages))

        def prompt(dropped: int) -> Prompt:
            return self._prompter.prompt(choices[dropped], setup)

        def fits(candidate: Prompt) -> bool:
            return len(candidate.tokens) + freeze <= self._context.size

        whole, last = prompt(0), len(choices) - 1
        if fits(whole):
            return whole, 0
        dropped = bisect_left(range(last), True, lo=min(1, last), key=lambda index: fits(prompt(index)))
        shortest = prompt(dropped)
        if not fits(shortest):
            raise TooLongError(
                f"The question takes {len(shortest.tokens):,} tokens and its answer {freeze:,}, but the context holds "
                f"{self._context.size:,}; shorten the question, or load the model with a larger context."
            )
        return shortest, dropped

    def _answered(
        self, prompt: Prompt, setup: Setup, sampler: Sampler, run: "_Run", say: Callable[[ModelEvent], None]
    ) -> Finished:
        tags = setup.tags or self._tags
        start = Start.FREE if tags is None else start_of(prompt.text, tags)
        speech = Speech(tags, start=start, say=say)
        written: list[int] = []
        reason = FinishReason.FAILED
        try:
            self._read(prompt, run, say)
            reason = self._written(run, sampler, speech, self._limits(prompt, setup, tags), written)
        except _StoppedError:
            reason = FinishReason.STOPPED
        finally:
            sampler.close()
            speech.end(cut=reason is not FinishReason.STOP)
        if written:
            self._prompter.remember(prompt, speech.raw, written, read=len(self._context.held))
        return Finished(reason, run.count.usage(prompt, speech), tuple(written))

    def _read(self, prompt: Prompt, run: "_Run", say: Callable[[ModelEvent], None]) -> None:
        """Reads the prompt, and says at a calm pace how far; always where that begins and where it ends."""
        said_at = float("-inf")
        shown: str | None = prompt.shown
        for done in run.read(prompt):
            total, now = len(prompt.tokens), time.monotonic()
            if done == total or now - said_at >= PACE:
                say(Prefill(done, total, run.count.reused, run.count.dropped, prompt.think_ignored, shown))
                said_at, shown = now, None
            run.heed_stop()

    def _written(
        self, run: "_Run", sampler: Sampler, speech: Speech, limits: "_Limits", written: list[int]
    ) -> FinishReason:
        """Writes the answer, its ids into `written`, until the model ends it or a limit does."""
        while True:
            token = sampler.choose(self._context)
            if self._vocab.is_end(token):
                return FinishReason.STOP
            written.append(token)
            speech.hear(self._vocab.piece(token), run.count.token())
            run.heed_stop()
            if run.count.chosen >= limits.tokens or not self._context.room:
                return FinishReason.LENGTH
            run.decode([token])
            if speech.thinking and run.count.chosen >= limits.thinking:
                self._end_thinking(run, sampler, speech, written)

    def _end_thinking(self, run: "_Run", sampler: Sampler, speech: Speech, written: list[int]) -> None:
        """Writes the end of the thinking in the model's place, so that what is left goes to the answer."""
        closing = self._vocab.tokenize(speech.closing, special=True)
        if self._context.room <= len(closing):
            return
        sampler.accept(closing)
        written += closing
        speech.hear(b"".join(map(self._vocab.piece, closing)), run.count.give(len(closing)))
        run.heed_stop()
        run.decode(closing)

    def _limits(self, prompt: Prompt, setup: Setup, tags: Tags | None) -> "_Limits":
        room = self._context.size - len(prompt.tokens)
        if tags is None:
            return _Limits(min(setup.max_tokens, room), 0)
        closing = self._vocab.tokenize(splitter(tags, Start.INSIDE).closing, special=True)
        tokens = max(1, min(setup.max_tokens, room - len(closing)))
        thinking = tokens - max(1, tokens // ANSWER_SHARE)
        return _Limits(tokens, thinking if setup.think_budget is None else min(thinking, setup.think_budget))


@dataclass(frozen=True, slots=True)
class _Limits:
    """Where an answer ends: after `tokens` that the model chose; its thinking after `thinking`."""

    tokens: int
    thinking: int


@dataclass(frozen=True, slots=True)
class _Run:
    """The context at work for one answer, under somebody's wishes."""

    context: Context
    governor: Governor
    overrides: Overrides
    steering: Steering
    count: _Count

    def heed_stop(self) -> None:
        """Raises where the answer was to stop; before its first token that is before the prompt is read."""
        if self.count.tokens == self.steering.stop_after:
            raise _StoppedError

    def read(self, prompt: Prompt) -> Iterator[int]:
        """Makes the context hold the prompt, and yields how many of its tokens it does.

        What was read of it before, for this question asked again or stopped, stays as far as that changes no bit.
        """
        context, tokens = self.context, prompt.tokens
        alike = common(context.held, tokens[:-1])
        reusable = min(prompt.reusable, alike)
        self.count.reused = context.go_back(
            reusable if self.steering.reuse is None else min(reusable, self.steering.reuse), alike
        )
        yield len(context.held)
        while len(context.held) < len(tokens):
            self.decode(tokens[len(context.held) : len(context.held) + context.batch])
            context.note_reading()
            yield len(context.held)

    def decode(self, tokens: Sequence[int]) -> None:
        """Reads one batch on as many threads as are wished for now; raises when stopped."""
        allowed, began = self.overrides.threads, time.monotonic()
        writing = self.governor.threads(allowed, began)
        self.context.set_threads(writing, allowed.reading)
        self.count.threads = max(self.count.threads, writing if len(tokens) == 1 else allowed.reading)
        if self.overrides.stopped() or not self.context.decode(tokens):
            raise _StoppedError
        if len(tokens) == 1:
            now = time.monotonic()
            self.governor.took(now - began, now)


def _ever_fewer(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """The messages, and each time the oldest turn fewer, down to the last question."""
    left: Sequence[Message] | None = messages
    while left is not None:
        yield left
        left = without_oldest(left)


def _refusal(error: TemplateError) -> str:
    return f"The model's chat template gives no prompt for this conversation ({error}); start a new one."
