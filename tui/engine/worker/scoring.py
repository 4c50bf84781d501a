"""The log-probability of each token of a text, read in batches in a context of its own.

The conversation's memory is not touched, and no logits stay.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tui.chat.events import Failed
from tui.chat.reasoning import Tags
from tui.chat.scores import Continuation, Done, Passage, Scored, ScoreEvent, Subject, TokenScore
from tui.engine.cores import Threads
from tui.engine.worker.context import Context, LlamaError, Log, Model
from tui.engine.worker.prompt import Prompter
from tui.engine.worker.scoring_windows import Span, TextError, continuation, lead_in, windows
from tui.engine.worker.template_renderer import TemplateError

_UNLIKELY = 1e6
"""Nats that stand for infinitely many: no model that computes in float32 gives a finite logit beyond it."""

Logits = npt.NDArray[np.float32]


class Overrides(Protocol):
    """What the outside wants of the work under way; it may change at any time, from another thread."""

    @property
    def threads(self) -> Threads:
        """On how many threads it may be computed."""
        ...

    def stopped(self) -> bool:
        """Whether it shall end."""
        ...


class StoppedError(Exception):
    """The user wants no more of it."""


class Scorer:
    """A loaded model that reads: one text at a time, of `room` tokens at the most where it follows a conversation."""

    def __init__(self, model: Model, room: int, prompter: Prompter, tags: Tags | None, log: Log) -> None:
        self._model = model
        self._room = room
        self._prompter = prompter
        self._tags = tags
        self._log = log

    def score(self, subject: Subject, overrides: Overrides, say: Callable[[ScoreEvent], None]) -> None:
        """Scores the text, saying everything up to `Done` or `Failed`."""
        with ending(say):
            spans = self._spans(subject)
            room = max(len(span.tokens) for span in spans)
            with memory(self._model, room, self._log, overrides) as context:
                for event in _scores(context, spans, overrides):
                    say(event)

    def _spans(self, subject: Subject) -> list[Span]:
        match subject:
            case Passage():
                return windows(subject, self._model.vocab, self._model.trained_context)
            case Continuation(messages=messages, setup=setup, text=text):
                prompt = self._prompter.prompt(messages, replace(setup, think=False))
                opening = lead_in(prompt.text, setup.tags or self._tags)
                before = prompt.tokens + self._model.vocab.tokenize(opening, special=True)
                return [continuation(before, text, self._model.vocab, self._room)]


@contextmanager
def ending(say: Callable[[Done | Failed], None]) -> Iterator[None]:
    """Says how the work inside ended: `Done`, or `Failed` for what cannot be read."""
    try:
        yield
    except StoppedError:
        say(Done(stopped=True))
    except TemplateError as error:
        say(Failed(f"The chat template gives no prompt for this conversation ({error}); take another.", fatal=False))
    except (TextError, LlamaError) as error:
        say(Failed(str(error), fatal=False))
    else:
        say(Done())


@contextmanager
def memory(model: Model, room: int, log: Log, overrides: Overrides) -> Iterator[Context]:
    """A memory of `room` tokens that gives the logits of each, for as long as the work inside takes."""
    context = Context(model, room, log, overrides.stopped, logits=True)
    with closing(context):
        if context.size < room:
            raise LlamaError(f"There is no memory to read {room:,} tokens at once; close other programs and try again.")
        yield context


def read(context: Context, span: Span, overrides: Overrides) -> Iterator[tuple[int, Logits]]:
    """Reads a span from an empty memory. Raises StoppedError.

    Yields after each batch how many tokens it has read, and the logits of each counted token that comes after one of
    them, (tokens, vocabulary); those are gone when it reads on.
    """
    context.cut(0)
    size = len(span.tokens)
    for start in range(0, size, context.batch):
        batch = span.tokens[start : start + context.batch]
        done = start + len(batch)
        outputs = max(0, min(len(batch), done - span.counted + 1))
        decode(context, batch, overrides, outputs)
        # Nothing comes after the last token. It is read all the same: odd batches take longer, and round otherwise.
        yield done, context.logits(outputs)[: outputs - 1 if done == size else outputs]


def decode(context: Context, tokens: Sequence[int], overrides: Overrides, outputs: int = 1) -> None:
    """Reads one batch on as many threads as are wished for now. Raises StoppedError."""
    allowed = overrides.threads
    context.set_threads(allowed.writing, allowed.reading)
    if overrides.stopped() or not context.decode(tokens, outputs):
        raise StoppedError


def log_prob(logits: Logits, token: int) -> float:
    """The logarithm of the probability that one row of logits gives a token."""
    top = logits.max()
    value = float(logits[token] - top) - math.log(float(np.exp(logits - top).sum(dtype=np.float64)))
    return finite(value)


def finite(value: float) -> float:
    """The value, so that a line can hold it. Raises LlamaError for what a broken model computes."""
    if math.isnan(value):
        raise LlamaError("The model computes no numbers; fetch its weights again or choose another model.")
    return max(-_UNLIKELY, min(_UNLIKELY, value))


def _scores(context: Context, spans: Sequence[Span], overrides: Overrides) -> Iterator[Scored]:
    total, before = sum(len(span.tokens) for span in spans), 0
    for span in spans:
        counted = zip(span.tokens[span.counted :], span.places, strict=True)
        for done, logits in read(context, span, overrides):
            rows = zip(logits, islice(counted, len(logits)), strict=True)
            scores = (TokenScore(*place, log_prob(row, token)) for row, (token, place) in rows)
            yield Scored(tuple(scores), before + done, total)
        before += len(span.tokens)
