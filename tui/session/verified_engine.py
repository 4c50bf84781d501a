"""An engine that answers only from weights that are what they are said to be."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tui.chat.conversation import NOTHING_COMPUTED, FinishReason, Message, Setup
from tui.chat.events import Checking, Failed, Finished, Loaded, LoadEvent, Outdated, ReplyEvent, Restarted
from tui.chat.scores import Contrast, ContrastEvent, Done, ScoreEvent, Subject
from tui.engine.cores import Threads
from tui.engine.protocol import GIVEN_UP, Engine
from tui.engine.steering import FREE, Steering
from tui.models.download.parent import Ready
from tui.models.weights.file import Change, WeightsError, WeightsFile
from tui.models.weights.verifier import changed_note

E = TypeVar("E")


class VerifiedEngine:
    """`engine` with the file `own` that it loads, and the `others` that it loads for `contrast`.

    It looks at its file before and after each job, and every `tick` seconds meanwhile. A file whose stamp is the known
    one is not read. One that was overwritten in place is hashed: other bytes end the job. Where another file lies in
    its place, or none, the engine goes on with what it has loaded, and says so.
    """

    def __init__(self, engine: Engine, own: WeightsFile, *others: WeightsFile, tick: float = 1.0) -> None:
        self._engine = engine
        self._own = own
        self._others = others
        self._tick = tick
        self._stopped = False
        self._closings = 0
        self.set_threads = engine.set_threads

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Verify the file and load it; `Loaded` names the hash of what was loaded."""
        async with aclosing(self._guarded(self._load())) as events:
            async for event in events:
                yield event

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answer from the weights that were loaded; say once where the file is another one by now."""
        work = self._engine.reply(messages, setup, threads, steering)
        stopped = Finished(FinishReason.STOPPED, NOTHING_COMPUTED)
        job = self._job(work, stopped, "while it answered, so the answer cannot be attributed")
        async with aclosing(self._guarded(job)) as events:
            async for event in events:
                if (notice := self._own.notice()) is not None:
                    yield Outdated(notice)
                yield event

    async def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent | Restarted, None]:
        """Read a text with the weights that were loaded."""
        work = self._engine.score(subject, threads)
        job = self._job(work, Done(stopped=True), "while it read, so its figures cannot be attributed")
        async with aclosing(self._guarded(job)) as events:
            async for event in events:
                if not isinstance(event, Checking):
                    yield event

    async def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Compare with the model in `other`, whose file is checked as the own one is."""
        work = self._engine.contrast(other, wanted, threads)
        when = "while both were compared, so the comparison cannot be attributed"
        async with aclosing(self._guarded(self._job(work, Done(stopped=True), when, self._others))) as events:
            async for event in events:
                if not isinstance(event, Checking):
                    yield event

    async def stop(self) -> None:
        """Stop what is under way, be it the hashing before a job."""
        self._stopped = True
        await self._engine.stop()

    async def close(self) -> None:
        """Give everything back."""
        self._closings += 1
        self._stopped = True
        await self._engine.close()

    async def _guarded(self, events: AsyncGenerator[E, None]) -> AsyncGenerator[E | Failed, None]:
        """End the engine where a file is not what it must be: nothing that it says could be attributed."""
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        except WeightsError as error:
            await self._engine.close()
            yield Failed(str(error))

    async def _load(self) -> AsyncGenerator[LoadEvent, None]:
        closings, before = self._closings, self._own.ready
        loaded: Loaded | None = None
        async with aclosing(self._own.verify()) as checks:
            async for check in checks:
                if self._closings != closings:
                    break
                yield check
        if self._closings != closings:
            raise WeightsError(GIVEN_UP)
        async with aclosing(self._engine.load()) as events:
            async for event in events:
                if isinstance(event, Loaded):
                    loaded = event
                else:
                    yield event
        if loaded is not None:
            # A file that was replaced meanwhile may have been opened before or after that.
            async with aclosing(self._own.compare("while it was loaded", {Change.REPLACED})) as checks:
                async for check in checks:
                    if self._closings != closings:
                        break
                    yield check
            if self._closings != closings:
                raise WeightsError(GIVEN_UP)
            yield _signed(loaded, self._own, before)

    async def _job(
        self,
        work: AsyncGenerator[E, None],
        stopped: E,
        when: str,
        others: Iterable[WeightsFile] = (),
    ) -> AsyncGenerator[E | Checking, None]:
        """Do `work` between two looks at the files; `stopped` is its end where it was stopped before it began."""
        self._stopped = False
        before = (self._own.compare("since it was loaded"), *(other.verify() for other in others))
        async with aclosing(_chained(before)) as checks:
            async for check in checks:
                if self._stopped:
                    break
                yield check
        if self._stopped:
            yield stopped
            return
        end: E | None = None
        async with aclosing(self._watched(work)) as events:
            async for event in events:
                if isinstance(event, Restarted):
                    async with aclosing(self._own.compare("while it was loaded again", {Change.REPLACED})) as checks:
                        async for check in checks:
                            yield check
                if isinstance(event, Finished | Done):
                    end = event
                else:
                    yield event
        if end is not None:
            async with aclosing(self._compared_after(when, others)) as checks:
                async for check in checks:
                    yield check
            yield end

    async def _compared_after(self, when: str, others: Iterable[WeightsFile]) -> AsyncGenerator[Checking, None]:
        """Look at the files after a job; a stop ends the hashing, and leaves it to the next job."""
        self._stopped = False
        after = (self._own.compare(when), *(other.compare(when, {Change.REPLACED}) for other in others))
        async with aclosing(_chained(after)) as checks:
            async for check in checks:
                if self._stopped:
                    return
                yield check

    async def _watched(self, events: AsyncGenerator[E, None]) -> AsyncGenerator[E, None]:
        """Look at the file now and then while `events` come."""
        clock = asyncio.get_running_loop().time
        looked = clock()
        async with aclosing(events):
            async for event in events:
                if clock() - looked >= self._tick:
                    looked = clock()
                    self._own.change()
                yield event


async def _chained(streams: Iterable[AsyncGenerator[Checking, None]]) -> AsyncGenerator[Checking, None]:
    for stream in streams:
        async with aclosing(stream):
            async for check in stream:
                yield check


def _signed(loaded: Loaded, file: WeightsFile, before: Ready | None) -> Loaded:
    """Return `loaded` with the hash of `file`, and a note where that is another one than `before`."""
    now = file.ready
    if now is None:
        return loaded
    notes = loaded.notes
    if before is not None and before.sha256 != now.sha256:
        notes = (*notes, changed_note(file.path, now.sha256, before.sha256))
    return replace(loaded, sha256=now.sha256, size=now.size, notes=notes)
