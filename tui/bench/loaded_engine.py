"""Engines that stay loaded from one measured conversation to the next, and answers that only a limit or a stop ends."""

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
from tui.engine.protocol import Engine
from tui.engine.steering import FREE, Steering

ENDLESS = Steering(ignore_end=True)
"""Only a limit or a stop ends an answer."""


class Barriers(Enum):
    """How the threads of one model wait for each other, as a value of GOMP_SPINCOUNT."""

    DUOCHAT = ""
    LLAMA_CPP = "300000"  # libgomp's default where no policy is set


class SteeredEngine:
    """An engine like `engine` with `steering` imposed on all answers that have none."""

    def __init__(self, engine: Engine, steering: Steering) -> None:
        self._engine = engine
        self._steering = steering
        self.load = engine.load
        self.score = engine.score
        self.contrast = engine.contrast
        self.stop = engine.stop
        self.set_threads = engine.set_threads
        self.close = engine.close

    def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answer under the steering."""
        return self._engine.reply(messages, setup, threads, self._steering if steering == FREE else steering)


class LoadedEngine:
    """A loaded engine that conversations neither load again nor close; `end` ends its worker."""

    def __init__(self, engine: FallbackEngine, loaded: Loaded) -> None:
        self._engine = engine
        self.loaded = loaded
        self.reply = engine.reply
        self.score = engine.score
        self.contrast = engine.contrast
        self.stop = engine.stop
        self.set_threads = engine.set_threads
        self.end = engine.close

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._engine.pid or 0

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Report that the model is loaded."""
        yield self.loaded

    async def close(self) -> None:
        """Keep the model loaded."""


async def loaded(
    path: Path, context: int, engines: LocalEngines, barriers: Barriers, extra_buffers: bool | None = None
) -> LoadedEngine:
    """Load the model in `path` with so many tokens of context. Raises BenchError."""
    spin = {"GOMP_SPINCOUNT": barriers.value} if barriers.value else {}
    engine = engines.with_environ({**engines.environ, **spin})(path, context, extra_buffers)
    async with aclosing(engine.load()) as events:
        async for event in events:
            if isinstance(event, Failed):
                await engine.close()
                raise BenchError(event.message)
            if isinstance(event, Loaded):
                return LoadedEngine(engine, event)
    raise BenchError("The model's engine ended without a message: load it again.")
