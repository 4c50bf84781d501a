"""An engine whose model runs in a worker process."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import assert_never

from tui.chat.conversation import Message, Setup
from tui.chat.events import Delta, Failed, Finished, Loaded, LoadEvent, Loading, ModelEvent, Prefill, Recast
from tui.chat.scores import (
    Continuation,
    Contrast,
    ContrastEvent,
    Diverged,
    Done,
    Parted,
    Passage,
    Scored,
    ScoreEvent,
    Subject,
)
from tui.engine.cores import Threads
from tui.engine.process.worker_process import Crash, WorkerProcess
from tui.engine.protocol import GIVEN_UP
from tui.engine.steering import FREE, Steering
from tui.engine.wire import (
    Compare,
    Event,
    Job,
    Load,
    Reply,
    ScoreContinuation,
    ScorePassage,
    SetThreads,
    Stop,
)

_TICK_S = 1.0
"""Seconds in which a worker that computes sends at least one event."""


class ProcessEngine:
    """An Engine whose model runs in a worker; the death of the worker affects no other engine.

    `context` is in tokens. A worker that sends no event for `silence` seconds counts as hung. One that has not stopped
    `patience` seconds after it was asked to is ended.

    The worker warms up on `threads`. `extra_buffers` returns whether llama.cpp may repack a weights file; it is called
    in a thread. In the safe mode, AMX is refused to the worker, or no extra buffers are used.
    """

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        environ: Mapping[str, str],
        python: str = sys.executable,
        silence: int = 15,
        patience: float = 2.0,
        threads: int = 1,
        extra_buffers: Callable[[Path], bool] = lambda _: True,
        safe_mode: bool = False,
    ) -> None:
        self._path = path
        self._context = context
        self._environ = environ
        self._python = python
        self._silence = silence
        self._patience = patience
        self._threads = threads
        self._extra_buffers = extra_buffers
        self._safe_mode = safe_mode
        self._worker: WorkerProcess | None = None
        self._last_worker: WorkerProcess | None = None
        self._last_number = 0
        self._working: int | None = None
        self._stopped = False
        self._closings = 0

    @property
    def pid(self) -> int | None:
        """Return the worker's process id, or None while there is no worker."""
        return None if self._worker is None else self._worker.pid

    @property
    def crash(self) -> Crash | None:
        """Return how the last worker ended by a signal, or None."""
        return None if self._last_worker is None else self._last_worker.crash

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Start a worker that loads the model, and end an earlier one; end with `Loaded` or `Failed`."""
        await self.close()
        closings, number = self._closings, self._next_number()
        extra_buffers = await asyncio.to_thread(self._extra_buffers, self._path)
        try:
            worker = await WorkerProcess.spawn(self._python, self._environ, safe_mode=self._safe_mode)
        except OSError as error:
            yield Failed(
                f"The model's engine cannot be started ({error.strerror}); close other programs and try again."
            )
            return
        if self._closings != closings:
            await worker.end()
            yield Failed(GIVEN_UP)
            return
        self._worker = self._last_worker = worker
        worker.send(Load(number, os.fsencode(self._path), self._context, self._threads, extra_buffers))
        try:
            async for event in self._events(worker, number, "loading"):
                if isinstance(event, Loading | Loaded | Failed):
                    yield event
                if isinstance(event, Loaded | Failed):
                    return
        finally:
            if not worker.loaded:
                await self._end(worker)

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ModelEvent, None]:
        """Answer the last of `messages`; end with `Finished` or `Failed`, which is fatal when the worker has ended."""
        job = Reply(self._begin(), tuple(messages), setup, threads, steering)
        async with aclosing(self._run(job, "answering")) as events:
            async for event in events:
                if isinstance(event, Prefill | Delta | Recast | Finished | Failed):
                    yield event

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent, None]:
        """Score each token of a text; end with `Done` or `Failed`, which is fatal when the worker has ended."""
        job: Job
        match subject:
            case Passage():
                job = ScorePassage(self._begin(), subject, threads)
            case Continuation():
                job = ScoreContinuation(self._begin(), subject, threads)
            case _:
                assert_never(subject)
        async with aclosing(self._run(job, "reading")) as events:
            async for event in events:
                if isinstance(event, Scored | Done | Failed):
                    yield event

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Compare with the model in `other`; end with `Done` or `Failed`."""
        number = self._begin()
        extra_buffers = await asyncio.to_thread(self._extra_buffers, other)
        if self._stopped:
            yield Done(stopped=True)
            return
        job = Compare(number, os.fsencode(other), wanted, threads, extra_buffers)
        async with aclosing(self._run(job, "comparing")) as events:
            async for event in events:
                if isinstance(event, Loading | Diverged | Parted | Done | Failed):
                    yield event

    async def stop(self) -> None:
        """Stop the work in progress, if any; a worker that does not stop is ended."""
        self._stopped = True  # the request may not have been sent yet
        if self._worker is not None and self._working is not None:
            await self._stop(self._worker, self._working)

    def set_threads(self, threads: Threads) -> None:
        """Set the number of threads from the next token on."""
        if self._worker is not None:
            self._worker.send(SetThreads(threads))

    async def close(self) -> None:
        """End the worker, if there is one, and the work in progress with it."""
        self._closings += 1
        if self._worker is not None:
            await self._end(self._worker)

    def _begin(self) -> int:
        """Return the number of a new request, to which a stop applies from now on."""
        self._stopped = False
        self._working = self._next_number()
        return self._working

    async def _run(self, job: Job, doing: str) -> AsyncGenerator[Event, None]:
        """Yield the worker's events for `job` up to the last one; closing the generator stops the job."""
        worker = self._worker
        if worker is None:
            yield Failed("The model is not loaded; load it again.")
            return
        worker.send(job)
        try:
            async for event in self._events(worker, job.number, doing):
                if isinstance(event, Failed) and event.fatal:
                    await self._end(worker)
                yield event
                if isinstance(event, Finished | Done | Failed):
                    return
        finally:
            await self._stop(worker, job.number)

    async def _stop(self, worker: WorkerProcess, number: int) -> None:
        if not worker.is_pending(number):
            return
        worker.send(Stop(number))
        try:
            async with asyncio.timeout(self._patience):
                await worker.wait_for_end_of(number)
        except TimeoutError:
            await worker.end("did not stop and was ended")

    async def _end(self, worker: WorkerProcess) -> None:
        """End `worker`, but not a newer one."""
        self._worker = None if self._worker is worker else self._worker
        await worker.end()

    def _next_number(self) -> int:
        self._last_number += 1
        return self._last_number

    async def _events(self, worker: WorkerProcess, number: int, doing: str) -> AsyncGenerator[Event, None]:
        """Yield the events of request `number`; the last is a fatal `Failed` when the worker has ended or hangs."""
        quiet = 0
        while quiet < self._silence:
            try:
                # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with an event.
                async with asyncio.timeout(_TICK_S):
                    received = await worker.next_event()
            except TimeoutError:
                # Counting ticks instead of seconds: after a suspend of the machine, at most one is missing.
                quiet += 1
                continue
            if received is None:
                yield Failed(worker.exit_message(doing))
                return
            quiet = 0
            if received[0] == number:
                yield received[1]
        yield Failed(
            f"The model's engine gave no sign of life for {self._silence} seconds while {doing}; load it again."
        )
