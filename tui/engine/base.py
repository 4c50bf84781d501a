"""Owns what a front end may expect of anything that makes a model talk."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from tui.chat.conversation import Message, Setup
from tui.chat.events import LoadEvent, ReplyEvent
from tui.engine.cores import Threads

from tui.engine.steering import FREE, Steering

class Engine(Protocol):
    """One model that can be loaded, asked, stopped and closed; no method raises for what the model or its file does.

    At most one of `load` and `reply` runs at a time; both end with their last event.
    """

    def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Loads the model, again after it failed; ends with `Loaded` or `Failed`."""
        ...

    def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answers the last of `messages`; ends with `Finished` or `Failed`.

        `messages` hold the system text first, where there is one. Closing the generator early stops the answer.
        """
        ...

    async def stop(self) -> None:
        """Stops the answer under way, if any; its `reply` then ends with `Finished` and the reason `stopped`."""
        ...

    def set_threads(self, threads: Threads) -> None:
        """On how many threads it may compute from the next token on."""
        ...

    async def close(self) -> None:
        """Gives everything back; may be called at any time, more than once."""
        ...
