"""Owns how two models come to the table: their weights found or fetched, weighed together, and given an engine each."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from tui.archive.store import Archive
from tui.chat.conversation import Conversation, Side, Weights
from tui.chat.terms import Terms, Wishes
from tui.duo import Duo, Player, merge
from tui.engine.base import Engine
from tui.engine.cores import Cores
from tui.models import gguf, local, memory
from tui.models.headers import Read
from tui.models.obtain import FetchEvent, Ready, obtain, verify
from tui.models.spec import ModelSpec
from tui.recorder import Recorder
from tui.trouble import Trouble


class SeatingError(Trouble):
    """A model cannot come to the table; the message is one sentence with the next step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is to sit on a side: a model and what the user wishes of it."""

    spec: ModelSpec
    wishes: Wishes = field(default_factory=Wishes)

    @property
    def context(self) -> int:
        """Tokens of context to ask the engine for."""
        return self.wishes.context or self.spec.default_context


@dataclass(frozen=True, slots=True)
class Balance:
    """Bytes of memory needed and available; `refusal` says why the models cannot run together, or is None."""

    needed: int
    available: int
    refusal: str | None


class Seating:
    """Brings models to the table; `engine` makes one from a weights file and a context size in tokens.

    `headers` gives the header of a GGUF file.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        archive: Archive,
        engine: Callable[[Path, int], Engine],
        available: Callable[[], int],
        headers: Read = gguf.read,
        cores: Cores,
    ) -> None:
        self._environ = environ
        self._archive = archive
        self._engine = engine
        self._available = available
        self._headers = headers
        self._cores = cores

    def on_disk(self, spec: ModelSpec) -> Path | None:
        """The weights file of `spec` where it is complete on this disk already."""
        return local.find(spec, self._environ)

    def state(self, spec: ModelSpec) -> local.State:
        """Whether the weights of `spec` are on this disk: whole, begun, or not at all."""
        return local.state(spec, self._environ)

    def balance(self, places: Mapping[Side, Place]) -> Balance:
        """What `places` need together against the memory that is free now."""
        needs = {side: self._need(place) for side, place in places.items()}
        available = self._available()
        return Balance(sum(memory.together(needs)), available, memory.refusal(needs, available))

    def refusal(self, places: Mapping[Side, Place]) -> str | None:
        """Why the two cannot run together in the memory that is free now, or None when they can."""
        return self.balance(places).refusal

    async def obtain(self, places: Mapping[Side, Place]) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        """Fetches what is missing, both sides at the same time; each side ends with `Ready` or `FetchFailed`.

        Raises SeatingError before the first byte when the two do not fit into memory together. A model that sits on
        both sides is fetched once.
        """
        refusal = await asyncio.to_thread(self.refusal, places)
        if refusal is not None:
            raise SeatingError(refusal)
        specs = {place.spec.id: place.spec for place in places.values()}
        async with aclosing(merge({name: self._bring(spec) for name, spec in specs.items()})) as events:
            async for name, event in events:
                for side, place in places.items():
                    if place.spec.id == name:
                        yield side, event

    async def duo(
        self,
        places: Mapping[Side, Place],
        ready: Mapping[Side, Ready],
        conversation: Conversation | None = None,
    ) -> Duo:
        """The table, set but not loaded; `conversation` is the one to go on with. Raises SeatingError."""
        players = {side: await asyncio.to_thread(self._player, place, ready[side]) for side, place in places.items()}
        refusal = await asyncio.to_thread(self.refusal, places)
        if refusal is not None:
            raise SeatingError(refusal)
        fresh = Conversation(seats={}, started_at=datetime.now(UTC))
        return Duo(
            players=players,
            conversation=conversation or fresh,
            recorder=Recorder(self._archive),
            cores=self._cores,
        )

    def _need(self, place: Place) -> memory.Need:
        path = self.on_disk(place.spec)
        header = self._header(path) if path is not None else None
        size = path.stat().st_size if path else place.spec.size or 0
        return memory.need(size, header, place.context, file=path)

    async def _bring(self, spec: ModelSpec) -> AsyncGenerator[FetchEvent, None]:
        path = await asyncio.to_thread(self.on_disk, spec)
        if path is not None and spec.sha256 is not None:
            yield Ready(path=path, sha256=spec.sha256, size=path.stat().st_size, source="disk")
            return
        bringing = obtain(spec, environ=self._environ) if path is None else verify(path, None, environ=self._environ)
        async with aclosing(bringing) as events:
            async for event in events:
                yield event

    def _player(self, place: Place, ready: Ready) -> Player:
        header = self._header(ready.path)
        spec = place.spec
        weights = Weights(spec.repo, spec.file, ready.size, ready.sha256)
        terms = Terms(
            wishes=place.wishes,
            max_tokens=spec.default_max_tokens,
            thinks=spec.thinks and (spec.think_always or spec.thinks_default is not False),
            think_switch=spec.think_switch or "enable_thinking",
            think_default=spec.think_default,
            tags=spec.tags,
            catalogue=spec.sampling.given(),
            catalogue_thinking=spec.sampling_thinking.given(),
            gguf=header.sampling,
        )
        engine = self._engine(ready.path, place.context)
        return Player(seat=replace(spec.seat(), weights=weights), engine=engine, terms=terms)

    def _header(self, path: Path) -> gguf.Header:
        try:
            return self._headers(path)
        except (gguf.GgufError, OSError) as error:
            raise SeatingError(str(error)) from error
