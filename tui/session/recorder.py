"""A thread that writes to the archive, so that no front end waits for a disk."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from time import monotonic
from typing import TypeVar

from tui.archive.store import Archive, ArchiveError
from tui.chat.conversation import Answer, Conversation, FinishReason, Question, Side
from tui.chat.judgment import Judgment

T = TypeVar("T")

CHECKPOINT_S = 1.0
"""How many seconds of an answer's text a sudden end of this process may cost."""


class Recorder:
    """Writes to the archive in order; every method returns once its write is on disk, or raises ArchiveError."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")

    async def begin(self, conversation: Conversation) -> Conversation:
        """Return `conversation` with the number that the archive gave it."""
        return await self._run(lambda: self._archive.begin(conversation))

    async def ask(self, conversation_id: int, question: Question, partial_answers: Mapping[Side, Answer]) -> int:
        """Commit a question with its answers still empty; return the number of the exchange.

        Where the caller is cancelled meanwhile, the answers end as interrupted: none of them will ever be written.
        """
        return await self._ask(lambda: self._archive.ask(conversation_id, question, partial_answers), partial_answers)

    async def again(self, exchange_id: int, partial_answers: Mapping[Side, Answer]) -> None:
        """Commit answers that are generated once more, still empty, as `ask` does."""

        def write() -> int:
            self._archive.again(exchange_id, partial_answers)
            return exchange_id

        await self._ask(write, partial_answers)

    async def judge(self, exchange_id: int, judgment: Judgment | None) -> None:
        """Commit the user's judgment of an exchange, or remove it."""
        await self._run(lambda: self._archive.judge(exchange_id, judgment))

    async def checkpoint(self, exchange_id: int, side: Side, answer: Answer) -> None:
        """Commit what is written of an answer so far."""
        await self._run(lambda: self._archive.checkpoint(exchange_id, side, answer))

    async def finish(self, exchange_id: int, side: Side, answer: Answer) -> None:
        """Commit an answer that has ended."""
        await self._run(lambda: self._archive.finish(exchange_id, side, answer))

    async def close(self) -> None:
        """Wait for the writes in progress; the archive itself stays open."""
        await asyncio.to_thread(self._thread.shutdown)

    async def _ask(self, write: Callable[[], int], partial_answers: Mapping[Side, Answer]) -> int:
        asked = self._thread.submit(write)
        try:
            return await _written(asked)
        except asyncio.CancelledError:
            self._thread.submit(self._interrupt, asked, partial_answers)
            raise

    def _interrupt(self, asked: Future[int], partial_answers: Mapping[Side, Answer]) -> None:
        for side, answer in partial_answers.items():
            interrupted = replace(answer, finish_reason=FinishReason.INTERRUPTED)
            self._archive.finish(asked.result(), side, interrupted)

    async def _run(self, write: Callable[[], T]) -> T:
        return await _written(self._thread.submit(write))


async def _written(write: Future[T]) -> T:
    # Shielded: who is cancelled stops waiting, but what was said is written all the same.
    return await asyncio.shield(asyncio.wrap_future(write))


class AnswerRecord:
    """One answer on its way into the archive; `trouble` is the error that kept its last state from being saved."""

    def __init__(self, recorder: Recorder, exchange_id: int, side: Side) -> None:
        self._recorder = recorder
        self._exchange_id = exchange_id
        self._side = side
        self._saved_at = monotonic()
        self.trouble: ArchiveError | None = None

    async def save(self, answer: Answer) -> None:
        """Save an answer that has ended. One in progress is saved only if the last checkpoint is old enough."""
        if answer.finish_reason is None and monotonic() - self._saved_at < CHECKPOINT_S:
            return
        self._saved_at = monotonic()
        write = self._recorder.checkpoint if answer.finish_reason is None else self._recorder.finish
        try:
            await write(self._exchange_id, self._side, answer)
            self.trouble = None
        except ArchiveError as error:
            self.trouble = error
