"""Comparison of two models with one vocabulary: next-token distributions over a text, and likeliest answers.

Both models read in step, so that no distribution leaves the process.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tui.chat.conversation import Message, Role
from tui.chat.scores import STRANGERS, Contrast, ContrastEvent, Diverged, Divergence, Parted
from tui.engine.worker.context import Context, Control
from tui.engine.worker.model import LlamaError, Log, Model
from tui.engine.worker.prompt import PromptBuilder
from tui.engine.worker.scoring import Logits, decode, finite, read, scoring_context, sending_the_end
from tui.engine.worker.scoring_windows import TextError, Window, windows
from tui.engine.worker.vocabulary import Vocab


class QuantComparer:
    """Compares a loaded model with a second one, which is loaded for that time; `room` is in tokens."""

    def __init__(self, model: Model, room: int, prompts: PromptBuilder, log: Log) -> None:
        self._model = model
        self._room = room
        self._prompts = prompts
        self._log = log

    def compare(
        self,
        path: Path,
        wanted: Contrast,
        control: Control,
        *,
        extra_buffers: bool,
        progress: Callable[[float], None],
        send: Callable[[ContrastEvent], None],
    ) -> None:
        """Compare with the model in `path` and send events up to `Done` or `Failed`."""
        with sending_the_end(send), ExitStack() as stack:
            if not path.is_file():
                raise LlamaError("The second model's weights are not on this disk any more; fetch them again.")
            other = Model(path, self._log, progress, extra_buffers=extra_buffers)
            stack.callback(other.close)
            if not self._model.vocab.equals(other.vocab):
                raise TextError(STRANGERS)
            parts = windows(wanted.text, self._model.vocab, self._model.trained_context)
            prompts = self._tokenize(wanted)
            sizes = [len(part.tokens) for part in parts] + [len(each) + wanted.setup.max_tokens for each in prompts]
            left, right = (
                stack.enter_context(scoring_context(model, max(sizes), self._log, control))
                for model in (self._model, other)
            )
            pair = _Pair(left, right, self._model.vocab, control)
            for event in pair.divergences(parts):
                send(event)
            for text, tokens in zip(wanted.prompts, prompts, strict=True):
                send(pair.answers(text, tokens, wanted.setup.max_tokens))

    def _tokenize(self, wanted: Contrast) -> list[list[int]]:
        """Return the tokens of each prompt, by the first model's template."""
        prompts = [self._prompts.build((Message(Role.USER, text),), wanted.setup).tokens for text in wanted.prompts]
        longest = max(map(len, prompts), default=0) + wanted.setup.max_tokens
        if longest > self._room:
            raise TextError(
                f"The longest prompt takes {longest:,} tokens with its answer, but the context holds {self._room:,}; "
                "shorten it."
            )
        return prompts


@dataclass(frozen=True, slots=True)
class _Pair:
    """The contexts of two models that read the same tokens."""

    left: Context
    right: Context
    vocab: Vocab
    control: Control

    def divergences(self, parts: Sequence[Window]) -> Iterator[Diverged]:
        """Yield the divergence at each counted token. Raises StoppedError."""
        total, before = sum(len(window.tokens) for window in parts), 0
        for window in parts:
            counted = zip(window.tokens[window.counted :], window.places, strict=True)
            reading = zip(read(self.left, window, self.control), read(self.right, window, self.control), strict=True)
            for (done, left), (_, right) in reading:
                rows = zip(*_checked(left, right), islice(counted, len(left)), strict=True)
                tokens = tuple(_divergence(one, two, *each) for one, two, each in rows)
                yield Diverged(tokens, before + done, total)
            before += len(window.tokens)

    def answers(self, text: str, prompt: Sequence[int], limit: int) -> Parted:
        """Return both models' likeliest answers to a prompt, up to the first difference, the end, or `limit` tokens."""
        answer: list[int] = []
        unread = prompt
        self.left.cut(0)
        self.right.cut(0)
        while len(answer) < limit:
            tokens = self._likeliest(unread)
            if tokens[0] != tokens[1]:
                pieces = [b"" if self.vocab.is_end(token) else self.vocab.piece(token) for token in tokens]
                first, second = (piece.decode(errors="replace") for piece in pieces)
                return Parted(text, len(answer), self._text(answer), (first, second))
            if self.vocab.is_end(tokens[0]):
                break
            answer.append(tokens[0])
            unread = answer[-1:]
        return Parted(text, len(answer), self._text(answer), None)

    def _likeliest(self, unread: Sequence[int]) -> tuple[int, int]:
        """Read tokens with both models, and return each model's likeliest next one."""
        for context in (self.left, self.right):
            for start in range(0, len(unread), context.batch):
                decode(context, unread[start : start + context.batch], self.control)
        left, right = _checked(self.left.logits(1), self.right.logits(1))
        return int(left[0].argmax()), int(right[0].argmax())

    def _text(self, tokens: Sequence[int]) -> str:
        return b"".join(map(self.vocab.piece, tokens)).decode(errors="replace")


def _checked(left: Logits, right: Logits) -> tuple[Logits, Logits]:
    """Return both models' logits. Raises LlamaError where a broken model computes no numbers."""
    for logits, which in ((left, "first"), (right, "second")):
        if not np.isfinite(logits.max(axis=-1)).all():
            raise LlamaError(f"The {which} model computes no numbers; fetch its weights again or choose another model.")
    return left, right


def _divergence(left: Logits, right: Logits, token: int, place: tuple[int, int]) -> Divergence:
    """Return the Kullback-Leibler divergence of the right distribution from the left one, in nats."""
    one, two = _log_probs(left), _log_probs(right)
    shares = np.exp(one)
    nats = float((shares * (one - two))[shares > 0].sum())
    likeliest = one.argmax(), two.argmax()
    log_probs = finite(float(one[token])), finite(float(two[token]))
    # Rounding can make a divergence near zero negative.
    return Divergence(*place, max(0.0, finite(nats)), bool(likeliest[0] == likeliest[1]), log_probs)


def _log_probs(logits: Logits) -> npt.NDArray[np.float64]:
    shifted = logits.astype(np.float64)
    shifted -= shifted.max()
    shifted -= np.log(np.exp(shifted).sum())
    return shifted
