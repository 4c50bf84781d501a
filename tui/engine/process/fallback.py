"""An engine that changes to the safe mode when llama.cpp crashes on this machine."""

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
from tui.engine.process.safe_mode import Cause, SafeMode
from tui.engine.process.worker_process import Crash
from tui.engine.protocol import GIVEN_UP, Engine
from tui.engine.steering import FREE, Steering
from tui.engine.wire import Computed

_AT_LOAD = frozenset({"SIGILL", "SIGSEGV", "SIGABRT"})
"""Signals that end a worker while it loads or warms up, where it cannot compute on this processor."""

_AT_FIRST_PROMPT = frozenset({"SIGILL"})
"""The signal that ends a worker after its warm-up only where it cannot compute on this processor."""

_STOPPED: ReplyEvent = Finished(FinishReason.STOPPED, NOTHING_COMPUTED)
_SCORE_STOPPED: ScoreEvent | Restarted = Done(stopped=True)
_CONTRAST_STOPPED: ContrastEvent = Done(stopped=True)

E = TypeVar("E")


class WorkerEngine(Engine, Protocol):
    """An engine that reports how its worker crashed."""

    @property
    def pid(self) -> int | None:
        """Return the worker's process id, or None while there is no worker."""
        ...

    @property
    def crash(self) -> Crash | None:
        """Return how the last worker ended by a signal, or None."""
        ...


class FallbackEngine:
    """An Engine that changes to the safe mode, once, when its worker crashes before the model has computed anything.

    `make` makes the engine for the normal mode (False) or the safe mode (True). If the model computes in the safe mode,
    the crash is recorded in `memory`, and the next engine begins in the safe mode. Later crashes, and those for lack of
    memory, become `Failed`.
    """

    def __init__(self, make: Callable[[bool], WorkerEngine], memory: SafeMode) -> None:
        self._make = make
        self._memory = memory
        self._engine = make(False)
        self._cause: Cause | None = None
        self._recorded = False
        self._threads: Threads | None = None
        self._restarting = False
        self._stopped = False
        self._closings = 0

    @property
    def pid(self) -> int | None:
        """Return the worker's process id, or None while there is no worker."""
        return self._engine.pid

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Load the model, in the safe mode where the normal one crashes; end with `Loaded` or `Failed`."""
        closings = self._closings
        await self._begin_as_recorded()
        async with aclosing(self._load(closings)) as events:
            async for event in events:
                if isinstance(event, Failed) and self._may_fall_back(_AT_LOAD):
                    break
                yield event
            else:
                return
        self._use_safe_mode(self._crash_as_cause("loading"))
        async with aclosing(self._load(closings)) as events:
            async for event in events:
                if isinstance(event, Loaded):
                    await self._record()
                elif isinstance(event, Failed):
                    self._use_normal_mode()
                yield event

    async def _begin_as_recorded(self) -> None:
        """Begin in the safe mode where a crash is recorded, perhaps by another engine since the last load."""
        known = None if self._cause is not None else await asyncio.to_thread(self._memory.recall)
        if known is not None:
            await self._engine.close()
            self._use_safe_mode(known)
            self._recorded = True

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answer the last of `messages`; `Restarted` follows where the first prompt crashed the worker."""

        def job(engine: Engine, threads: Threads) -> AsyncGenerator[ReplyEvent, None]:
            return engine.reply(messages, setup, threads, steering)

        async with aclosing(self._run(job, threads, _STOPPED, Restarted)) as events:
            async for event in events:
                yield event

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent | Restarted, None]:
        """Score each token of a text; `Restarted` as in `reply`."""

        def job(engine: Engine, threads: Threads) -> AsyncGenerator[ScoreEvent | Restarted, None]:
            return engine.score(subject, threads)

        async with aclosing(self._run(job, threads, _SCORE_STOPPED, Restarted)) as events:
            async for event in events:
                yield event

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Compare with the model in `other`; start over where the first comparison crashes the worker."""

        def job(engine: Engine, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
            return engine.contrast(other, wanted, threads)

        async with aclosing(self._run(job, threads, _CONTRAST_STOPPED)) as events:
            async for event in events:
                yield event

    async def stop(self) -> None:
        """Stop the work in progress; while the model loads in the safe mode, as soon as it has loaded."""
        self._stopped = True  # the worker may just have crashed, and the job may start over
        if not self._restarting:
            await self._engine.stop()

    def set_threads(self, threads: Threads) -> None:
        """Set the number of threads from the next token on."""
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
        """Yield the events of `job`; repeat it in the safe mode where it crashes a worker that has not computed yet.

        The event that `restarted` makes is yielded before the repetition. `stopped` is the last event of a job that
        was stopped before it.
        """
        closings = self._closings
        self._threads, self._stopped = threads, False
        async with aclosing(self._recording(job(self._engine, threads))) as events:
            async for event in events:
                if isinstance(event, Failed) and self._may_fall_back(_AT_FIRST_PROMPT):
                    break
                yield event
            else:
                return
        outcome = await self._restart(closings)
        if isinstance(outcome, Failed):
            self._use_normal_mode()
            yield outcome
            return
        if restarted is not None:
            yield restarted(outcome)
        if self._stopped:
            yield stopped
            return
        async with aclosing(self._recording(job(self._engine, self._threads))) as events:
            async for event in events:
                yield event

    async def _recording(self, events: AsyncGenerator[E, None]) -> AsyncGenerator[E, None]:
        """Pass `events` on, and record the crash at the first event that proves that the safe mode computes."""
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Computed):
                    await self._record()
                yield event

    async def _restart(self, closings: int) -> Loaded | Failed:
        self._restarting = True
        self._use_safe_mode(self._crash_as_cause("reading the first prompt"))
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
        """Return whether one of `signals` ended a worker in the normal mode before it had computed anything."""
        crash = self._engine.crash
        if crash is None or self._cause is not None or crash.signal not in signals:
            return False
        return not crash.computed and not crash.out_of_memory

    def _crash_as_cause(self, doing: str) -> Cause:
        crash = self._engine.crash
        return Cause(crash.signal if crash is not None else "", doing)

    def _use_safe_mode(self, cause: Cause) -> None:
        self._cause, self._recorded = cause, False
        self._engine = self._make(True)

    def _use_normal_mode(self) -> None:
        """Return to the normal mode: the safe mode failed, too, so the file is at fault."""
        self._cause = None
        self._engine = self._make(False)

    async def _record(self) -> None:
        """Record the crash for the next engine, once."""
        if self._cause is not None and not self._recorded:
            self._recorded = True
            await asyncio.to_thread(self._memory.remember, self._cause)
