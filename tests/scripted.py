"""Engines that say what a script tells them, and wait where it says so."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.chat.conversation import FinishReason, Message, Setup, Usage
from tui.chat.events import (
    Checking,
    Delta,
    Failed,
    Finished,
    Loaded,
    LoadEvent,
    Loading,
    Outdated,
    Prefill,
    Recast,
    ReplyEvent,
    Restarted,
)
from tui.chat.scores import (
    Contrast,
    ContrastEvent,
    Diverged,
    Divergence,
    Done,
    Scored,
    ScoreEvent,
    Subject,
    TokenScore,
)
from tui.engine.cores import Threads
from tui.engine.steering import FREE, Steering


@dataclass(frozen=True, slots=True)
class Thought:
    """Some thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The engine says nothing more until `gate` is set, or it is stopped."""

    gate: asyncio.Event


@dataclass(frozen=True, slots=True)
class Pause:
    """The engine says nothing for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Death:
    """The engine is gone, and says why."""

    message: str


Step = str | Thought | Hold | Pause | Death | Recast | Restarted | Checking | Outdated
LoadStep = Loading | Checking | Hold | Pause | Death

LOADED = Loaded(engine="scripted 1", context=4096, template_sha256="ab" * 32, load_ms=12.0)


class ScriptedEngine:
    """Loads as `loads` say and answers as `replies` say, one script after the other, the last one again and again.

    `template` is what it makes of a question, which stands at its `{}`. Each text is read as `reading` says.
    """

    def __init__(
        self,
        *replies: Sequence[Step],
        loads: Sequence[Sequence[LoadStep]] = ((),),
        loaded: Loaded = LOADED,
        ms_per_token: float = 20.0,
        template: str | None = None,
        reading: Sequence[Hold | Pause | Death] = (),
    ) -> None:
        self._replies = replies or (("Hello.",),)
        self._loads = loads
        self._loaded = loaded
        self._ms = ms_per_token
        self._template = template
        self._reading = reading
        self._stopped = asyncio.Event()
        self.load_count = 0
        self.heard: list[tuple[Message, ...]] = []
        """What each question handed over."""
        self.setups: list[Setup] = []
        self.threads: list[Threads] = []
        self.steerings: list[Steering] = []
        self.subjects: list[Subject] = []
        """What it was given to read."""
        self.closed = False

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Loads, or fails to."""
        script = self._loads[min(self.load_count, len(self._loads) - 1)]
        self.load_count += 1
        for step in script:
            match step:
                case Loading() | Checking():
                    yield step
                case Death(message=message):
                    yield Failed(message)
                    return
                case Hold() | Pause():
                    await self._wait(step)
        yield self._loaded

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answers by the next script."""
        script = self._replies[min(len(self.heard), len(self._replies) - 1)]
        self.heard.append(tuple(messages))
        self.setups.append(setup)
        self.threads.append(threads)
        self.steerings.append(steering)
        self._stopped.clear()
        tokens = 0
        prompt = self._template.format(messages[-1].text) if self._template is not None else None
        yield Prefill(done=10, total=10, reused=0, prompt=prompt)
        for step in script:
            if self._stopped.is_set() or tokens == steering.stop_after:
                break
            match step:
                case str():
                    tokens += 1
                    yield Delta(step, thinking=False, tokens=tokens)
                case Thought(text=text):
                    tokens += 1
                    yield Delta(text, thinking=True, tokens=tokens)
                case Recast() | Restarted() | Checking() | Outdated():
                    yield step
                case Death(message=message):
                    yield Failed(message)
                    return
                case Hold() | Pause():
                    await self._wait(step)
            await asyncio.sleep(0)
        stopped = self._stopped.is_set() or tokens == steering.stop_after
        reason = FinishReason.STOPPED if stopped else FinishReason.STOP
        yield Finished(reason, self._usage(tokens, threads.writing, script))

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent, None]:
        """Finds each character of the text as likely as its number of bytes says: -1, -2, -3 or -4 nats."""
        self.subjects.append(subject)
        self._stopped.clear()
        for step in self._reading:
            if isinstance(step, Death):
                yield Failed(step.message)
                return
            await self._wait(step)
        if self._stopped.is_set():
            yield Done(stopped=True)
            return
        scores, at = [], 0
        for character in subject.text:
            size = len(character.encode(errors="replace"))
            scores.append(TokenScore(at, at + size, float(-size)))
            at += size
        yield Scored(tuple(scores), len(scores), len(scores))
        yield Done()

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Finds no difference, which takes as long as reading does; asks no prompts."""
        async for event in self.score(wanted.text, threads):
            if isinstance(event, Scored):
                same = (Divergence(each.start, each.end, 0.0, True, (each.log_prob,) * 2) for each in event.tokens)
                yield Diverged(tuple(same), event.done, event.total)
            else:
                yield event

    async def stop(self) -> None:
        """Stops at the next step."""
        self._stopped.set()

    def set_threads(self, threads: Threads) -> None:
        """Notes the number."""
        self.threads.append(threads)

    async def close(self) -> None:
        """Notes that it was called."""
        self.closed = True
        self._stopped.set()

    async def _wait(self, step: Hold | Pause) -> None:
        stopped = asyncio.create_task(self._stopped.wait())
        until = asyncio.create_task(step.gate.wait() if isinstance(step, Hold) else asyncio.sleep(step.seconds, True))
        try:
            await asyncio.wait((stopped, until), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopped, until):
                task.cancel()
            await asyncio.gather(stopped, until, return_exceptions=True)

    def _usage(self, tokens: int, threads: int, script: Sequence[Step]) -> Usage:
        last = 100 + self._ms * max(0, tokens - 1)
        thought = sum(isinstance(step, Thought) for step in script)
        return Usage(
            prompt_tokens=10,
            reused_tokens=0,
            completion_tokens=tokens,
            started_ms=0,
            ended_ms=last + 5,
            threads=threads,
            first_ms=100 if tokens else None,
            last_ms=last if tokens else None,
            thinking_ms=thought * self._ms if thought else None,
        )
