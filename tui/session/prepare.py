"""How two models are prepared: their weights found or fetched, verified, weighed together, and given an engine each."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tui.archive.store import Archive
from tui.chat.conversation import Conversation, Seat, Side, Weights
from tui.chat.generation_settings import Terms
from tui.engine.cores import Cores
from tui.engine.process.engine import describe
from tui.engine.protocol import Engine
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import FetchEvent, Ready
from tui.models.local import expected_sha256
from tui.models.weights.file import WeightsFile
from tui.models.weights.verifier import Verifier
from tui.session.duo import Duo, Player
from tui.session.memory_check import Balance, Place, Places, Scales, SeatingError
from tui.session.preload import Ahead
from tui.session.recorder import Recorder
from tui.session.verified_engine import CheckedEngine
from tui.streams import merge


class Seating:
    """Brings models to the table, weighed by `scales` and with engines from `ahead`."""

    def __init__(
        self, *, environ: Mapping[str, str], archive: Archive, scales: Scales, ahead: Ahead, cores: Cores
    ) -> None:
        self._environ = environ
        self._verifier = Verifier(scales.ledger, environ)
        self._archive = archive
        self._scales = scales
        self.ahead = ahead
        """Where the engines come from."""
        self.cores = cores
        """Those that all models together may use."""
        self._engine_works = False

    async def obtain(self, places: Places) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        """Fetches what is missing, both sides at the same time; each side ends with `Ready` or `FetchFailed`.

        Raises SeatingError before the first byte when the two do not fit into memory together, or something is to be
        fetched and llama.cpp cannot be used. A model that sits on both sides is fetched once.
        """
        await self._check(places)
        if await asyncio.to_thread(self._to_fetch, places):
            await self._check_engine()
        specs = {place.spec.id: place.spec for place in places.values()}
        async with aclosing(merge({name: self.bring(spec) for name, spec in specs.items()})) as events:
            async for name, event in events:
                for side, place in places.items():
                    if place.spec.id == name:
                        yield side, event

    async def bring(self, spec: ModelSpec) -> AsyncGenerator[FetchEvent, None]:
        """Fetch or verify one model; end with `Ready` or `FetchFailed`. Whether it fits into memory is not asked.

        Raises SeatingError before the first byte when it is to be fetched and llama.cpp cannot be used.
        """
        path = await asyncio.to_thread(self._scales.on_disk, spec)
        if path is None:
            await self._check_engine()
        async with aclosing(self._verifier.bring(spec, path)) as events:
            async for event in events:
                yield event

    async def duo(
        self,
        places: Places,
        ready: Mapping[Side, Ready],
        conversation: Conversation | None = None,
    ) -> Duo:
        """The table, set but not loaded; `conversation` is the one to go on with. Raises SeatingError."""
        await self._check(places)
        players = {side: await self.player(side, place, ready[side]) for side, place in places.items()}
        fresh = Conversation(seats={}, started_at=datetime.now(UTC))
        return Duo(
            players=players,
            conversation=conversation or fresh,
            recorder=Recorder(self._archive),
            cores=self.cores,
        )

    async def player(self, side: Side, place: Place, ready: Ready) -> Player:
        """Who is to sit on `side`, not loaded; whether there is memory for it is not asked. Raises SeatingError."""
        terms = await asyncio.to_thread(self._terms, place, ready)
        engine = self.ahead.take(side, ready.path, place.context, place.extra_buffers)
        engine = CheckedEngine(engine, self._file(place.spec, ready.path, ready))
        return Player(seat=_seat(place.spec, ready), engine=engine, terms=terms)

    def contrasting(self, engine: Engine, specs: Mapping[Side, ModelSpec], paths: Mapping[Side, Path]) -> Engine:
        """Return `engine`, made for the left one of two models, so that it checks the files of both."""
        return CheckedEngine(engine, *(self._file(specs[side], paths[side]) for side in (Side.LEFT, Side.RIGHT)))

    async def weigh_anew(self, places: Places, loaded: Places) -> Balance:
        """Whether `places` can run together; what `loaded` take now is theirs then. Raises SeatingError."""
        held = await asyncio.to_thread(self._held, loaded)
        return await asyncio.to_thread(self._scales.balance, places, held)

    def _held(self, places: Places) -> int:
        """Bytes that will be free when the workers of `places` have ended."""
        return sum(self._scales.need(place).own for place in places.values())

    async def _check(self, places: Places) -> None:
        balance = await self.ahead.weigh(places)
        if balance.refusal is not None:
            raise SeatingError(balance.refusal)

    def _to_fetch(self, places: Places) -> bool:
        return any(self._scales.on_disk(place.spec) is None for place in places.values())

    async def _check_engine(self) -> None:
        """Raise SeatingError where a child process cannot load llama.cpp. None is started once one could."""
        found = None if self._engine_works else await describe(self._environ)
        if isinstance(found, str):
            raise SeatingError(found)
        self._engine_works = True

    def _file(self, spec: ModelSpec, path: Path, ready: Ready | None = None) -> WeightsFile:
        return WeightsFile(path, expected_sha256(spec, path), self._verifier, ready)

    def _terms(self, place: Place, ready: Ready) -> Terms:
        return place.spec.terms(place.wishes, self._scales.header(ready.path).sampling)


def _seat(spec: ModelSpec, ready: Ready) -> Seat:
    return replace(spec.seat(), weights=Weights(spec.repo, spec.file, ready.size, ready.sha256))
