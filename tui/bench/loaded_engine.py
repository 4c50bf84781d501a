"""Owns engines that stay loaded while one conversation after the other is measured with them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from enum import Enum
from pathlib import Path

from tui.bench.figures import BenchError
from tui.chat.conversation import Message, Setup
from tui.chat.events import Failed, Loaded, LoadEvent, ReplyEvent
from tui.engine.cores import Threads
from tui.engine.process.factory import LocalEngines
from tui.engine.process.fallback import FallbackEngine
from tui.engine.steering import FREE, Steering


class Barriers(Enum):
    """How the threads of one model wait for each other: as duochat lets them, or as llama.cpp does by itself."""

    OURS = ""
    PLAIN = "300000"  # libgomp's own GOMP_SPINCOUNT where nobody sets a policy


class Kept:
    """An engine that stays loaded from one conversation to the next; `steering` is imposed on all of its answers."""

    def __init__(self, engine: FallbackEngine, loaded: Loaded, steering: Steering = FREE) -> None:
        self._engine = engine
        self._loaded = loaded
        self._steering = steering
        self.score = engine.score
        self.contrast = engine.contrast
        self.stop = engine.stop
        self.set_threads = engine.set_threads

    @property
    def endless(self) -> "Kept":
        """The same engine, whose answers only a limit ends."""
        return Kept(self._engine, self._loaded, Steering(ignore_end=True))

    @property
    def pid(self) -> int | None:
        """The worker's process id."""
        return self._engine.pid

    @property
    def context(self) -> int:
        """Tokens of context."""
        return self._loaded.context

    @property
    def repacked(self) -> int:
        """Bytes of weights that were copied into another order."""
        return self._loaded.repacked

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Says that it is loaded."""
        yield self._loaded

    def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """What the engine says."""
        return self._engine.reply(messages, setup, threads, self._steering if steering == FREE else steering)

    async def close(self) -> None:
        """Stays."""

    async def end(self) -> None:
        """Ends the worker."""
        await self._engine.close()


async def loaded(
    path: Path, context: int, engines: LocalEngines, barriers: Barriers, extra_buffers: bool | None = None
) -> Kept:
    """The model in `path` with so many tokens of context, loaded. Raises BenchError."""
    spin = {"GOMP_SPINCOUNT": barriers.value} if barriers.value else {}
    engine = engines.with_environ({**engines.environ, **spin})(path, context, extra_buffers)
    async with aclosing(engine.load()) as events:
        async for event in events:
            if isinstance(event, Failed):
                await engine.close()
                raise BenchError(event.message)
            if isinstance(event, Loaded):
                return Kept(engine, event)
    raise BenchError("The model's engine ended without a word: load it again.")
