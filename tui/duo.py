"""Owns one prompt to two engines: both sides' events merged, everything recorded. Every front end stands on it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Hashable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from tui.archive.store import ArchiveError
from tui.chat.conversation import (
    Answer,
    Conversation,
    Exchange,
    FinishReason,
    Message,
    Question,
    Role,
    Seat,
    Side,
    history_for,
)
from tui.chat.events import Failed, Finished, Loaded, LoadEvent, ReplyEvent
from tui.chat.growth import grown
from tui.chat.sampling import MAX_SEED
from tui.chat.terms import Terms, Wishes
from tui.engine.base import Engine
from tui.engine.cores import Cores, Threads, shares
from tui.recorder import Growing, Recorder

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

BOTH = (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A model at the table: who it is, what runs it, and what it is asked under."""

    seat: Seat
    engine: Engine
    terms: Terms


class Duo:
    """Two players and their conversation.

    `load` and `ask` are generators of (side, event), to be read to the end or closed; one `ask` at a time.
    `cores` are those that both sides may use together.
    """

    def __init__(
        self, *, players: Mapping[Side, Player], conversation: Conversation, recorder: Recorder, cores: Cores
    ) -> None:
        self._players = dict(players)
        self._recorder = recorder
        self._cores = cores
        self._working: set[Side] = set()
        self._trouble = dict.fromkeys(players, "The model is not loaded yet: wait until it is.")
        self.conversation = replace(conversation, seats={side: player.seat for side, player in players.items()})
        """The conversation as it stands, answers under way included as far as they are."""

    @property
    def answering(self) -> frozenset[Side]:
        """The sides that compute an answer now."""
        return frozenset(self._working)

    def ready(self, side: Side) -> bool:
        """Whether `side` is loaded and can be asked."""
        return side not in self._trouble

    async def load(self, sides: Iterable[Side] = BOTH) -> AsyncGenerator[tuple[Side, LoadEvent], None]:
        """Loads the models of `sides`, or loads them again, at the same time; each ends with `Loaded` or `Failed`."""
        async with aclosing(merge({side: self._players[side].engine.load() for side in sides})) as events:
            async for side, event in events:
                if isinstance(event, Loaded):
                    self._seat(side, event)
                elif isinstance(event, Failed):
                    self._trouble[side] = event.message
                yield side, event

    async def ask(self, text: str, sides: Iterable[Side] = BOTH) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
        """Puts `text` to `sides`; each ends with `Finished` or `Failed`, and neither waits for the other.

        A side that is not loaded fails at once. Raises ArchiveError before anything is asked when the question could
        not be saved, and after the last event when an answer could not. Closing the generator early keeps what was
        written, as interrupted.
        """
        seed = secrets.randbelow(MAX_SEED + 1)
        question = Question(text, datetime.now(UTC), tuple(sides))
        empty = {side: self._empty_answer(side, seed) for side in question.sides}
        exchange_id = await self._record(question, empty)
        messages = {side: self._messages(side, text) for side in question.sides}
        self.conversation = self.conversation.with_exchange(Exchange(question, empty))
        records = {side: Growing(self._recorder, exchange_id, side) for side in question.sides}
        self._working = {side for side in question.sides if self.ready(side)}
        replies = {side: self._reply(side, messages[side], empty[side], records[side]) for side in question.sides}
        async with aclosing(merge(replies)) as events:
            async for pair in events:
                yield pair
        for record in records.values():
            if record.trouble is not None:
                raise record.trouble

    async def stop(self, side: Side | None = None) -> None:
        """Stops `side`'s answer, or both; what was written stays."""
        sides = self.answering if side is None else self.answering & {side}
        await asyncio.gather(*(self._players[each].engine.stop() for each in sides))

    def wishes(self, side: Side) -> Wishes:
        """What the user wishes of `side`."""
        return self._players[side].terms.wishes

    def wish(self, side: Side, wishes: Wishes) -> None:
        """Asks `side` under other wishes from its next question on; its context stays what it was loaded with."""
        player = self._players[side]
        self._players[side] = replace(player, terms=replace(player.terms, wishes=wishes))

    async def close(self) -> None:
        """Ends both engines and waits until what was said is saved."""
        await asyncio.gather(*(player.engine.close() for player in self._players.values()))
        await self._recorder.close()

    def _seat(self, side: Side, loaded: Loaded) -> None:
        self._trouble.pop(side, None)
        seat = replace(
            self._players[side].seat,
            engine=loaded.engine,
            context=loaded.context,
            template_sha256=loaded.template_sha256,
        )
        self._players[side] = replace(self._players[side], seat=seat)
        self.conversation = replace(self.conversation, seats={**self.conversation.seats, side: seat})

    def _empty_answer(self, side: Side, seed: int) -> Answer:
        player = self._players[side]
        return Answer(seat=player.seat, setup=player.terms.setup(seed))

    def _messages(self, side: Side, text: str) -> tuple[Message, ...]:
        system = self._players[side].terms.wishes.system
        head = (Message(Role.SYSTEM, system),) if system else ()
        return (*head, *history_for(side, self.conversation), Message(Role.USER, text))

    async def _record(self, question: Question, growing: Mapping[Side, Answer]) -> int:
        conversation = self.conversation
        if conversation.id is None:
            conversation = await self._recorder.begin(replace(conversation, started_at=question.asked_at))
            self.conversation = conversation
        if conversation.id is None:
            raise ArchiveError("The archive gave the conversation no number; report this as a defect.")
        return await self._recorder.ask(conversation.id, question, growing)

    async def _reply(
        self, side: Side, messages: tuple[Message, ...], answer: Answer, record: Growing
    ) -> AsyncGenerator[ReplyEvent, None]:
        shared = False
        try:
            async with aclosing(self._events(side, messages, answer)) as events:
                async for event in events:
                    shared = shared or bool(self._working - {side})
                    said = _marked(event, shared=shared)
                    answer = grown(answer, said)
                    if answer.finish_reason is not None:
                        self._leave(side)
                    self._keep(side, answer)
                    await record.save(answer)
                    yield said
        finally:
            self._leave(side)
            if answer.finish_reason is None:
                answer = replace(answer, finish_reason=FinishReason.INTERRUPTED)
                self._keep(side, answer)
                await record.save(answer)

    async def _events(
        self, side: Side, messages: tuple[Message, ...], answer: Answer
    ) -> AsyncGenerator[ReplyEvent, None]:
        if side in self._trouble:
            yield Failed(self._trouble[side])
            return
        threads = self._shares()[side]
        async with aclosing(self._players[side].engine.reply(messages, answer.setup, threads)) as events:
            async for event in events:
                if isinstance(event, Failed) and event.fatal:
                    self._trouble[side] = event.message
                yield event

    def _leave(self, side: Side) -> None:
        """`side` computes no more: its threads go to whoever still does."""
        if side in self._working:
            self._working.discard(side)
            for each, threads in self._shares().items():
                self._players[each].engine.set_threads(threads)

    def _shares(self) -> dict[Side, Threads]:
        """The threads of the sides that compute; what a token costs goes with the weights that are read for it."""
        sizes = {side: max(1, self._players[side].seat.weights.size) for side in self._working}
        return shares(self._cores, sizes)

    def _keep(self, side: Side, answer: Answer) -> None:
        *earlier, last = self.conversation.exchanges
        self.conversation = replace(self.conversation, exchanges=(*earlier, last.with_answer(side, answer)))


def _marked(event: ReplyEvent, *, shared: bool) -> ReplyEvent:
    if isinstance(event, Finished):
        return replace(event, usage=replace(event.usage, shared=shared))
    return event


async def merge(streams: Mapping[K, AsyncGenerator[T, None]]) -> AsyncGenerator[tuple[K, T], None]:
    """Every stream's items as they come, each with its stream's key; what one of them raises is raised at the end."""
    arrived: asyncio.Queue[tuple[K, T] | None] = asyncio.Queue()

    async def drain(key: K, stream: AsyncGenerator[T, None]) -> None:
        try:
            async with aclosing(stream):
                async for item in stream:
                    arrived.put_nowait((key, item))
        finally:
            arrived.put_nowait(None)

    tasks = [asyncio.create_task(drain(key, stream)) for key, stream in streams.items()]
    try:
        running = len(tasks)
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            else:
                yield item
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
