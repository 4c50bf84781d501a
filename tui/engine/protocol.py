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
"""What loading fails with where the engine is closed meanwhile."""


class Engine(Protocol):
    """One model that can be loaded, asked, stopped and closed; no method raises for what the model or its file does.

    At most one of `load`, `reply`, `score` and `contrast` runs at a time; all end with their last event.
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

    def score(self, subject: Subject, threads: Threads) -> AsyncGenerator[ScoreEvent | Restarted, None]:
        """Reads a text and says how likely each token of it was; ends with `Done` or `Failed`.

        What the model remembers of a conversation is not touched. Closing the generator early stops the reading.
        """
        ...

    def contrast(self, other: Path, wanted: Contrast, threads: Threads) -> AsyncGenerator[ContrastEvent, None]:
        """Compares with the model in `other`, loaded beside this one meanwhile; ends with `Done` or `Failed`.

        What the model remembers of a conversation is not touched. Closing the generator early stops the comparison.
        """
        ...

    async def stop(self) -> None:
        """Stops what is under way, if anything: a `reply` then ends with the reason `stopped`, else with `Done`."""
        ...

    def set_threads(self, threads: Threads) -> None:
        """On how many threads it may compute from the next token on."""
        ...

    async def close(self) -> None:
        """Gives everything back; may be called at any time, more than once."""
        ...
