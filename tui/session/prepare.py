"""How two models are prepared: their weights found or fetched, verified, weighed together, and given an engine each."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tui.archive.store import Archive
from tui.chat.conversation import Conversation, ModelInfo, Side, Weights
from tui.chat.generation_settings import GenerationSettings
from tui.engine.cores import Cores
from tui.engine.process.describe import describe
from tui.engine.protocol import Engine
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import FetchEvent, Ready
from tui.models.local import expected_sha256
from tui.models.weights.file import WeightsFile
from tui.models.weights.verifier import Verifier
from tui.session.duo import Duo, Participant
from tui.session.memory_check import Fit, MemoryCheck, PrepareError, Selection, Selections
from tui.session.preload import Preloader
from tui.session.recorder import Recorder
from tui.session.verified_engine import VerifiedEngine
from tui.streams import merge


class Preparer:
    """Prepares models: fetches and verifies weights, checks memory, and takes engines from `preloader`."""

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        archive: Archive,
        memory_check: MemoryCheck,
        preloader: Preloader,
        cores: Cores,
    ) -> None:
        self._environ = environ
        self._verifier = Verifier(memory_check.ledger, environ)
        self._archive = archive
        self._memory_check = memory_check
        self.preloader = preloader
        """Where the engines come from."""
        self.cores = cores
        """Those that all models together may use."""
        self._engine_works = False

    async def obtain(self, selections: Selections) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        """Fetch what is missing, both sides at the same time; each side ends with `Ready` or `FetchFailed`.

        Raises PrepareError before the first byte when the two do not fit into memory together, or when weights have
        to be fetched and llama.cpp cannot be used. A model of both sides is fetched once.
        """
        await self._check(selections)
        if await asyncio.to_thread(self._to_fetch, selections):
            await self._check_engine()
        specs = {selection.spec.id: selection.spec for selection in selections.values()}
        async with aclosing(merge({name: self.bring(spec) for name, spec in specs.items()})) as events:
            async for name, event in events:
                for side, selection in selections.items():
                    if selection.spec.id == name:
                        yield side, event

    async def bring(self, spec: ModelSpec) -> AsyncGenerator[FetchEvent, None]:
        """Fetch or verify one model without a check of memory; end with `Ready` or `FetchFailed`.

        Raises PrepareError before the first byte when it has to be fetched and llama.cpp cannot be used.
        """
        path = await asyncio.to_thread(self._memory_check.on_disk, spec)
        if path is None:
            await self._check_engine()
        async with aclosing(self._verifier.fetch_or_check(spec, path)) as events:
            async for event in events:
                yield event

    async def duo(
        self,
        selections: Selections,
        ready: Mapping[Side, Ready],
        conversation: Conversation | None = None,
    ) -> Duo:
        """Return a duo that is not loaded yet; `conversation` is the one to continue. Raises PrepareError."""
        await self._check(selections)
        participants = {
            side: await self.participant(side, selection, ready[side]) for side, selection in selections.items()
        }
        fresh = Conversation(models={}, started_at=datetime.now(UTC))
        return Duo(
            participants=participants,
            conversation=conversation or fresh,
            recorder=Recorder(self._archive),
            cores=self.cores,
        )

    async def participant(self, side: Side, selection: Selection, ready: Ready) -> Participant:
        """Return a participant that is not loaded yet, without a check of memory. Raises PrepareError."""
        settings = await asyncio.to_thread(self._settings, selection, ready)
        engine = self.preloader.take(side, ready.path, selection.context, selection.extra_buffers)
        engine = VerifiedEngine(engine, self._file(selection.spec, ready.path, ready))
        return Participant(model=_model_info(selection.spec, ready), engine=engine, settings=settings)

    def contrasting(self, engine: Engine, specs: Mapping[Side, ModelSpec], paths: Mapping[Side, Path]) -> Engine:
        """Return `engine`, made for the left one of two models, so that it checks the files of both."""
        return VerifiedEngine(engine, *(self._file(specs[side], paths[side]) for side in (Side.LEFT, Side.RIGHT)))

    async def check_memory_again(self, selections: Selections, loaded: Selections) -> Fit:
        """Check whether `selections` can run once what `loaded` take now is free. Raises PrepareError."""
        held = await asyncio.to_thread(self._held, loaded)
        return await asyncio.to_thread(self._memory_check.fit, selections, held)

    def _held(self, selections: Selections) -> int:
        """Return the bytes that are free once the workers of `selections` have ended."""
        return sum(self._memory_check.need(selection).own for selection in selections.values())

    async def _check(self, selections: Selections) -> None:
        fit = await self.preloader.check_memory(selections)
        if fit.refusal is not None:
            raise PrepareError(fit.refusal)

    def _to_fetch(self, selections: Selections) -> bool:
        return any(self._memory_check.on_disk(selection.spec) is None for selection in selections.values())

    async def _check_engine(self) -> None:
        """Raise PrepareError where a child process cannot load llama.cpp. None is started once one could."""
        found = None if self._engine_works else await describe(self._environ)
        if isinstance(found, str):
            raise PrepareError(found)
        self._engine_works = True

    def _file(self, spec: ModelSpec, path: Path, ready: Ready | None = None) -> WeightsFile:
        return WeightsFile(path, expected_sha256(spec, path), self._verifier, ready)

    def _settings(self, selection: Selection, ready: Ready) -> GenerationSettings:
        return selection.spec.settings(selection.overrides, self._memory_check.header(ready.path).sampling)


def _model_info(spec: ModelSpec, ready: Ready) -> ModelInfo:
    return replace(spec.model_info(), weights=Weights(spec.repo, spec.file, ready.size, ready.sha256))
