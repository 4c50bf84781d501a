"""An engine without a model that replays the answers of a script at a given rate."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import cycle, islice, pairwise
from pathlib import Path
from time import monotonic

import msgspec

from tui.chat.conversation import FinishReason, Message, Setup, Usage
from tui.chat.events import Delta, Failed, Finished, Loaded, LoadEvent, Prefill, ReplyEvent
from tui.chat.scores import Contrast, ContrastEvent, ScoreEvent, Subject
from tui.engine.cores import Threads
from tui.engine.steering import FREE, Steering
from tui.engine.wire import PACE

_NO_MODEL = Failed("A script cannot score a text; choose a model.", fatal=False)


class ScriptedAnswer(msgspec.Struct, frozen=True):
    """The text of an answer, and the number of its tokens."""

    text: str
    tokens: int


def usage(tokens: int, rate: float) -> Usage:
    """Return the usage of an answer that came at `rate` tokens per second."""
    first_ms, last_ms = (1000 * count / rate for count in (1, tokens))
    return Usage(
        prompt_tokens=1,
        reused_tokens=0,
        completion_tokens=tokens,
        started_ms=0.0,
        ended_ms=last_ms,
        threads=1,
        first_ms=first_ms if tokens else None,
        last_ms=last_ms if tokens else None,
    )


def pieces(answer: ScriptedAnswer) -> list[str]:
    """Cut the answer into as many pieces of about the same length as it had tokens.

    The cost of showing an answer does not depend on where its tokens meet.
    """
    cuts = [len(answer.text) * index // answer.tokens for index in range(answer.tokens + 1)]
    return [answer.text[start:end] for start, end in pairwise(cuts)]


class ScriptedEngine:
    """An Engine that repeats `answers` endlessly at `rate` tokens per second.

    Each reply has `tokens` of them and then `last`, which marks its end. Like a worker, it merges what comes within
    some 40 ms.
    """

    def __init__(self, answers: Sequence[ScriptedAnswer], *, rate: float, tokens: int, last: str = "") -> None:
        self._text = cycle([piece for answer in answers for piece in [*pieces(answer), "\n\n"]])
        self._rate = rate
        self._tokens = tokens
        self._last = last
        self._stopped = False

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Report a loaded model."""
        yield Loaded(engine="script", context=1 << 20, template_sha256="", load_ms=0.0)

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Continue the script, whatever was asked."""
        self._stopped = False
        began, written = monotonic(), 0
        events = max(1, round(self._tokens / (self._rate * PACE)))
        yield Prefill(done=1, total=1, reused=0)
        for number in range(1, events + 1):
            upto = self._tokens * number // events
            await asyncio.sleep(began + upto / self._rate - monotonic())
            if self._stopped:
                break
            text = "".join(islice(self._text, upto - written)) + (self._last if number == events else "")
            written = upto
            yield Delta(text, thinking=False, tokens=written)
        reason = FinishReason.STOPPED if self._stopped else FinishReason.STOP
        yield Finished(reason, usage(written, self._rate))

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent, None]:
        """Fail."""
        yield _NO_MODEL

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Fail."""
        yield _NO_MODEL

    async def stop(self) -> None:
        """Stop before the next piece."""
        self._stopped = True

    def set_threads(self, threads: Threads) -> None:
        """Ignore the threads."""

    async def close(self) -> None:
        """Stop before the next piece."""
        self._stopped = True
