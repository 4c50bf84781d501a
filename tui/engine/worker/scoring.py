"""The log-probability of each token of a text, read in batches into a context of its own.

The conversation's context is not used, and no logits are kept.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from tui.chat.events import Failed
from tui.chat.reasoning import Tags
from tui.chat.scores import Continuation, Done, Passage, Scored, ScoreEvent, Subject, TokenScore
from tui.engine.worker.context import Context, Control, StoppedError
from tui.engine.worker.model import LlamaError, Log, Model
from tui.engine.worker.prompt import PromptBuilder
from tui.engine.worker.scoring_windows import TextError, Window, continuation, lead_in, windows
from tui.engine.worker.template_renderer import TemplateError

_UNLIKELY = 1e6
"""The limit for infinite values, in nats: no finite logit computed in float32 exceeds it."""

Logits = npt.NDArray[np.float32]


class Scorer:
    """Scores texts with a loaded model, one at a time; a conversation with its answer may take `room` tokens."""

    def __init__(self, model: Model, room: int, prompts: PromptBuilder, tags: Tags | None, log: Log) -> None:
        self._model = model
        self._room = room
        self._prompts = prompts
        self._tags = tags
        self._log = log

    def score(self, subject: Subject, control: Control, send: Callable[[ScoreEvent], None]) -> None:
        """Score a text and send events up to `Done` or `Failed`."""
        with sending_the_end(send):
            parts = self._windows(subject)
            room = max(len(window.tokens) for window in parts)
            with scoring_context(self._model, room, self._log, control) as context:
                for event in _scores(context, parts, control):
                    send(event)

    def _windows(self, subject: Subject) -> list[Window]:
        match subject:
            case Passage():
                return windows(subject, self._model.vocab, self._model.trained_context)
            case Continuation(messages=messages, setup=setup, text=text):
                prompt = self._prompts.build(messages, replace(setup, think=False))
                opening = lead_in(prompt.text, setup.tags or self._tags)
                before = prompt.tokens + self._model.vocab.tokenize(opening, special=True)
                return [continuation(before, text, self._model.vocab, self._room)]


@contextmanager
def sending_the_end(send: Callable[[Done | Failed], None]) -> Iterator[None]:
    """Send how the work inside ended: `Done`, or `Failed` for a text that cannot be read."""
    try:
        yield
    except StoppedError:
        send(Done(stopped=True))
    except TemplateError as error:
        sentence = f"The chat template gives no prompt for this conversation ({error}); choose another one."
        send(Failed(sentence, fatal=False))
    except (TextError, LlamaError) as error:
        send(Failed(str(error), fatal=False))
    else:
        send(Done())


@contextmanager
def scoring_context(model: Model, room: int, log: Log, control: Control) -> Iterator[Context]:
    """Provide a context of `room` tokens that gives the logits of each; raise LlamaError without the memory for it."""
    context = Context(model, room, log, control.stopped, logits=True)
    with closing(context):
        if context.size < room:
            raise LlamaError(f"There is no memory to read {room:,} tokens at once; close other programs and try again.")
        yield context


def read(context: Context, window: Window, control: Control) -> Iterator[tuple[int, Logits]]:
    """Read a window into the emptied context. Raises StoppedError.

    Yields after each batch the number of tokens read, and the logits for each counted token that follows one of the
    batch, (tokens, vocabulary), valid until the next batch.
    """
    context.cut(0)
    size = len(window.tokens)
    for start in range(0, size, context.batch):
        batch = window.tokens[start : start + context.batch]
        done = start + len(batch)
        outputs = max(0, min(len(batch), done - window.counted + 1))
        decode(context, batch, control, outputs)
        # Nothing follows the last token. It is read anyway: an odd batch takes longer and rounds differently.
        yield done, context.logits(outputs)[: outputs - 1 if done == size else outputs]


def decode(context: Context, tokens: Sequence[int], control: Control, outputs: int = 1) -> None:
    """Read one batch on the allowed threads. Raises StoppedError."""
    allowed = control.threads
    context.set_threads(allowed.writing, allowed.reading)
    context.decode(tokens, outputs)


def log_prob(logits: Logits, token: int) -> float:
    """Return the log-probability of a token in one row of logits, in nats."""
    top = logits.max()
    value = float(logits[token] - top) - math.log(float(np.exp(logits - top).sum(dtype=np.float64)))
    return finite(value)


def finite(value: float) -> float:
    """Return `value` within limits that JSON can hold. Raises LlamaError where a broken model computes NaN."""
    if math.isnan(value):
        raise LlamaError("The model computes no numbers; fetch its weights again or choose another model.")
    return max(-_UNLIKELY, min(_UNLIKELY, value))


def _scores(context: Context, parts: Sequence[Window], control: Control) -> Iterator[Scored]:
    total, before = sum(len(window.tokens) for window in parts), 0
    for window in parts:
        counted = zip(window.tokens[window.counted :], window.places, strict=True)
        for done, logits in read(context, window, control):
            rows = zip(logits, islice(counted, len(logits)), strict=True)
            scores = (TokenScore(*place, log_prob(row, token)) for row, (token, place) in rows)
            yield Scored(tuple(scores), before + done, total)
        before += len(window.tokens)
