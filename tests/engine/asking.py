"""How the engine's tests ask: a setup in one call, and an engine's whole answer."""

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
    """Greedy and short unless told otherwise."""
    sampling = resolve(seed=seed, user={"temperature": temperature}, catalogue={}, gguf={})
    return Setup(sampling=sampling, max_tokens=max_tokens, **rest)


def user(text: str) -> Message:
    """A question."""
    return Message(Role.USER, text)


def assistant(text: str, thinking: str | None = None) -> Message:
    """An earlier answer, and what was thought before it."""
    return Message(Role.ASSISTANT, text, thinking)


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that one reply said."""

    events: tuple[ReplyEvent, ...]

    @property
    def text(self) -> str:
        """The answer, with what was recast taken out again."""
        last = max((index for index, event in enumerate(self.events) if isinstance(event, Recast)), default=-1)
        return "".join(each.text for each in self.events[last + 1 :] if isinstance(each, Delta) and not each.thinking)

    @property
    def thinking(self) -> str:
        """The thinking."""
        return "".join(each.text for each in self.events if isinstance(each, Delta) and each.thinking)

    @property
    def finished(self) -> Finished:
        """How it ended, when it ended in order."""
        last = self.events[-1]
        assert isinstance(last, Finished), last
        return last

    @property
    def reason(self) -> FinishReason:
        """Why it ended."""
        return self.finished.reason

    @property
    def usage(self) -> Usage:
        """What it cost."""
        return self.finished.usage

    @property
    def tokens(self) -> tuple[int, ...]:
        """What was generated."""
        return self.finished.tokens

    @property
    def failed(self) -> Failed:
        """How it failed, when it did."""
        last = self.events[-1]
        assert isinstance(last, Failed), last
        return last

    @property
    def prefills(self) -> list[Prefill]:
        """How the prompt was read."""
        return [each for each in self.events if isinstance(each, Prefill)]


async def hear(events: AsyncIterator[ReplyEvent]) -> Heard:
    """A reply, heard to its end."""
    return Heard(tuple([event async for event in events]))


async def collect(events: AsyncIterator[ReplyEvent]) -> Heard:
    """A model's reply, heard to its end; what is counted is what was written."""
    heard = await hear(events)
    if isinstance(heard.events[-1], Finished):
        assert heard.usage.completion_tokens == len(heard.tokens)
    return heard


async def ask(
    engine: FallbackEngine, *messages: Message | str, threads: int = 1, steering: Steering = FREE, **how: Any
) -> Heard:
    """The whole answer to a conversation."""
    said = [user(each) if isinstance(each, str) else each for each in messages]
    return await collect(engine.reply(said, setup(**how), Threads(threads, threads), steering=steering))


async def load(engine: FallbackEngine) -> LoadEvent:
    """The last event of loading."""
    return [event async for event in engine.load()][-1]


def plain(_: Path) -> bool:
    """Refuse extra buffers, as `extra_buffers` of an engine: what they compute depends on the machine."""
    return False


@asynccontextmanager
async def loaded(path: Path, *, context: int = 512, **how: Any) -> AsyncIterator[FallbackEngine]:
    """An engine that has loaded `path`, closed in the end."""
    how.setdefault("patience", GUARD)  # a machine that stands still for a while ends no worker
    engine = made(path, context, **how)
    try:
        event = await load(engine)
        assert isinstance(event, Loaded), event
        yield engine
    finally:
        await engine.close()
