"""The safe mode: a model loaded once more without what made llama.cpp crash on this machine."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from tui.chat.conversation import NOTHING_COMPUTED, FinishReason, Message, Setup
from tui.chat.events import Failed, Finished, Loaded, LoadEvent, ReplyEvent, Restarted
from tui.chat.scores import Contrast, ContrastEvent, Done, ScoreEvent, Subject
from tui.engine.cores import Threads
from tui.engine.process.engine import Crash
from tui.engine.process.safe_mode import Cause, SafeMode
from tui.engine.protocol import GIVEN_UP, Engine
from tui.engine.steering import FREE, Steering
from tui.engine.wire import Computed

_AT_LOAD = frozenset({"SIGILL", "SIGSEGV", "SIGABRT"})
"""Signals by which a worker ends that cannot compute here, while it loads or warms up."""

_AT_FIRST_PROMPT = frozenset({"SIGILL"})
"""The one by which it ends later only because it cannot compute here."""

_STOPPED: ReplyEvent = Finished(FinishReason.STOPPED, NOTHING_COMPUTED)
_SCORE_STOPPED: ScoreEvent | Restarted = Done(stopped=True)
_CONTRAST_STOPPED: ContrastEvent = Done(stopped=True)

E = TypeVar("E")


class WorkerEngine(Engine, Protocol):
    """An engine with one worker, which says how that worker crashed."""

    @property
    def pid(self) -> int | None:
        """The worker's process id, or None while there is none."""
        ...

    @property
    def crash(self) -> Crash | None:
        """How the last worker ended by itself, by a signal; None where it did not."""
        ...


class FallbackEngine:
    """An Engine that goes over to the safe mode, once, when its worker crashes before it has computed anything.

    `make` makes the engine for the normal mode (False) or the safe mode (True). Only if the model then computes is the
    crash remembered in `memory`, and the next engine begins in the safe mode. A worker that crashes later, or because
    memory ran out, is left to the user to load again.
    """

    def __init__(self, make: Callable[[bool], WorkerEngine], memory: SafeMode) -> None:
        self._make = make
        self._memory = memory
        self._engine = make(False)
        self._cause: Cause | None = None
        self._proven = False
        self._threads: Threads | None = None
        self._restarting = False
        self._stopped = False
        self._closings = 0

    @property
    def pid(self) -> int | None:
        """The worker's process id, or None while there is none."""
        return self._engine.pid

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Load the model, in the safe mode where the normal one crashes; ends with `Loaded` or `Failed`."""
        closings = self._closings
        await self._begin_as_remembered()
        async with aclosing(self._load(closings)) as events:
            async for event in events:
                if isinstance(event, Failed) and self._may_fall_back(_AT_LOAD):
                    break
                yield event
            else:
                return
        self._go_safe(self._crash_as_cause("loading"))
        async with aclosing(self._load(closings)) as events:
            async for event in events:
                if isinstance(event, Loaded):
                    await self._remember()
                elif isinstance(event, Failed):
                    self._go_back()
                yield event

    async def _begin_as_remembered(self) -> None:
        """Begin in the safe mode where a crash is remembered; another engine may have found it out since."""
        known = None if self._cause is not None else await asyncio.to_thread(self._memory.recall)
        if known is not None:
            await self._engine.close()
            self._go_safe(known)
            self._proven = True

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answer the last of `messages`; `Restarted` says that the first prompt crashed the worker."""

        def job(engine: Engine, threads: Threads) -> AsyncGenerator[ReplyEvent, None]:
            return engine.reply(messages, setup, threads, steering)

        async with aclosing(self._run(job, threads, _STOPPED, Restarted)) as events:
            async for event in events:
                yield event

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent | Restarted, None]:
        """Read a text; `Restarted` as in `reply`."""

        def job(engine: Engine, threads: Threads) -> AsyncGenerator[ScoreEvent | Restarted, None]:
            return engine.score(subject, threads)

        async with aclosing(self._run(job, threads, _SCORE_STOPPED, Restarted)) as events:
            async for event in events:
                yield event

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Compare with the model in `other`; start over where that crashes a worker that has computed nothing yet."""

        def job(engine: Engine, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
            return engine.contrast(other, wanted, threads)

        async with aclosing(self._run(job, threads, _CONTRAST_STOPPED)) as events:
            async for event in events:
                yield event

    async def stop(self) -> None:
        """Stop what is under way; while the model loads in the safe mode, it is stopped as soon as that is over."""
        self._stopped = True  # the worker may have crashed a moment ago, and the job may be about to begin again
        if not self._restarting:
            await self._engine.stop()

    def set_threads(self, threads: Threads) -> None:
        """Set on how many threads it may compute from the next token on."""
        self._threads = threads
        self._engine.set_threads(threads)

    async def close(self) -> None:
        """End the worker, if there is one."""
        self._closings += 1
        await self._engine.close()

    async def _run(
        self,
        job: Callable[[Engine, Threads], AsyncGenerator[E, None]],
        threads: Threads,
        stopped: E,
        restarted: Callable[[Loaded], E] | None = None,
    ) -> AsyncGenerator[E | Failed, None]:
        """Do `job`; once more, in the safe mode, where it crashes a worker that has computed nothing yet.

        The event that `restarted` makes is said in between; `stopped` ends a job that was stopped meanwhile.
        """
        closings = self._closings
        self._threads, self._stopped = threads, False
        async with aclosing(self._remembering(job(self._engine, threads))) as events:
            async for event in events:
                if isinstance(event, Failed) and self._may_fall_back(_AT_FIRST_PROMPT):
                    break
                yield event
            else:
                return
        outcome = await self._restart(closings)
        if isinstance(outcome, Failed):
            self._go_back()
            yield outcome
            return
        if restarted is not None:
            yield restarted(outcome)
        if self._stopped:
            yield stopped
            return
        async with aclosing(self._remembering(job(self._engine, self._threads))) as events:
            async for event in events:
                yield event

    async def _remembering(self, events: AsyncGenerator[E, None]) -> AsyncGenerator[E, None]:
        """Pass `events` on; the first one that proves that the safe mode computes makes it remembered."""
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Computed):
                    await self._remember()
                yield event

    async def _restart(self, closings: int) -> Loaded | Failed:
        self._restarting = True
        self._go_safe(self._crash_as_cause("reading the first prompt"))
        try:
            async with aclosing(self._load(closings)) as events:
                async for event in events:
                    if isinstance(event, Loaded | Failed):
                        return event
        finally:
            self._restarting = False
        return Failed(GIVEN_UP)

    async def _load(self, closings: int) -> AsyncGenerator[LoadEvent, None]:
        if self._closings != closings:
            yield Failed(GIVEN_UP)
            return
        async with aclosing(self._engine.load()) as events:
            async for event in events:
                if isinstance(event, Loaded) and self._cause is not None:
                    yield replace(event, notes=(*event.notes, self._cause.note))
                else:
                    yield event

    def _may_fall_back(self, signals: frozenset[str]) -> bool:
        """Return whether the worker crashed by one of `signals` in the normal mode before it had computed anything."""
        crash = self._engine.crash
        if crash is None or self._cause is not None or crash.signal not in signals:
            return False
        return not crash.computed and not crash.lacks_memory

    def _crash_as_cause(self, doing: str) -> Cause:
        crash = self._engine.crash
        return Cause(crash.signal if crash is not None else "", doing)

    def _go_safe(self, cause: Cause) -> None:
        self._cause, self._proven = cause, False
        self._engine = self._make(True)

    def _go_back(self) -> None:
        """Try the normal mode again the next time: the crash was the file's fault."""
        self._cause = None
        self._engine = self._make(False)

    async def _remember(self) -> None:
        """Keep the crash for the next engine, once the safe mode has proved to compute."""
        if self._cause is not None and not self._proven:
            self._proven = True
            await asyncio.to_thread(self._memory.remember, self._cause)
