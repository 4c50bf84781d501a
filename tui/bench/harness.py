"""Owns what is measured: two models loaded once, and arranged as duochat arranges them or as others would."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from tui.archive.store import Archive
from tui.bench.figures import BenchError, LeftOut
from tui.bench.kept import Barriers, Kept, loaded
from tui.bench.timeline import Enough, Events, Heard, Timeline, listen
from tui.chat.conversation import Conversation, Message, Role, Setup, Side
from tui.chat.events import ReplyEvent
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.engine.cores import Cores, Threads, shares
from tui.engine.process.factory import LocalEngines
from tui.models import memory
from tui.models.catalogue.spec import ModelSpec
from tui.models.gguf import metadata
from tui.session.duo import BOTH, Duo, Participant
from tui.session.recorder import Recorder
from tui.streams import merge

GREEDY: Mapping[str, float] = {"temperature": 0.0, "seed": 1}
"""The same question gets the same tokens, however they are computed: that is what makes two runs a pair."""

STORY = "Question {number}. Write a very long story about a lighthouse, its keeper, and the people of the village."
"""Small models do not come to an end with this; the number keeps a server from having it in memory already."""

_WORD = " the"
"""One token for nearly every model."""

_SOME = 32
"""Words that tell how many tokens a word takes."""

_ROOM = 300
"""Tokens of the context that a long question leaves for its template and its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured: `repeats` of everything, `seconds` of writing, `tokens` of an answer that is written out.

    `long` is how many tokens the prompt has whose reading is stopped; `panes` how many tokens each pane shows; `part`
    how many tokens a part of a long answer has.
    """

    repeats: int = 5
    seconds: float = 4.0
    tokens: int = 300
    long: int = 4000
    panes: int = 480
    part: int = 500
    context: int = 4608


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model of the pair, and where its weights lie."""

    spec: ModelSpec
    path: Path


class Lab:
    """A pair of models, the engines that were needed so far, and a place for what they say.

    `say` hears what is being measured; `available` tells how many bytes of memory are free. `close` ends everything.
    """

    def __init__(
        self,
        *,
        pair: Mapping[Side, Chosen],
        archive: Archive,
        engines: LocalEngines,
        cores: Cores,
        scale: Scale,
        say: Callable[[str], None],
        available: Callable[[], int] = memory.available,
    ) -> None:
        self.pair = pair
        self.archive = archive
        self.make = engines
        """What makes engines."""
        self.environ = engines.environ
        self.cores = cores
        self.scale = scale
        self.say = say
        self.available = available
        self._engines: dict[Barriers, Mapping[Side, Kept]] = {}
        self._asked = 0

    def question(self, words: int = 0) -> str:
        """A question that was not asked before, with so many words more at its end."""
        self._asked += 1
        return STORY.format(number=self._asked) + _WORD * words

    async def most_words(self) -> int:
        """As many for a long question as the scale wants tokens, or as both contexts hold."""
        engines = await self.engines()
        room = min(self.scale.long, *(engine.context - _ROOM for engine in engines.values()))
        return room // max([await self._word_tokens(side) for side in BOTH])

    async def engines(self, barriers: Barriers = Barriers.OURS) -> Mapping[Side, Kept]:
        """Both models, loaded; in place of the others where there is no memory for them beside those."""
        if barriers not in self._engines:
            await self.make_room()
            self.say("loading the models")
            self._engines[barriers] = await self._loaded(barriers)
        return self._engines[barriers]

    async def make_room(self) -> None:
        """Ends the engines where there is no memory for both models once more; LeftOut where there is none even so."""
        while (refusal := self._refusal()) is not None:
            if not self._engines:
                raise LeftOut(refusal)
            await self.close()

    async def close(self) -> None:
        """Ends the workers; whoever wants them again has them loaded again."""
        for engines in self._engines.values():
            for engine in engines.values():
                await engine.end()
        self._engines.clear()

    async def duo(self, tokens: int, *, forced: bool = False) -> Duo:
        """Duochat's arrangement in a new conversation; answers end at `tokens`, where `forced` never before.

        Closed, it leaves the models loaded.
        """
        engines = _forced(await self.engines()) if forced else await self.engines()
        settings = GenerationSettings(overrides=Overrides(max_tokens=tokens, sampling=GREEDY), max_tokens=tokens)
        duo = Duo(
            participants={
                side: Participant(model=self.pair[side].spec.model_info(), engine=engines[side], settings=settings)
                for side in BOTH
            },
            conversation=Conversation(models={}, started_at=datetime.now(UTC)),
            recorder=Recorder(self.archive),
            cores=self.cores,
        )
        async with aclosing(duo.load()) as events:
            async for _ in events:
                pass
        return duo

    async def ours(
        self,
        question: str,
        enough: Enough | None = None,
        *,
        tokens: int,
        sides: Sequence[Side] = BOTH,
        forced: bool = False,
    ) -> Heard:
        """What both say when duochat arranges them; where `forced`, for `tokens`."""
        duo = await self.duo(tokens, forced=forced)
        try:
            return await listen(duo.ask(question, sides), tuple(sides), enough)
        finally:
            await duo.close()

    async def split(
        self,
        question: str,
        enough: Enough | None = None,
        *,
        tokens: int,
        threads: Mapping[Side, Threads],
        barriers: Barriers = Barriers.OURS,
        forced: bool = False,
    ) -> Heard:
        """What both say with so many threads each, from the first token to the last; where `forced`, for `tokens`."""
        engines = await self.engines(barriers)
        engines = _forced(engines) if forced else engines
        return await listen(self._replies(engines, question, tokens, threads), BOTH, enough)

    async def solo(self, side: Side, question: str, *, tokens: int, threads: int) -> Timeline:
        """What one model says with nobody beside it, for `tokens`, on so many threads."""
        engine = (await self.engines())[side].endless
        messages, steady = (Message(Role.USER, question),), Threads(threads, threads, steady=True)
        heard = await listen(merge({side: engine.reply(messages, greedy(tokens), steady)}), (side,))
        return heard[side]

    async def _word_tokens(self, side: Side) -> int:
        """Tokens that a further word takes."""
        lengths = []
        for words in (0, _SOME):
            usage = (await self.solo(side, self.question(words), tokens=1, threads=1)).usage
            lengths.append(usage.prompt_tokens if usage else 0)
        return max(1, ceil((lengths[1] - lengths[0]) / _SOME))

    def fair_shares(self) -> dict[Side, Threads]:
        """The threads that duochat gives each side while both work, and nothing moves them."""
        given = shares(self.cores, {side: float(chosen.path.stat().st_size) for side, chosen in self.pair.items()})
        return {side: replace(threads, steady=True) for side, threads in given.items()}

    def all_threads(self) -> dict[Side, Threads]:
        """All cores for each side, as if it were alone."""
        return dict.fromkeys(Side, Threads(self.cores.total, self.cores.total, steady=True))

    def _replies(
        self, engines: Mapping[Side, Kept], question: str, tokens: int, threads: Mapping[Side, Threads]
    ) -> Events:
        setup = greedy(tokens)
        messages = (Message(Role.USER, question),)
        replies: dict[Side, AsyncGenerator[ReplyEvent, None]] = {
            side: engines[side].reply(messages, setup, threads[side]) for side in BOTH
        }
        return merge(replies)

    def need(self, side: Side) -> memory.Need:
        """What a model takes of memory. Raises BenchError."""
        path = self.pair[side].path
        try:
            header = metadata.read(path)
            copied = self.make.buffers.copied(header.weights)
            return memory.need(path.stat().st_size, header, self.scale.context, copied=copied, file=path)
        except (metadata.GgufError, OSError) as error:
            raise BenchError(str(error)) from error

    async def _loaded(self, barriers: Barriers) -> Mapping[Side, Kept]:
        """Both models, or none: where one cannot be loaded, the other is ended."""
        kept: dict[Side, Kept] = {}
        async with AsyncExitStack() as undoing:
            for side in Side:
                kept[side] = await loaded(self.pair[side].path, self.scale.context, self.make, barriers)
                undoing.push_async_callback(kept[side].end)
            undoing.pop_all()
        return kept

    def _refusal(self) -> str | None:
        """Why there is no memory for both models beside what is loaded, or None where there is."""
        return memory.refusal({side: self.need(side) for side in self.pair}, self.available())


def _forced(engines: Mapping[Side, Kept]) -> Mapping[Side, Kept]:
    return {side: engine.endless for side, engine in engines.items()}


def greedy(tokens: int) -> Setup:
    """Always the likeliest token, `tokens` at the most."""
    return GenerationSettings(overrides=Overrides(max_tokens=tokens, sampling=GREEDY), max_tokens=tokens).setup(1)
