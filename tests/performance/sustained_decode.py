"""Owns an engine for the screen whose answers only a stop ends, and the files that say when their tokens came."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from time import monotonic

import msgspec

from tui.bench.figures import BenchError
from tui.bench.timeline import Heard, Timeline
from tui.chat.conversation import Message, Setup, Side
from tui.chat.events import ReplyEvent
from tui.engine.cores import Threads
from tui.engine.protocol import Engine
from tui.engine.steering import FREE, Steering

ENDLESS = Steering(ignore_end=True)
"""Only a limit ends an answer, or a stop."""

_BEGUN = 3
"""Marks of an answer that is being written."""

_PATIENCE_S = 120.0
_POLL_S = 0.05


class EndlessEngine:
    """An engine like `engine`, whose answers only a stop ends, or the end of its context.

    `file` tells of the latest one as soon as it is being written, and again when it has ended.
    """

    def __init__(self, engine: Engine, file: Path) -> None:
        self._engine = engine
        self._file = file
        self.load = engine.load
        self.score = engine.score
        self.contrast = engine.contrast
        self.stop = engine.stop
        self.set_threads = engine.set_threads
        self.close = engine.close

    async def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answers without end."""
        timeline = Timeline()
        async with aclosing(self._engine.reply(messages, setup, threads, ENDLESS)) as events:
            async for event in events:
                timeline.hear(event, monotonic())
                # Not at each event: what is measured is the screen, and this computes in its process.
                if timeline.ended is not None or len(timeline.marks) == _BEGUN:
                    self._tell(timeline)
                yield event

    def _tell(self, timeline: Timeline) -> None:
        part = self._file.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(timeline))
        part.replace(self._file)


def file_in(place: Path, side: Side) -> Path:
    """Where the engine on `side` tells of its answer."""
    return place / f"{side}.json"


async def begun(place: Path) -> None:
    """Waits until both engines write. Raises BenchError."""
    await _both(place, lambda timeline: bool(timeline.marks))


async def stopped(place: Path) -> Heard:
    """What both engines wrote, as soon as both have ended. Raises BenchError, also where one was not stopped."""
    heard = await _both(place, lambda timeline: timeline.ended is not None)
    if any(timeline.cut for timeline in heard.values()):
        raise BenchError("An answer ended before it was stopped: choose a model with more context.")
    return heard


async def _both(place: Path, ready: Callable[[Timeline], bool]) -> Heard:
    deadline = monotonic() + _PATIENCE_S
    while True:
        heard = {side: _told(file_in(place, side)) for side in Side}
        if all(timeline.ended is not None or ready(timeline) for timeline in heard.values()):
            return heard
        if monotonic() > deadline:
            raise BenchError("The models did not write in the screen: try again on a quieter machine.")
        await asyncio.sleep(_POLL_S)


def _told(file: Path) -> Timeline:
    return msgspec.json.decode(file.read_bytes(), type=Timeline) if file.exists() else Timeline()
