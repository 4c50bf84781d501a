"""Owns what a duo is doing now: which sides load, what is being asked, and which questions wait their turn."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from tui.archive.store import ArchiveError
from tui.chat.conversation import Side
from tui.chat.events import Failed, Loaded, LoadEvent, ReplyEvent
from tui.session.duo import BOTH, Duo, Participant

PATIENCE_S = 0.5
"""How long an engine may take to stop before the end is not waited for any more; what it said last may be lost then."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A question as it was sent: its `text`, and the places on the screen whose players it is meant for."""

    text: str
    places: tuple[Side, ...] = BOTH


class Listener(Protocol):
    """Whoever shows what happens; every method is called from the event loop and returns at once."""

    def participant(self, place: Side) -> Side:
        """Who is shown in `place` now."""
        ...

    def seat_taken(self, side: Side) -> None:
        """Another model sits on `side` now, and is not loaded yet."""
        ...

    def load_began(self, sides: Iterable[Side]) -> None:
        """`sides` are being loaded from now on."""
        ...

    def load_said(self, side: Side, event: LoadEvent) -> None:
        """`side` got on with its loading, or ended it."""
        ...

    def turned_away(self, text: str, sides: Iterable[Side]) -> bool:
        """Whether `text` may not be put to `sides` as things are; whoever sent it has it back then."""
        ...

    def question_asked(self, text: str, sides: Iterable[Side], *, waited: bool) -> bool:
        """`text` was put to `sides`, as it was sent or after it `waited`; whether each answer is on the other side."""
        ...

    def question_asked_again(self, sides: Iterable[Side]) -> None:
        """The last question was put to `sides` once more."""
        ...

    def side_said(self, side: Side, event: ReplyEvent) -> None:
        """`side` got on with its answer, or ended it."""
        ...

    def queue_changed(self, waiting: tuple[Sent, ...]) -> None:
        """These questions wait now, the next one first."""
        ...

    def saving_failed(self, question: str | None, message: str) -> None:
        """The archive did not take an answer; or, where `question` is given, not even that."""
        ...

    def not_asked(self, sides: Iterable[Side]) -> None:
        """Nobody answers what was just put to `sides`."""
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
        self._waiting: list[Sent] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def duo(self) -> Duo:
        """The two players and their conversation."""
        return self._duo

    @property
    def failed(self) -> tuple[Side, ...]:
        """The sides that have to be loaded again before they can answer."""
        return tuple(side for side in BOTH if side not in self._loading and not self._duo.ready(side))

    @property
    def outdated(self) -> tuple[Side, ...]:
        """The sides that can answer, but from another file than lies on the disk now."""
        return tuple(side for side in BOTH if side not in self._loading and side in self._duo.outdated)

    @property
    def busy(self) -> bool:
        """Whether a model loads or answers."""
        return bool(self._loading) or self._asking

    def load(self, sides: Iterable[Side] = BOTH) -> None:
        """Starts loading those of `sides` that are neither loading nor answering."""
        wanted = tuple(side for side in sides if side not in self._loading and side not in self._duo.answering)
        if wanted:
            self._loading.update(wanted)
            self._listener.load_began(wanted)
            self._start(self._load(wanted))

    def send(self, text: str, places: tuple[Side, ...] = BOTH) -> None:
        """Asks whoever is in `places` now, or as soon as nothing loads or answers any more and one of them can."""
        sent = Sent(text, places)
        self._waiting.append(sent)
        self._go_on(sent)

    def take_back(self) -> str | None:
        """The question that was sent last and still waits, no longer waiting."""
        sent = self._waiting.pop() if self._waiting else None
        self._listener.queue_changed(tuple(self._waiting))
        return sent.text if sent is not None else None

    def again(self, places: Iterable[Side] = BOTH) -> str | None:
        """Has whoever is in `places` answer the last question once more, or says why that cannot be now."""
        exchanges = self._duo.conversation.exchanges
        if not exchanges:
            return "There is no answer yet that could be given again: ask something first."
        if self.busy:
            return "A model is at work: wait until it is done, or stop it, then have it answer again."
        question = exchanges[-1].question
        asked = tuple(side for side in map(self._listener.participant, places) if side in question.sides)
        ready = tuple(side for side in asked if self._duo.ready(side))
        if not asked:
            return f"The last question was put to the {self._listener.participant(question.sides[0])} model only."
        if not ready:
            failed = " and the ".join(map(self._listener.participant, asked))
            return f"The {failed} model cannot answer again before it is loaded again."
        self._asking = True
        self._listener.question_asked_again(ready)
        self._start(self._hear(self._duo.again(ready), ready, None))
        return None

    async def replace_model(self, side: Side, participant: Participant) -> None:
        """Lets `player` go on in place of whoever is on `side`, and loads it; nothing is asked meanwhile."""
        self._loading.add(side)
        try:
            await self._duo.replace_model(side, participant)
        finally:
            self._loading.discard(side)
        self._listener.seat_taken(side)
        self.load([side])

    def stop(self, side: Side | None = None) -> None:
        """Stops `side`'s answer, or both, from the moment of the question on; what was written stays."""
        if self._asking:
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

    def _go_on(self, just: Sent | None = None) -> None:
        """Asks what comes next, if that can be now; `just` was sent this moment."""
        while not self.busy and (sides := self._next()):
            sent = self._waiting.pop(0)
            if not self._listener.turned_away(sent.text, sides):
                self._ask(sent.text, sides, waited=sent is not just)
        self._listener.queue_changed(tuple(self._waiting))

    def _next(self) -> tuple[Side, ...]:
        """Who can answer the question that has waited longest; nobody where none waits."""
        wanted = set(map(self._listener.participant, self._waiting[0].places)) if self._waiting else set()
        return tuple(side for side in BOTH if side in wanted and self._duo.ready(side))

    async def _load(self, sides: tuple[Side, ...]) -> None:
        async with aclosing(self._duo.load(sides)) as events:
            async for side, event in events:
                if isinstance(event, Loaded | Failed):
                    self._loading.discard(side)
                self._listener.load_said(side, event)
                self._go_on()

    def _ask(self, text: str, sides: tuple[Side, ...], *, waited: bool) -> None:
        # Shown at once, not when its task begins: nothing may change by then that the question was let through for.
        self._asking = True
        swapped = self._listener.question_asked(text, sides, waited=waited)
        self._start(self._hear(self._duo.ask(text, sides, swapped=swapped), sides, text))

    async def _hear(
        self, events: AsyncGenerator[tuple[Side, ReplyEvent], None], sides: tuple[Side, ...], text: str | None
    ) -> None:
        """Tells what `sides` say to `text`, or to the last question again, then goes on with what waits."""
        began = False
        try:
            async with aclosing(events):
                async for side, event in events:
                    began = True
                    self._listener.side_said(side, event)
        except ArchiveError as error:
            self._listener.saving_failed(None if began else text, str(error))
            if not began:
                self._listener.not_asked(sides)
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
