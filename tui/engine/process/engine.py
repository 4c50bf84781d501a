"""One model in a child process: started, asked, stopped, watched, ended, and started again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import assert_never

import msgspec

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
from tui.engine.installation import unusable
from tui.engine.process.worker_process import Child, worker_environ
from tui.engine.protocol import GIVEN_UP
from tui.engine.steering import FREE, Steering
from tui.engine.wire import (
    Compare,
    EngineFacts,
    Event,
    Job,
    Load,
    Reply,
    ScoreContinuation,
    ScorePassage,
    SetThreads,
    Stop,
)

_TICK = 1.0
"""Seconds after which an awaited sign of life counts as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A worker that ended by `signal`; `computed` is whether the model had computed anything since it was loaded.

    `lacks_memory` is whether its last words were that memory ran out.
    """

    signal: str
    computed: bool
    lacks_memory: bool


class ProcessEngine:
    """An Engine whose model lives in a worker; whatever kills the worker costs this side alone.

    `context` is in tokens, `silence` the seconds without a sign of life after which a worker counts as hung (it gives
    one each second while it computes), `patience` the seconds that it has to stop before it is ended.

    The worker warms up on `threads`. `extra_buffers` says of a weights file whether llama.cpp may repack it; it is
    called in a thread. In the safe mode, AMX is refused to the worker, or no extra buffers are used.
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
        self._last: Child | None = None
        self._child: Child | None = None
        self._number = 0
        self._working: int | None = None
        self._closings = 0

    @property
    def pid(self) -> int | None:
        """The worker's process id, or None while there is none."""
        return None if self._child is None else self._child.pid

    @property
    def crash(self) -> Crash | None:
        """How the last worker ended by itself, by a signal; None where it did not."""
        child = self._last
        if child is None or child.crash is None:
            return None
        return Crash(signal=child.crash, computed=child.computed, lacks_memory=child.lacks_memory)

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Starts a worker that loads the model, in place of an earlier one; ends with `Loaded` or `Failed`."""
        await self.close()
        closings, number = self._closings, self._next_number()
        extra_buffers = await asyncio.to_thread(self._extra_buffers, self._path)
        try:
            child = await Child.spawn(self._python, self._environ, safe_mode=self._safe_mode)
        except OSError as error:
            yield Failed(
                f"The model's engine cannot be started ({error.strerror}); close other programs and try again."
            )
            return
        if self._closings != closings:
            await child.end()
            yield Failed(GIVEN_UP)
            return
        self._child = self._last = child
        child.send(Load(number, os.fsencode(self._path), self._context, self._threads, extra_buffers))
        try:
            async for event in self._events(child, number, "loading"):
                if isinstance(event, Loading | Loaded | Failed):
                    yield event
                if isinstance(event, Loaded | Failed):
                    return
        finally:
            if not child.loaded:
                await self._end(child)

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ModelEvent, None]:
        """Answers the last of `messages`; ends with `Finished` or `Failed`, which is fatal when the worker is gone."""
        job = partial(Reply, messages=tuple(messages), setup=setup, threads=threads, steering=steering)
        async with aclosing(self._done(job, "answering")) as events:
            async for event in events:
                if isinstance(event, Prefill | Delta | Recast | Finished | Failed):
                    yield event

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent, None]:
        """Reads a text in a memory of its own; ends with `Done` or `Failed`, which is fatal when the worker is gone."""
        job: Callable[[int], Job]
        match subject:
            case Passage():
                job = partial(ScorePassage, passage=subject, threads=threads)
            case Continuation():
                job = partial(ScoreContinuation, continuation=subject, threads=threads)
            case _:
                assert_never(subject)
        async with aclosing(self._done(job, "reading")) as events:
            async for event in events:
                if isinstance(event, Scored | Done | Failed):
                    yield event

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Compares with the model in `other`, loaded beside this one; ends with `Done` or `Failed`."""
        extra_buffers = await asyncio.to_thread(self._extra_buffers, other)
        job = partial(Compare, path=os.fsencode(other), contrast=wanted, threads=threads, extra_buffers=extra_buffers)
        async with aclosing(self._done(job, "comparing")) as events:
            async for event in events:
                if isinstance(event, Loading | Diverged | Parted | Done | Failed):
                    yield event

    async def stop(self) -> None:
        """Stops what is under way, if anything; a worker that does not heed it is ended."""
        if self._child is not None and self._working is not None:
            await self._stop(self._child, self._working)

    async def _done(self, job: Callable[[int], Job], doing: str) -> AsyncGenerator[Event, None]:
        """What the worker says of a job, to the last event; nobody who listens any more means that it stops."""
        child = self._child
        if child is None:
            yield Failed("The model is not loaded; load it again.")
            return
        number = self._working = self._next_number()
        child.send(job(number))
        try:
            async for event in self._events(child, number, doing):
                if isinstance(event, Failed) and event.fatal:
                    await self._end(child)
                yield event
                if isinstance(event, Finished | Done | Failed):
                    return
        finally:
            await self._stop(child, number)
            self._working = None if self._working == number else self._working

    async def _stop(self, child: Child, number: int) -> None:
        if not child.owes(number):
            return
        child.send(Stop(number))
        try:
            async with asyncio.timeout(self._patience):
                await child.ended(number)
        except TimeoutError:
            await child.end("did not stop and was ended")

    def set_threads(self, threads: Threads) -> None:
        """On how many threads it may compute from the next token on."""
        if self._child is not None:
            self._child.send(SetThreads(threads))

    async def close(self) -> None:
        """Ends the worker, if there is one, and with it an answer under way."""
        self._closings += 1
        if self._child is not None:
            await self._end(self._child)

    async def _end(self, child: Child) -> None:
        """Ends `child`, and leaves one that has taken its place alone."""
        self._child = None if self._child is child else self._child
        await child.end()

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    async def _events(self, child: Child, number: int, doing: str) -> AsyncGenerator[Event, None]:
        """What the worker says of request `number`; it ends with a fatal `Failed` when it dies or falls silent."""
        quiet = 0
        while quiet < self._silence:
            try:
                # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with an event.
                async with asyncio.timeout(_TICK):
                    said = await child.next()
            except TimeoutError:
                # Ticks are counted, not seconds: a whole machine that slept has missed one tick at most.
                quiet += 1
                continue
            if said is None:
                yield Failed(child.obituary(doing))
                return
            quiet = 0
            if said[0] == number:
                yield said[1]
        yield Failed(
            f"The model's engine gave no sign of life for {self._silence} seconds while {doing}; load it again."
        )


async def describe(environ: Mapping[str, str], python: str = sys.executable) -> EngineFacts | str:
    """What would compute here, found out in a child process; or one sentence on why it cannot."""
    try:
        process = await asyncio.create_subprocess_exec(
            python,
            *("-P", "-m", "tui.engine.worker", "--describe"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=worker_environ(environ),
        )
    except OSError as error:
        return f"llama.cpp cannot be tried here ({error.strerror}): close other programs and try again."
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return msgspec.json.decode(output, type=EngineFacts | str)
    except msgspec.DecodeError:
        return unusable(_end_of(process.returncode or 0, errors), environ)


def _end_of(status: int, errors: bytes) -> str:
    """Say how a child ended that said nothing: by which signal, or its last line on standard error."""
    if status == -signal.SIGILL:
        return f"{signal.strsignal(-status)}: perhaps it was built for another processor"
    if status < 0:
        return f"its process ended: {signal.strsignal(-status)}"
    return errors.decode(errors="replace").strip().rpartition("\n")[2]
