"""Helpers that ask an engine and collect its answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines import engine as made
from tests.patience import GUARD
from tui.chat.conversation import FinishReason, Message, Role, Setup, Usage
from tui.chat.events import Delta, Failed, Finished, Loaded, LoadEvent, Prefill, Recast, ReplyEvent
from tui.chat.sampling import resolve
from tui.engine.cores import Threads
from tui.engine.process.fallback import FallbackEngine
from tui.engine.steering import FREE, Steering

ONE = Threads(1, 1)


def setup(max_tokens: int = 16, seed: int = 1, temperature: float = 0.0, **rest: Any) -> Setup:
    """Return a setup, by default for a short greedy answer."""
    sampling = resolve(seed=seed, user={"temperature": temperature}, catalogue={}, gguf={})
    return Setup(sampling=sampling, max_tokens=max_tokens, **rest)


def user(text: str) -> Message:
    """Return a question."""
    return Message(Role.USER, text)


def assistant(text: str, thinking: str | None = None) -> Message:
    """Return an earlier answer with its thinking."""
    return Message(Role.ASSISTANT, text, thinking)


@dataclass(frozen=True, slots=True)
class Collected:
    """All events of one reply."""

    events: tuple[ReplyEvent, ...]

    @property
    def text(self) -> str:
        """Return the answer, without text that was recast as thinking."""
        last = max((index for index, event in enumerate(self.events) if isinstance(event, Recast)), default=-1)
        return "".join(each.text for each in self.events[last + 1 :] if isinstance(each, Delta) and not each.thinking)

    @property
    def thinking(self) -> str:
        """Return the thinking."""
        return "".join(each.text for each in self.events if isinstance(each, Delta) and each.thinking)

    @property
    def finished(self) -> Finished:
        """Return the last event, which must be `Finished`."""
        last = self.events[-1]
        assert isinstance(last, Finished), last
        return last

    @property
    def reason(self) -> FinishReason:
        """Return why it ended."""
        return self.finished.reason

    @property
    def usage(self) -> Usage:
        """Return its usage."""
        return self.finished.usage

    @property
    def tokens(self) -> tuple[int, ...]:
        """Return the ids of the generated tokens."""
        return self.finished.tokens

    @property
    def failed(self) -> Failed:
        """Return the last event, which must be `Failed`."""
        last = self.events[-1]
        assert isinstance(last, Failed), last
        return last

    @property
    def prefills(self) -> list[Prefill]:
        """Return the events about the reading of the prompt."""
        return [each for each in self.events if isinstance(each, Prefill)]


async def collect(events: AsyncIterator[ReplyEvent]) -> Collected:
    """Return a whole reply."""
    return Collected(tuple([event async for event in events]))


async def collect_checked(events: AsyncIterator[ReplyEvent]) -> Collected:
    """Return a whole reply of a real model; check that its usage counts its tokens."""
    collected = await collect(events)
    if isinstance(collected.events[-1], Finished):
        assert collected.usage.completion_tokens == len(collected.tokens)
    return collected


async def ask(
    engine: FallbackEngine, *messages: Message | str, threads: int = 1, steering: Steering = FREE, **how: Any
) -> Collected:
    """Return the whole answer to a conversation."""
    said = [user(each) if isinstance(each, str) else each for each in messages]
    return await collect_checked(engine.reply(said, setup(**how), Threads(threads, threads), steering=steering))


async def load(engine: FallbackEngine) -> LoadEvent:
    """Load the model and return the last event."""
    return [event async for event in engine.load()][-1]


def plain(_: Path) -> bool:
    """Refuse extra buffers, with which the results depend on the machine."""
    return False


@asynccontextmanager
async def loaded(path: Path, *, context: int = 512, **how: Any) -> AsyncIterator[FallbackEngine]:
    """Provide an engine that has loaded `path`, and close it at the end."""
    how.setdefault("patience", GUARD)  # a busy machine ends no worker
    engine = made(path, context, **how)
    try:
        event = await load(engine)
        assert isinstance(event, Loaded), event
        yield engine
    finally:
        await engine.close()
