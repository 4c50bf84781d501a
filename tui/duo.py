"""Owns one prompt to two engines: both sides' events merged, everything recorded. Every front end stands on it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tui.archive.store import ArchiveError
from tui.chat.conversation import Answer, Conversation, Exchange, FinishReason, Message, Question, Seat, Setup, Side
from tui.chat.events import Failed, Finished, Loaded, LoadEvent, Loading, Prefill, ReplyEvent
from tui.chat.growth import grown
from tui.chat.judgment import Judgment
from tui.chat.messages import messages_for
from tui.chat.sampling import MAX_SEED
from tui.chat.scores import ScoreEvent, Subject
from tui.chat.terms import Terms, Wishes
from tui.engine.base import Engine
from tui.engine.cores import Cores, Threads, shares
from tui.engine.steering import rerunning
from tui.recorder import Growing, Recorder
from tui.streams import merge

BOTH = (Side.LEFT, Side.RIGHT)
NOTHING: Mapping[Side, Answer] = {}
_NOT_LOADED = "The model is not loaded yet: wait until it is."


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
        self._loading: set[Side] = set()
        self._trouble = dict.fromkeys(players, _NOT_LOADED)
        self.conversation = replace(conversation, seats={side: player.seat for side, player in players.items()})
        """The conversation as it stands, answers under way included as far as they are."""
        self.prompts: dict[Side, str] = {}
        """What each model really read for its last question, as its chat template wrote it."""

    @property
    def answering(self) -> frozenset[Side]:
        """The sides that compute an answer now."""
        return frozenset(self._working)

    @property
    def computing(self) -> frozenset[Side]:
        """The sides that take time from another one now: they answer, or load."""
        return frozenset(self._working | self._loading)

    def ready(self, side: Side) -> bool:
        """Whether `side` is loaded and can be asked."""
        return side not in self._trouble

    async def load(self, sides: Iterable[Side] = BOTH) -> AsyncGenerator[tuple[Side, LoadEvent], None]:
        """Loads the models of `sides`, or loads them again, at the same time; each ends with `Loaded` or `Failed`."""
        engines = {side: self._players[side].engine for side in sides}
        self._loading.update(engines)
        try:
            async with aclosing(merge({side: engine.load() for side, engine in engines.items()})) as events:
                async for side, event in events:
                    if self._players[side].engine is not engines[side]:
                        continue  # somebody else has taken the seat
                    if isinstance(event, Loaded):
                        self._seat(side, event)
                    elif isinstance(event, Failed):
                        self._trouble[side] = event.message
                    if not isinstance(event, Loading):
                        self._loading.discard(side)
                    yield side, event
        finally:
            self._loading.difference_update(engines)

    async def ask(
        self, text: str, sides: Iterable[Side] = BOTH, *, swapped: bool = False, rerun: Mapping[Side, Answer] = NOTHING
    ) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
        """Puts `text` to `sides`; each ends with `Finished` or `Failed`, and neither waits for the other.

        A side that is not loaded fails at once. Raises ArchiveError before anything is asked when the question could
        not be saved, and after the last event when an answer could not. Closing the generator early keeps what was
        written, as interrupted. An answer in `rerun` is run again under its own conditions, stopped where it was.
        """
        question = Question(text, datetime.now(UTC), tuple(sides), swapped)
        growing = self._growing(question.sides, rerun)
        messages = {side: messages_for(side, answer.setup, self.conversation, text) for side, answer in growing.items()}
        exchange_id = await self._record(question, growing)
        self.conversation = self.conversation.with_exchange(Exchange(question, growing, id=exchange_id))
        async with aclosing(self._answers(exchange_id, messages, growing, rerun)) as events:
            async for pair in events:
                yield pair

    async def again(
        self, sides: Iterable[Side] = BOTH, *, rerun: Mapping[Side, Answer] = NOTHING
    ) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
        """Puts the last question once more to those of `sides` that it was put to, with another seed; as `ask` does.

        The answers before are kept as earlier ones; what was judged is judged no more.
        """
        *before, last = self.conversation.exchanges
        asked = tuple(side for side in last.question.sides if side in tuple(sides))
        growing = self._growing(asked, rerun, {side: len(last.earlier.get(side, ())) + 1 for side in asked})
        past, text = replace(self.conversation, exchanges=tuple(before)), last.question.text
        messages = {side: messages_for(side, answer.setup, past, text) for side, answer in growing.items()}
        if last.id is None:
            raise ArchiveError("The archive gave the question no number; report this as a defect.")
        await self._recorder.again(last.id, growing)
        before = list(self.conversation.exchanges[:-1])  # meanwhile one of them may have been judged
        self.conversation = replace(self.conversation, exchanges=(*before, last.again(growing)))
        async with aclosing(self._answers(last.id, messages, growing, rerun)) as events:
            async for pair in events:
                yield pair

    async def judge(self, exchange_id: int, judgment: Judgment | None) -> None:
        """Keeps what the person says of an exchange, or takes it back. Raises ArchiveError."""
        await self._recorder.judge(exchange_id, judgment)
        judged = (
            replace(each, judgment=judgment) if each.id == exchange_id else each for each in self.conversation.exchanges
        )
        self.conversation = replace(self.conversation, exchanges=tuple(judged))

    async def seat(self, side: Side, player: Player) -> None:
        """Lets `player`, not loaded yet, go on in place of whoever sits on `side`, with what was said there so far."""
        await self._players[side].engine.close()
        self._players[side] = player
        self._trouble[side] = _NOT_LOADED
        self.prompts.pop(side, None)
        self.conversation = replace(self.conversation, seats={**self.conversation.seats, side: player.seat})

    async def score(self, side: Side, subject: Subject) -> AsyncGenerator[ScoreEvent, None]:
        """Lets `side` read a text; ends with `Done` or `Failed`, at once where it is not loaded.

        Both sides may read at the same time, but no side while it answers.
        """
        if side in self._trouble:
            yield Failed(self._trouble[side])
            return
        self._working.add(side)
        self._share_out(self._working - {side})
        try:
            async with aclosing(self._players[side].engine.score(subject, self._shares()[side])) as events:
                async for event in events:
                    if isinstance(event, Failed) and event.fatal:
                        self._trouble[side] = event.message
                    yield event
        finally:
            self._leave(side)

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
            machine=loaded.machine,
            takes_system=loaded.takes_system,
            session=secrets.token_hex(8),
        )
        self._players[side] = replace(self._players[side], seat=seat)
        self.conversation = replace(self.conversation, seats={**self.conversation.seats, side: seat})

    def _growing(
        self, sides: Iterable[Side], rerun: Mapping[Side, Answer], attempts: Mapping[Side, int] | None = None
    ) -> dict[Side, Answer]:
        """Empty answers, their seeds drawn; a seed that the user named counts on with each attempt after the first."""
        drawn = secrets.randbelow(MAX_SEED + 1)
        growing = {}
        for side in sides:
            setup = rerun[side].setup if side in rerun else self._players[side].terms.setup(drawn)
            if side not in rerun and attempts is not None:
                setup = replace(setup, sampling=setup.sampling.reseeded(attempts[side]))
                drawn = secrets.randbelow(MAX_SEED + 1)  # models of one kin say the same under the same seed
            growing[side] = Answer(seat=self._players[side].seat, setup=setup)
        return growing

    async def _answers(
        self,
        exchange_id: int,
        messages: Mapping[Side, tuple[Message, ...]],
        growing: Mapping[Side, Answer],
        rerun: Mapping[Side, Answer],
    ) -> AsyncGenerator[tuple[Side, ReplyEvent], None]:
        records = {side: Growing(self._recorder, exchange_id, side) for side in growing}
        self._working = {side for side in growing if self.ready(side)}
        self.prompts = {side: prompt for side, prompt in self.prompts.items() if side not in growing}
        replies = {
            side: self._reply(side, messages[side], answer, records[side], rerun.get(side))
            for side, answer in growing.items()
        }
        async with aclosing(merge(replies)) as events:
            async for pair in events:
                yield pair
        for record in records.values():
            if record.trouble is not None:
                raise record.trouble

    async def _record(self, question: Question, growing: Mapping[Side, Answer]) -> int:
        if self.conversation.id is None:
            begun = await self._recorder.begin(replace(self.conversation, started_at=question.asked_at))
            self.conversation = replace(self.conversation, id=begun.id, started_at=begun.started_at)  # seats may be new
        if self.conversation.id is None:
            raise ArchiveError("The archive gave the conversation no number; report this as a defect.")
        return await self._recorder.ask(self.conversation.id, question, growing)

    async def _reply(
        self, side: Side, messages: tuple[Message, ...], answer: Answer, record: Growing, rerun: Answer | None
    ) -> AsyncGenerator[ReplyEvent, None]:
        shared = False
        try:
            async with aclosing(self._events(side, messages, answer.setup, rerun)) as events:
                async for event in events:
                    shared = shared or bool(self.computing - {side})
                    said: ReplyEvent = event
                    if isinstance(event, Finished):
                        said = replace(event, usage=replace(event.usage, shared=shared))
                    if isinstance(said, Prefill) and said.prompt is not None:
                        self.prompts[side] = said.prompt
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
        self, side: Side, messages: tuple[Message, ...], setup: Setup, rerun: Answer | None
    ) -> AsyncGenerator[ReplyEvent, None]:
        if side in self._trouble:
            yield Failed(self._trouble[side])
            return
        threads = self._shares()[side]
        async with aclosing(self._players[side].engine.reply(messages, setup, threads, rerunning(rerun))) as events:
            async for event in events:
                if isinstance(event, Failed) and event.fatal:
                    self._trouble[side] = event.message
                yield event

    def _leave(self, side: Side) -> None:
        """`side` computes no more: its threads go to whoever still does."""
        if side in self._working:
            self._working.discard(side)
            self._share_out(self._working)

    def _share_out(self, sides: Iterable[Side]) -> None:
        threads = self._shares()
        for side in sides:
            self._players[side].engine.set_threads(threads[side])

    def _shares(self) -> dict[Side, Threads]:
        """The threads of the sides that compute; what a token costs goes with the weights that are read for it."""
        sizes = {side: max(1, self._players[side].seat.weights.size) for side in self._working}
        return shares(self._cores, sizes)

    def _keep(self, side: Side, answer: Answer) -> None:
        *earlier, last = self.conversation.exchanges
        self.conversation = replace(self.conversation, exchanges=(*earlier, last.with_answer(side, answer)))
