"""Owns an engine that needs no model: it says what a saved transcript says, at a given rate."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import cycle, islice, pairwise
from pathlib import Path
from time import monotonic

from tui.chat.conversation import Answer, FinishReason, Message, Setup, Usage
from tui.chat.events import Delta, Failed, Finished, Loaded, LoadEvent, Prefill, ReplyEvent
from tui.chat.scores import Contrast, ContrastEvent, ScoreEvent, Subject
from tui.engine.cores import Threads
from tui.engine.steering import FREE, Steering
from tui.engine.worker.output import PACE

_CONTEXT = 1 << 20
"""Tokens; nothing that is played is ever too long."""


def pieces(answer: Answer) -> list[str]:
    """The answer cut into as many pieces as it had tokens, all of about the same length.

    A transcript does not say where the tokens met; what a screen does with them does not depend on it.
    """
    count = answer.usage.completion_tokens if answer.usage is not None else len(answer.text) // 4
    count = max(1, min(count, len(answer.text)))
    cuts = [len(answer.text) * index // count for index in range(count + 1)]
    return [answer.text[start:end] for start, end in pairwise(cuts)]


class PlayerEngine:
    """An Engine that recites `answers`, one after the other and over again, at `rate` tokens per second.

    Each reply says `tokens` of them and then `last`, which tells whoever watches that all of it has arrived. Like a
    worker, it merges what comes within some 40 ms. Other than a worker, it computes nothing.
    """

    def __init__(self, answers: Sequence[Answer], *, rate: float, tokens: int, last: str = "") -> None:
        self._said = cycle([piece for answer in answers for piece in [*pieces(answer), "\n\n"]])
        self._rate = rate
        self._tokens = tokens
        self._last = last
        self._stopped = False
        self._waiting: asyncio.Future[None] | None = None

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Is loaded at once."""
        yield Loaded(engine="transcript", context=_CONTEXT, template_sha256="", load_ms=0.0)

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Recites on, whatever was asked; ends by itself unless it is stopped."""
        self._stopped = False
        began = monotonic()
        yield Prefill(done=1, total=1, reused=0)
        spoken = 0
        for upto in self._steps():
            await self._wait(began + upto / self._rate)
            if self._stopped:
                break
            text = "".join(islice(self._said, upto - spoken))
            spoken = upto
            yield Delta(text + (self._last if upto == self._tokens else ""), thinking=False, tokens=spoken)
        reason = FinishReason.STOPPED if self._stopped else FinishReason.STOP
        yield Finished(reason, self._usage(spoken, (monotonic() - began) * 1000))

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent, None]:
        """Cannot: a transcript expects nothing."""
        yield Failed("A transcript cannot read; choose a model.", fatal=False)

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Cannot, either."""
        yield Failed("A transcript cannot be compared; choose a model.", fatal=False)

    async def stop(self) -> None:
        """Stops at once."""
        self._stopped = True
        if self._waiting is not None:
            _wake(self._waiting)

    def set_threads(self, threads: Threads) -> None:
        """Needs none."""

    async def close(self) -> None:
        """Stops, too."""
        await self.stop()

    def _steps(self) -> Iterator[int]:
        """How many tokens have been said after each event."""
        each = self._rate * PACE
        events = max(1, round(self._tokens / each))
        return (self._tokens * event // events for event in range(1, events + 1))

    async def _wait(self, until: float) -> None:
        """Waits for a moment of the monotonic clock, or for the stop."""
        loop = asyncio.get_running_loop()
        # As cheap as can be: what is measured is the screen, and this computes in its process.
        self._waiting = loop.create_future()
        alarm = loop.call_later(max(0.0, until - monotonic()), _wake, self._waiting)
        try:
            await self._waiting
        finally:
            alarm.cancel()

    def _usage(self, tokens: int, ended_ms: float) -> Usage:
        return Usage(
            prompt_tokens=1,
            reused_tokens=0,
            completion_tokens=tokens,
            started_ms=0.0,
            ended_ms=ended_ms,
            threads=1,
            first_ms=1000 / self._rate if tokens else None,
            last_ms=ended_ms if tokens else None,
        )


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
