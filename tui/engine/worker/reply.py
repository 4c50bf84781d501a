"""One answer: the prompt is fitted to the context, read, and continued token by token up to an end."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tui.chat.context_window import reserve, without_oldest
from tui.chat.conversation import FinishReason, Message, Setup
from tui.chat.events import Failed, Finished, ModelEvent, Prefill
from tui.chat.harmony import splitter
from tui.chat.reasoning import Start, Tags, start_of
from tui.engine.steering import FREE, Steering
from tui.engine.wire import PACE
from tui.engine.worker.context import Context, Control, StoppedError
from tui.engine.worker.model import LlamaError
from tui.engine.worker.prompt import Prompt, PromptBuilder, common_length
from tui.engine.worker.sampler import Sampler
from tui.engine.worker.template_renderer import TemplateError
from tui.engine.worker.text_stream import TextStream
from tui.engine.worker.thread_governor import ThreadGovernor
from tui.engine.worker.usage_counter import UsageCounter
from tui.engine.worker.vocabulary import Vocab

ANSWER_SHARE = 4
"""A thinking model's answer gets at least this fraction of the tokens: the thinking is ended before the last fourth."""


class TooLongError(Exception):
    """The last question alone does not fit; the message is a sentence with both numbers and the next step."""


class ReplyGenerator:
    """Generates the answers of a loaded model, one at a time."""

    def __init__(self, vocab: Vocab, context: Context, prompts: PromptBuilder, tags: Tags | None) -> None:
        self._vocab = vocab
        self._context = context
        self._governor = ThreadGovernor()
        self._prompts = prompts
        self._tags = tags

    def reply(
        self,
        messages: Sequence[Message],
        setup: Setup,
        control: Control,
        *,
        since: float,
        send: Callable[[ModelEvent], None],
        steering: Steering = FREE,
    ) -> None:
        """Answer the last of `messages` and send events up to `Finished` or `Failed`; times count from `since`."""
        counter = UsageCounter(since)
        try:
            prompt, counter.dropped = self._fitting(messages, setup)
            sampler = Sampler(self._vocab, setup.sampling, prompt.tokens, ignore_end=steering.ignore_end)
            decoder = _Decoder(self._context, self._governor, control, steering, counter)
            send(self._answer(prompt, setup, sampler, decoder, send))
        except TemplateError as error:
            sentence = f"The model's chat template gives no prompt for this conversation ({error}); start a new one."
            send(Failed(sentence, fatal=False))
        except (TooLongError, LlamaError) as error:
            send(Failed(str(error), fatal=False))

    def _fitting(self, messages: Sequence[Message], setup: Setup) -> tuple[Prompt, int]:
        """Return the prompt without as few of the oldest turns as necessary, and their number."""
        reserved = reserve(self._context.size, setup.max_tokens)
        choices = list(_ever_fewer(messages))

        def prompt(dropped: int) -> Prompt:
            return self._prompts.build(choices[dropped], setup)

        def fits(candidate: Prompt) -> bool:
            return len(candidate.tokens) + reserved <= self._context.size

        whole, last = prompt(0), len(choices) - 1
        if fits(whole):
            return whole, 0
        dropped = bisect_left(range(last), True, lo=min(1, last), key=lambda index: fits(prompt(index)))
        shortest = prompt(dropped)
        if not fits(shortest):
            raise TooLongError(
                f"The question takes {len(shortest.tokens):,} tokens and its answer {reserved:,}, but the context "
                f"holds {self._context.size:,}; shorten the question, or load the model with a larger context."
            )
        return shortest, dropped

    def _answer(
        self, prompt: Prompt, setup: Setup, sampler: Sampler, decoder: "_Decoder", send: Callable[[ModelEvent], None]
    ) -> Finished:
        """Read the prompt and write the answer; return the last event."""
        tags = setup.tags or self._tags
        start = Start.FREE if tags is None else start_of(prompt.text, tags)
        text = TextStream(tags, start=start, send=send)
        written: list[int] = []
        reason = FinishReason.FAILED
        try:
            self._read(prompt, decoder, send)
            reason = self._write(decoder, sampler, text, self._limits(prompt, setup, tags), written)
        except StoppedError:
            reason = FinishReason.STOPPED
        finally:
            sampler.close()
            text.finish(cut=reason is not FinishReason.STOP)
        if written:
            self._prompts.remember(prompt, text.raw, written, read=len(self._context.held))
        return Finished(reason, decoder.counter.usage(prompt, text), tuple(written))

    def _read(self, prompt: Prompt, decoder: "_Decoder", send: Callable[[ModelEvent], None]) -> None:
        """Read the prompt, and send the progress at a steady pace, and at the beginning and the end."""
        sent_at = float("-inf")
        shown: str | None = prompt.shown
        counter = decoder.counter
        for done in decoder.read(prompt):
            total, now = len(prompt.tokens), time.monotonic()
            if done == total or now - sent_at >= PACE:
                send(Prefill(done, total, counter.reused, counter.dropped, prompt.think_ignored, shown))
                sent_at, shown = now, None
            decoder.check_stop_after()

    def _write(
        self, decoder: "_Decoder", sampler: Sampler, text: TextStream, limits: "_Limits", written: list[int]
    ) -> FinishReason:
        """Write the answer, and its ids into `written`, until the model ends it or a limit does."""
        counter = decoder.counter
        while True:
            token = sampler.choose(self._context)
            if self._vocab.is_end(token):
                return FinishReason.STOP
            written.append(token)
            text.feed(self._vocab.piece(token), counter.add_chosen())
            decoder.check_stop_after()
            if counter.chosen >= limits.tokens or not self._context.room:
                return FinishReason.LENGTH
            decoder.decode([token])
            if text.thinking and counter.chosen >= limits.thinking:
                self._end_thinking(decoder, sampler, text, written)

    def _end_thinking(self, decoder: "_Decoder", sampler: Sampler, text: TextStream, written: list[int]) -> None:
        """Write the end of the thinking in the model's place, so that the remaining tokens go to the answer."""
        closing = self._vocab.tokenize(text.closing, special=True)
        if self._context.room <= len(closing):
            return
        sampler.accept(closing)
        written += closing
        text.feed(b"".join(map(self._vocab.piece, closing)), decoder.counter.add_forced(len(closing)))
        decoder.check_stop_after()
        decoder.decode(closing)

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
    """The most tokens of an answer that the model may choose, and the most of them for thinking."""

    tokens: int
    thinking: int


@dataclass(frozen=True, slots=True)
class _Decoder:
    """Reads tokens for one answer, on as many threads as are allowed at the moment."""

    context: Context
    governor: ThreadGovernor
    control: Control
    steering: Steering
    counter: UsageCounter

    def check_stop_after(self) -> None:
        """Raise StoppedError where the steering stops the answer; at 0 tokens, before the prompt is read."""
        if self.counter.tokens == self.steering.stop_after:
            raise StoppedError

    def read(self, prompt: Prompt) -> Iterator[int]:
        """Read the prompt into the context, and yield how many of its tokens it holds.

        Tokens that were read for this same question before, when it was asked or stopped, stay as far as this changes
        no bit of the result.
        """
        context, tokens = self.context, prompt.tokens
        alike = common_length(context.held, tokens[:-1])
        reusable = min(prompt.reusable, alike)
        self.counter.reused = context.rewind(
            reusable if self.steering.reuse is None else min(reusable, self.steering.reuse), alike
        )
        yield len(context.held)
        while len(context.held) < len(tokens):
            self.decode(tokens[len(context.held) : len(context.held) + context.batch])
            context.mark_read()
            yield len(context.held)

    def decode(self, tokens: Sequence[int]) -> None:
        """Read one batch. Raises StoppedError."""
        allowed, began = self.control.threads, time.monotonic()
        writing = self.governor.threads(allowed, began)
        self.context.set_threads(writing, allowed.reading)
        self.counter.threads = max(self.counter.threads, writing if len(tokens) == 1 else allowed.reading)
        self.context.decode(tokens)
        if len(tokens) == 1:
            now = time.monotonic()
            self.governor.record(now - began, now)


def _ever_fewer(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Yield the messages, then without the oldest turn, and so on down to the last question."""
    left: Sequence[Message] | None = messages
    while left is not None:
        yield left
        left = without_oldest(left)
