"""Owns what a duo is doing now: which sides load, what is being asked, and which questions wait their turn."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import aclosing
from typing import Any, Protocol

from tui.archive.store import ArchiveError
from tui.chat.conversation import Side
from tui.chat.events import LoadEvent, Loading, ReplyEvent
from tui.duo import BOTH, Duo

PATIENCE_S = 0.5
"""How long an engine may take to stop before the end is not waited for any more; what it said last may be lost then."""


class Listener(Protocol):
    """Whoever shows what happens; every method is called from the event loop and returns at once."""

    def load_began(self, sides: Iterable[Side]) -> None:
        """`sides` are being loaded from now on."""
        ...

    def load_said(self, side: Side, event: LoadEvent) -> None:
        """`side` got on with its loading, or ended it."""
        ...

    def question_asked(self, text: str, sides: Iterable[Side]) -> None:
        """`text` was put to `sides`."""
        ...

    def side_said(self, side: Side, event: ReplyEvent) -> None:
        """`side` got on with its answer, or ended it."""
        ...

    def queue_changed(self, waiting: tuple[str, ...]) -> None:
        """These questions wait now, the next one first."""
        ...

    def saving_failed(self, question: str | None, message: str) -> None:
        """The archive did not take an answer; or, where `question` is given, not even that, and nobody answers."""
        ...

    def defect_met(self, error: BaseException) -> None:
        """Something raised that never should."""
        ...


class Talk:
    """A duo at work. One question at a time; those sent meanwhile wait, and go to the sides that are loaded by then."""

    def __init__(self, duo: Duo, listener: Listener) -> None:
        self._duo = duo
        self._listener = listener
        self._loading: set[Side] = set()
        self._asking = False
        self._waiting: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def duo(self) -> Duo:
        """The two players and their conversation."""
        return self._duo

    @property
    def failed(self) -> tuple[Side, ...]:
        """The sides that have to be loaded again before they can answer."""
        return tuple(side for side in BOTH if side not in self._loading and not self._duo.ready(side))

    def load(self, sides: Iterable[Side] = BOTH) -> None:
        """Starts loading those of `sides` that are neither loading nor answering."""
        wanted = tuple(side for side in sides if side not in self._loading and side not in self._duo.answering)
        if wanted:
            self._loading.update(wanted)
            self._listener.load_began(wanted)
            self._start(self._load(wanted))

    def send(self, text: str) -> None:
        """Asks `text` now, or as soon as nothing loads or answers any more."""
        self._waiting.append(text)
        self._go_on()

    def take_back(self) -> str | None:
        """The question that was sent last and still waits, no longer waiting."""
        text = self._waiting.pop() if self._waiting else None
        self._listener.queue_changed(tuple(self._waiting))
        return text

    def stop(self, side: Side | None = None) -> None:
        """Stops `side`'s answer, or both; what was written stays."""
        if self._duo.answering:
            self._start(self._duo.stop(side))

    async def close(self) -> None:
        """Ends everything; answers under way are kept as interrupted."""
        self._waiting.clear()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE_S)
        await self._duo.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _go_on(self) -> None:
        sides = tuple(side for side in BOTH if self._duo.ready(side))
        if self._waiting and sides and not self._loading and not self._asking:
            self._asking = True
            self._start(self._ask(self._waiting.pop(0), sides))
        self._listener.queue_changed(tuple(self._waiting))

    async def _load(self, sides: tuple[Side, ...]) -> None:
        async with aclosing(self._duo.load(sides)) as events:
            async for side, event in events:
                if not isinstance(event, Loading):
                    self._loading.discard(side)
                self._listener.load_said(side, event)
                self._go_on()

    async def _ask(self, text: str, sides: tuple[Side, ...]) -> None:
        asked = len(self._duo.conversation.exchanges)
        self._listener.question_asked(text, sides)
        try:
            async with aclosing(self._duo.ask(text, sides)) as events:
                async for side, event in events:
                    self._listener.side_said(side, event)
        except ArchiveError as error:
            unasked = len(self._duo.conversation.exchanges) == asked
            self._listener.saving_failed(text if unasked else None, str(error))
        finally:
            self._asking = False
        self._go_on()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._listener.defect_met(error)
