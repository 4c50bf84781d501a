"""Both participants at work: which are loaded, which compute on how many threads, which were stopped."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace

from tui.chat.conversation import NOTHING_COMPUTED, FinishReason, Message, ModelInfo, Setup, Side, Weights
from tui.chat.events import Failed, Finished, Loaded, LoadEvent, Outdated, ReplyEvent, Restarted
from tui.chat.generation_settings import GenerationSettings, Overrides
from tui.chat.scores import ScoreEvent, Subject
from tui.engine.cores import Cores, Threads, shares
from tui.engine.protocol import Engine
from tui.engine.steering import Steering
from tui.streams import merge

_NOT_LOADED = "The model is not loaded yet: wait until it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One of the two models of a comparison: its facts, its engine and its generation settings."""

    model: ModelInfo
    engine: Engine
    settings: GenerationSettings


class Participants:
    """Both participants; `cores` are those that they may use together."""

    def __init__(self, participants: Mapping[Side, Participant], cores: Cores) -> None:
        self._participants = dict(participants)
        self._cores = cores
        self._trouble = dict.fromkeys(participants, _NOT_LOADED)
        self._outdated: set[Side] = set()
        self._loading: set[Side] = set()
        self._called: set[Side] = set()
        self._stopped: set[Side] = set()
        self._working: set[Side] = set()

    def __getitem__(self, side: Side) -> Participant:
        return self._participants[side]

    @property
    def models(self) -> Mapping[Side, ModelInfo]:
        """Return the models by side."""
        return {side: participant.model for side, participant in self._participants.items()}

    @property
    def answering(self) -> frozenset[Side]:
        """Return the sides that compute an answer now, or are about to."""
        return frozenset(self._working | self._called)

    @property
    def computing(self) -> frozenset[Side]:
        """Return the sides that take time from the other one now: they answer, or load."""
        return frozenset(self._working | self._loading)

    @property
    def outdated(self) -> frozenset[Side]:
        """Return the sides whose weights file is not the one that was loaded any more."""
        return frozenset(self._outdated)

    def ready(self, side: Side) -> bool:
        """Return whether `side` is loaded and can be asked."""
        return side not in self._trouble

    async def load(self, sides: Iterable[Side]) -> AsyncGenerator[tuple[Side, LoadEvent], None]:
        """Load the models of `sides` at the same time; each ends with `Loaded` or `Failed`."""
        engines = {side: self._participants[side].engine for side in sides}
        self._loading.update(engines)
        try:
            async with aclosing(merge({side: engine.load() for side, engine in engines.items()})) as events:
                async for side, event in events:
                    if self._participants[side].engine is not engines[side]:
                        continue  # another model was assigned meanwhile
                    if isinstance(event, Loaded):
                        self._settle(side, event)
                    elif isinstance(event, Failed):
                        self._trouble[side] = event.message
                    if isinstance(event, Loaded | Failed):
                        self._loading.discard(side)
                    yield side, event
        finally:
            self._loading.difference_update(engines)

    async def replace_model(self, side: Side, participant: Participant) -> None:
        """Let `participant`, not loaded yet, continue in place of the model of `side`."""
        await self._participants[side].engine.close()
        self._participants[side] = participant
        self._trouble[side] = _NOT_LOADED
        self._outdated.discard(side)

    def override(self, side: Side, overrides: Overrides) -> None:
        """Ask `side` with other overrides from its next question on."""
        participant = self._participants[side]
        self._participants[side] = replace(participant, settings=replace(participant.settings, overrides=overrides))

    @contextmanager
    def called(self, sides: Iterable[Side], stopped: Iterable[Side] = ()) -> Iterator[None]:
        """Ask `sides` within this context: a stop holds from now on, although no engine has been asked yet.

        Those in `stopped` are stopped from the beginning.
        """
        sides = frozenset(sides)
        self._called, self._stopped = set(sides), set(stopped)
        try:
            yield
        finally:
            self._called.clear()
            for side in sides:
                self.leave(side)

    def engage(self) -> None:
        """Let each called side that can answer and was not stopped compute from now on, with its share of threads."""
        self._working = {side for side in self._called if self.ready(side) and side not in self._stopped}

    async def reply(
        self, side: Side, messages: tuple[Message, ...], setup: Setup, steering: Steering
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Yield the answer of `side`. One that cannot answer fails at once; one that was stopped by now ends empty."""
        # From here to the engine's taking the request nothing is awaited: no stop comes in between.
        self._called.discard(side)
        if side in self._trouble:
            yield Failed(self._trouble[side])
            return
        if side in self._stopped:
            yield Finished(FinishReason.STOPPED, NOTHING_COMPUTED)
            return
        threads = self._shares()[side]
        async with aclosing(self._participants[side].engine.reply(messages, setup, threads, steering)) as events:
            async for event in events:
                self._heed(side, event)
                yield event

    async def score(self, side: Side, subject: Subject) -> AsyncGenerator[ScoreEvent, None]:
        """Let `side` read a text; end with `Done` or `Failed`, at once where it is not loaded."""
        if side in self._trouble:
            yield Failed(self._trouble[side])
            return
        self._working.add(side)
        self._share_out(self._working - {side})
        try:
            async with aclosing(self._participants[side].engine.score(subject, self._shares()[side])) as events:
                async for event in events:
                    self._heed(side, event)
                    if not isinstance(event, Restarted):
                        yield event
        finally:
            self.leave(side)

    async def stop(self, side: Side | None) -> None:
        """Stop `side`, or both. One whose engine has not been asked yet is never asked."""
        sides = self.answering if side is None else self.answering & {side}
        early = sides & self._called
        self._stopped |= early
        for each in early:
            self.leave(each)
        await asyncio.gather(*(self._participants[each].engine.stop() for each in sides - early))

    def leave(self, side: Side) -> None:
        """Note that `side` computes no more; its threads go to the one that still does."""
        if side in self._working:
            self._working.discard(side)
            self._share_out(self._working)

    async def close(self) -> None:
        """End both engines."""
        await asyncio.gather(*(participant.engine.close() for participant in self._participants.values()))

    def _settle(self, side: Side, loaded: Loaded) -> None:
        self._trouble.pop(side, None)
        self._outdated.discard(side)
        before = self._participants[side].model
        model = replace(
            before,
            engine=loaded.engine,
            context=loaded.context,
            template_sha256=loaded.template_sha256,
            machine=loaded.machine,
            takes_system=loaded.takes_system,
            safe_mode=loaded.safe_mode,
            extra_buffers=loaded.extra_buffers,
            session=secrets.token_hex(8),
            weights=_loaded_weights(before.weights, loaded),
        )
        self._participants[side] = replace(self._participants[side], model=model)

    def _heed(self, side: Side, event: ReplyEvent | ScoreEvent) -> None:
        if isinstance(event, Failed) and event.fatal:
            self._trouble[side] = event.message
        elif isinstance(event, Restarted):
            self._settle(side, event.loaded)
        elif isinstance(event, Outdated):
            self._outdated.add(side)

    def _share_out(self, sides: Iterable[Side]) -> None:
        threads = self._shares()
        for side in sides:
            self._participants[side].engine.set_threads(threads[side])

    def _shares(self) -> dict[Side, Threads]:
        """Return the threads of the sides that compute. A token costs as much as the weights that are read for it."""
        sizes = {side: max(1, self._participants[side].model.weights.size) for side in self._working}
        return shares(self._cores, sizes)


def _loaded_weights(weights: Weights, loaded: Loaded) -> Weights:
    """Return `weights` with the hash of what was loaded, where that is known."""
    if loaded.sha256 is None:
        return weights
    return replace(weights, sha256=loaded.sha256, size=loaded.size or weights.size)
