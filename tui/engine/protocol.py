"""The protocol that every engine implements."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

from tui.chat.conversation import Message, Setup
from tui.chat.events import LoadEvent, ReplyEvent, Restarted
from tui.chat.scores import Contrast, ContrastEvent, ScoreEvent, Subject
from tui.engine.cores import Threads
from tui.engine.steering import FREE, Steering

GIVEN_UP = "Loading was given up; load it again."
"""The message of `Failed` where the engine is closed while it loads."""


class Engine(Protocol):
    """One model that can be loaded, asked, stopped and closed. No method raises for a fault of the model or its file.

    At most one of `load`, `reply`, `score` and `contrast` runs at a time. Closing a generator early stops its work.
    Scoring and comparing leave the conversation's cached tokens alone.
    """

    def load(self) -> AsyncGenerator[LoadEvent, None]:
        """Load the model, again if it failed; end with `Loaded` or `Failed`."""
        ...

    def reply(
        self, messages: Sequence[Message], setup: Setup, threads: Threads, steering: Steering = FREE
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Answer the last of `messages`, the first of which may be a system text; end with `Finished` or `Failed`."""
        ...

    def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent | Restarted, None]:
        """Yield the log-probability of each token of a text; end with `Done` or `Failed`."""
        ...

    def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Compare with the model in `other`, which is loaded for that time; end with `Done` or `Failed`."""
        ...

    async def stop(self) -> None:
        """Stop what is in progress: a reply ends with the reason `stopped`, other work with `Done(stopped=True)`."""
        ...

    def set_threads(self, threads: Threads) -> None:
        """Set the number of threads from the next token on."""
        ...

    async def close(self) -> None:
        """Free everything; may be called at any time, more than once."""
        ...
