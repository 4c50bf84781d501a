"""Two models, loaded once, and the ways to run them that are compared."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tui.archive.store import Archive
from tui.bench.figures import BenchError, LeftOut
from tui.bench.loaded_engine import ENDLESS, Barriers, LoadedEngine, SteeredEngine, loaded
from tui.bench.timeline import Enough, Timelines, listen
from tui.chat.conversation import Conversation, Message, Role, Setup, Side
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.engine.cores import Cores, Threads, shares
from tui.engine.process.factory import LocalEngines
from tui.engine.protocol import Engine
from tui.engine.steering import FREE
from tui.models import memory
from tui.models.catalogue.spec import ModelSpec
from tui.models.gguf import metadata
from tui.session.duo import BOTH, Duo, Participant
from tui.session.recorder import Recorder
from tui.streams import merge

GREEDY: Mapping[str, float] = {"temperature": 0.0, "seed": 1}
"""The same question gets the same tokens in every arrangement, which makes two runs a pair."""

STORY = "Question {number}. Write a very long story about a lighthouse, its keeper, and the people of the village."
"""Small models write long answers to this; with the number, no question is in a cache already."""

_WORD = " the"
"""One token for nearly every model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured: `repeats` of everything, `seconds` of writing, `tokens` of an answer that is written out.

    `words` is the length of a long question, `panes` the tokens that each pane shows, `part` the tokens of a part of a
    long answer, `context` the context size in tokens.
    """

    repeats: int = 5
    seconds: float = 4.0
    tokens: int = 300
    words: int = 4000
    panes: int = 480
    part: int = 500
    context: int = 4608


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model of the pair, and the path of its weights."""

    spec: ModelSpec
    path: Path


class Harness:
    """A pair of models, and the engines that were needed so far.

    `make` makes engines; `say` shows what is being measured; `available` returns the bytes of free memory.
    """

    def __init__(
        self,
        *,
        pair: Mapping[Side, LocalModel],
        archive: Archive,
        make: LocalEngines,
        cores: Cores,
        scale: Scale,
        say: Callable[[str], None],
        available: Callable[[], int] = memory.available,
    ) -> None:
        self.pair = pair
        self.archive = archive
        self.make = make
        self.cores = cores
        self.scale = scale
        self.say = say
        self.available = available
        self._engines: dict[Barriers, Mapping[Side, LoadedEngine]] = {}
        self._asked = 0

    def repeats(self, what: str, count: int | None = None) -> Iterator[int]:
        """Yield the number of each repetition, and show it."""
        for number in range(count or self.scale.repeats):
            self.say(f"{what}: {number + 1} of {count or self.scale.repeats}")
            yield number

    def question(self, words: int = 0) -> str:
        """Return a new question, with so many words more at its end."""
        self._asked += 1
        return STORY.format(number=self._asked) + _WORD * words

    async def engines(self, barriers: Barriers = Barriers.DUOCHAT) -> Mapping[Side, LoadedEngine]:
        """Return both models, loaded; they replace the others where memory does not suffice for all."""
        if barriers not in self._engines:
            await self.make_room()
            self.say("loading the models")
            self._engines[barriers] = await self._loaded(barriers)
        return self._engines[barriers]

    async def make_room(self) -> None:
        """End the engines where memory does not suffice for both models once more. Raises LeftOut."""
        while (refusal := self._refusal()) is not None:
            if not self._engines:
                raise LeftOut(refusal)
            await self.close()

    async def close(self) -> None:
        """End the workers; `engines` loads them again."""
        for engines in self._engines.values():
            for engine in engines.values():
                await engine.end()
        self._engines.clear()

    @asynccontextmanager
    async def duo(self, tokens: int, *, endless: bool = False) -> AsyncIterator[Duo]:
        """Begin a new conversation whose answers end at `tokens`, and with `endless` never before."""
        engines: Mapping[Side, Engine] = await self.engines()
        if endless:
            engines = {side: SteeredEngine(engine, ENDLESS) for side, engine in engines.items()}
        duo = Duo(
            participants={
                side: Participant(
                    model=self.pair[side].spec.model_info(), engine=engine, settings=_greedy_settings(tokens)
                )
                for side, engine in engines.items()
            },
            conversation=Conversation(models={}, started_at=datetime.now(UTC)),
            recorder=Recorder(self.archive),
            cores=self.cores,
        )
        try:
            async with aclosing(duo.load()) as events:
                async for _ in events:
                    pass
            yield duo
        finally:
            await duo.close()

    async def duochat(
        self,
        question: str,
        enough: Enough | None = None,
        *,
        tokens: int,
        sides: Sequence[Side] = BOTH,
        endless: bool = False,
    ) -> Timelines:
        """Ask `sides` as duochat does, with threads that move."""
        async with self.duo(tokens, endless=endless) as duo:
            return await listen(duo.ask(question, sides), tuple(sides), enough)

    async def fixed_threads(
        self,
        question: str,
        enough: Enough | None = None,
        *,
        tokens: int,
        threads: Mapping[Side, Threads],
        barriers: Barriers = Barriers.DUOCHAT,
        endless: bool = False,
    ) -> Timelines:
        """Ask the sides in `threads` with so many threads each from the first token to the last."""
        engines, messages = await self.engines(barriers), (Message(Role.USER, question),)
        steering = ENDLESS if endless else FREE
        replies = {side: engines[side].reply(messages, greedy(tokens), threads[side], steering) for side in threads}
        return await listen(merge(replies), tuple(threads), enough)

    def fair_shares(self) -> dict[Side, Threads]:
        """Return the threads that duochat gives each side while both write."""
        given = shares(self.cores, {side: float(model.path.stat().st_size) for side, model in self.pair.items()})
        return {side: replace(threads, steady=True) for side, threads in given.items()}

    def need(self, side: Side) -> memory.Need:
        """Return the memory that a model needs. Raises BenchError."""
        path = self.pair[side].path
        try:
            header = metadata.read(path)
            copied = self.make.buffers.copied(header.weights)
            return memory.need(path.stat().st_size, header, self.scale.context, copied=copied, file=path)
        except (metadata.GgufError, OSError) as error:
            raise BenchError(str(error)) from error

    async def _loaded(self, barriers: Barriers) -> Mapping[Side, LoadedEngine]:
        """Load both models; where one fails, end the other."""
        engines: dict[Side, LoadedEngine] = {}
        async with AsyncExitStack() as undo:
            for side in Side:
                engines[side] = await loaded(self.pair[side].path, self.scale.context, self.make, barriers)
                undo.push_async_callback(engines[side].end)
            undo.pop_all()
        return engines

    def _refusal(self) -> str | None:
        """Return why memory does not suffice for both models beside what is loaded, or None where it does."""
        return memory.refusal({side: self.need(side) for side in self.pair}, self.available())


def steady(threads: int) -> Threads:
    """Return a number of threads that nothing changes."""
    return Threads(threads, threads, steady=True)


def greedy(tokens: int) -> Setup:
    """Return the conditions of an answer of at most `tokens`, always the most probable ones."""
    return _greedy_settings(tokens).setup(1)


def _greedy_settings(tokens: int) -> GenerationSettings:
    return GenerationSettings(overrides=Overrides(max_tokens=tokens, sampling=GREEDY), max_tokens=tokens)
