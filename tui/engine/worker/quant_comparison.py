"""Comparison of two models with one vocabulary: what each expects at every place of a text, and in answers.

Both read in step, so that no distribution leaves the process.
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
from tui.engine.worker.context import Context, LlamaError, Log, Model
from tui.engine.worker.prompt import Prompter
from tui.engine.worker.scoring import Logits, Overrides, decode, ending, finite, memory, read
from tui.engine.worker.scoring_windows import Span, TextError, windows
from tui.engine.worker.vocabulary import Vocab


class Contraster:
    """A loaded model beside which a second one is loaded for as long as a comparison takes; `room` in tokens."""

    def __init__(self, model: Model, room: int, prompter: Prompter, log: Log) -> None:
        self._model = model
        self._room = room
        self._prompter = prompter
        self._log = log

    def contrast(
        self,
        path: Path,
        wanted: Contrast,
        overrides: Overrides,
        *,
        extra_buffers: bool,
        progress: Callable[[float], None],
        say: Callable[[ContrastEvent], None],
    ) -> None:
        """Compares with the model in `path`, saying everything up to `Done` or `Failed`."""
        with ending(say), ExitStack() as held:
            if not path.is_file():
                raise LlamaError("The second model's weights are not on this disk any more; fetch them again.")
            other = Model(path, self._log, progress, extra_buffers=extra_buffers)
            held.callback(other.close)
            if not self._model.vocab.equals(other.vocab):
                raise TextError(STRANGERS)
            spans, prompts = self._spans(wanted), self._prompts(wanted)
            room = max([len(span.tokens) for span in spans] + [len(each) + wanted.setup.max_tokens for each in prompts])
            left, right = (
                held.enter_context(memory(model, room, self._log, overrides)) for model in (self._model, other)
            )
            pair = _Pair(left, right, self._model.vocab, overrides)
            for event in pair.diverged(spans):
                say(event)
            for text, tokens in zip(wanted.prompts, prompts, strict=True):
                say(pair.parted(text, tokens, wanted.setup.max_tokens))

    def _spans(self, wanted: Contrast) -> list[Span]:
        return windows(wanted.text, self._model.vocab, self._model.trained_context)

    def _prompts(self, wanted: Contrast) -> list[list[int]]:
        """The prompts as tokens, by the first model's template."""
        prompts = [self._prompter.prompt((Message(Role.USER, text),), wanted.setup).tokens for text in wanted.prompts]
        longest = max(map(len, prompts), default=0) + wanted.setup.max_tokens
        if longest > self._room:
            raise TextError(
                f"The longest prompt takes {longest:,} tokens with its answer, but the context holds {self._room:,}; "
                "shorten it."
            )
        return prompts


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two memories that read the same."""

    left: Context
    right: Context
    vocab: Vocab
    overrides: Overrides

    def diverged(self, spans: Sequence[Span]) -> Iterator[Diverged]:
        """What both expect of each counted token. Raises StoppedError."""
        total, before = sum(len(span.tokens) for span in spans), 0
        for span in spans:
            counted = zip(span.tokens[span.counted :], span.places, strict=True)
            reading = zip(read(self.left, span, self.overrides), read(self.right, span, self.overrides), strict=True)
            for (done, left), (_, right) in reading:
                rows = zip(*_numbers(left, right), islice(counted, len(left)), strict=True)
                tokens = tuple(_divergence(one, two, *each) for one, two, each in rows)
                yield Diverged(tokens, before + done, total)
            before += len(span.tokens)

    def parted(self, text: str, prompt: Sequence[int], limit: int) -> Parted:
        """Both models' likeliest answers to a prompt, up to where they part, end, or reach `limit` tokens."""
        answer: list[int] = []
        heard = prompt
        self.left.cut(0)
        self.right.cut(0)
        while len(answer) < limit:
            tokens = self._likeliest(heard)
            if tokens[0] != tokens[1]:
                pieces = [b"" if self.vocab.is_end(token) else self.vocab.piece(token) for token in tokens]
                first, second = (piece.decode(errors="replace") for piece in pieces)
                return Parted(text, len(answer), self._text(answer), (first, second))
            if self.vocab.is_end(tokens[0]):
                break
            answer.append(tokens[0])
            heard = answer[-1:]
        return Parted(text, len(answer), self._text(answer), None)

    def _likeliest(self, heard: Sequence[int]) -> tuple[int, int]:
        """Each model's likeliest token after what is read now."""
        for context in (self.left, self.right):
            for start in range(0, len(heard), context.batch):
                decode(context, heard[start : start + context.batch], self.overrides)
        left, right = _numbers(self.left.logits(1), self.right.logits(1))
        return int(left[0].argmax()), int(right[0].argmax())

    def _text(self, tokens: Sequence[int]) -> str:
        return b"".join(map(self.vocab.piece, tokens)).decode(errors="replace")


def _numbers(left: Logits, right: Logits) -> tuple[Logits, Logits]:
    """Both models' logits, which are numbers. Raises LlamaError for what a broken model computes."""
    for logits, which in ((left, "first"), (right, "second")):
        if not np.isfinite(logits.max(axis=-1)).all():
            raise LlamaError(f"The {which} model computes no numbers; fetch its weights again or choose another model.")
    return left, right


def _divergence(left: Logits, right: Logits, token: int, place: tuple[int, int]) -> Divergence:
    one, two = _log_probs(left), _log_probs(right)
    shares = np.exp(one)
    nats = float((shares * (one - two))[shares > 0].sum())
    likeliest = one.argmax(), two.argmax()
    log_probs = finite(float(one[token])), finite(float(two[token]))
    # Rounding alone can bring a divergence of nearly nothing below it.
    return Divergence(*place, max(0.0, finite(nats)), bool(likeliest[0] == likeliest[1]), log_probs)


def _log_probs(logits: Logits) -> npt.NDArray[np.float64]:
    shifted = logits.astype(np.float64)
    shifted -= shifted.max()
    shifted -= np.log(np.exp(shifted).sum())
    return shifted
