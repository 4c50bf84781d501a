"""Engines that begin to load before the user has chosen them: begun, handed over, or ended."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from tui.chat.conversation import Side
from tui.chat.events import Failed, Loaded, LoadEvent
from tui.engine.protocol import GIVEN_UP, Engine
from tui.models.weights.stamps import Stamp, stamp_of
from tui.session.memory_check import Fit, MemoryCheck, PrepareError, Selections

MakeEngine = Callable[[Path, int, bool | None], Engine]
"""Makes an engine from a weights file, a context size in tokens, and whether to use extra buffers (`Selection`)."""


class PreloadingEngine:
    """An engine whose model loads from now on; `load` yields all its events, as if it began then."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._said: asyncio.Queue[LoadEvent | None] = asyncio.Queue()
        self._failed = False
        self._fresh = True
        self._loading = asyncio.create_task(self._load())
        self.reply = engine.reply
        self.score = engine.score
        self.contrast = engine.contrast
        self.stop = engine.stop
        self.set_threads = engine.set_threads

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Continue the load that was begun. Load again from the second time on, and where the first one failed."""
        fresh, self._fresh = self._fresh, False
        if fresh and not self._failed:
            try:
                while (event := await self._said.get()) is not None:
                    yield event
                    if isinstance(event, Loaded | Failed):
                        return
            finally:
                await self._give_up()
            if self._loading.cancelled():
                # Closed under its reader: to load again now would leave a worker that nobody knows of.
                yield Failed(GIVEN_UP)
                return
        async with aclosing(self._engine.load()) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """End the engine, loaded or not."""
        await self._give_up()
        await self._engine.close()

    async def _load(self) -> None:
        try:
            async with aclosing(self._engine.load()) as events:
                async for event in events:
                    self._failed = isinstance(event, Failed)
                    self._said.put_nowait(event)
        finally:
            self._said.put_nowait(None)

    async def _give_up(self) -> None:
        self._loading.cancel()
        await asyncio.wait([self._loading])


@dataclass(frozen=True, slots=True)
class _Order:
    """What is preloaded: a file with its stamp at that time, and the tokens of context."""

    path: Path
    stamp: Stamp
    context: int


@dataclass(frozen=True, slots=True)
class _Held:
    """An engine that was not chosen yet, and the bytes of memory that it takes beside its weights."""

    order: _Order
    engine: PreloadingEngine
    bytes: int


class Preloader:
    """Gives out engines, some of which have begun to load. All belong to the event loop that they began in."""

    def __init__(self, memory_check: MemoryCheck, make: MakeEngine) -> None:
        self._memory_check = memory_check
        self._make = make
        self._held: dict[Side, _Held] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def begin(self, selections: Selections) -> None:
        """Begin to load `selections` if all are on this disk, verified and fit into memory. End all others."""
        async with self._turn:
            try:
                fit = await self._check_memory(selections)
                orders = await asyncio.to_thread(self._orders, selections)
                bytes_of = await asyncio.to_thread(self._bytes, selections)
                verified = await asyncio.to_thread(self._verified, selections)
            except PrepareError:
                return
            if fit.refusal is None and orders.keys() == selections.keys() and verified:
                for side in [side for side in selections if side not in self._held]:
                    engine = PreloadingEngine(self._make(orders[side].path, orders[side].context, None))
                    self._held[side] = _Held(orders[side], engine, bytes_of[side])

    async def check_memory(self, selections: Selections) -> Fit:
        """Check whether `selections` can run together, once all other loads are ended. Raises PrepareError.

        What loads for `selections` already takes nothing more. With too little memory for the rest, it is ended too.
        """
        async with self._turn:
            return await self._check_memory(selections)

    async def _check_memory(self, selections: Selections) -> Fit:
        orders = await asyncio.to_thread(self._orders, selections)
        await self._end(side for side, held in self._held.items() if orders.get(side) != held.order)
        mine = sum(held.bytes for held in self._held.values())
        fit = await asyncio.to_thread(self._memory_check.fit, selections, mine)
        if selections and self._held.keys() == selections.keys():
            return replace(fit, refusal=None)
        if fit.refusal is not None and self._held:
            await self._end(self._held)
            return await asyncio.to_thread(self._memory_check.fit, selections)
        return fit

    def take(self, side: Side, path: Path, context: int, extra_buffers: bool | None = None) -> Engine:
        """Return an engine for the weights in `path`: the one of `side` that has begun to load them, or a new one."""
        held = self._held.get(side)
        if held is None or extra_buffers is not None or held.order != _order(path, context):
            return self._make(path, context, extra_buffers)
        del self._held[side]
        return held.engine

    async def close(self) -> None:
        """End every engine that was not taken."""
        async with self._turn:
            await self._end(self._held)

    async def _end(self, sides: Iterable[Side]) -> None:
        """End what is held for `sides`. A caller that does not wait for that leaves it to the next one to wait."""
        for side in tuple(sides):
            ending = asyncio.create_task(self._held.pop(side).engine.close())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
        if self._ending:
            await asyncio.wait(self._ending)

    def _orders(self, selections: Selections) -> dict[Side, _Order]:
        """Return what to preload for those of `selections` whose weights are on this disk."""
        found = {
            side: (self._memory_check.on_disk(selection.spec), selection.context)
            for side, selection in selections.items()
        }
        orders = {side: _order(path, context) for side, (path, context) in found.items() if path is not None}
        return {side: order for side, order in orders.items() if order is not None}

    def _verified(self, selections: Selections) -> bool:
        """Return whether all weights are known to be what they must be without reading them."""
        return all(self._memory_check.is_verified(selection.spec) for selection in selections.values())

    def _bytes(self, selections: Selections) -> dict[Side, int]:
        """Return the bytes of each that are free once its worker has ended."""
        return {side: self._memory_check.need(selection).own for side, selection in selections.items()}


def _order(path: Path, context: int) -> _Order | None:
    stamp = stamp_of(path)
    return None if stamp is None else _Order(path, stamp, context)
