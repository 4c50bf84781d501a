"""The tokens and times of one answer."""

import time
from dataclasses import dataclass, field

from tui.chat.conversation import Usage
from tui.engine.worker.prompt import Prompt
from tui.engine.worker.text_stream import TextStream


@dataclass(slots=True)
class UsageCounter:
    """The cost of an answer so far, in seconds of the monotonic clock.

    `chosen` tokens are the model's own; `forced` ones were written in its place.
    """

    since: float
    started: float = field(default_factory=time.monotonic)
    reused: int = 0
    dropped: int = 0
    chosen: int = 0
    forced: int = 0
    threads: int = 0
    first: float | None = None
    last: float | None = None

    @property
    def tokens(self) -> int:
        """Return the number of tokens written."""
        return self.chosen + self.forced

    def add_chosen(self) -> int:
        """Count one more token that the model chose now, and return `tokens`."""
        self.last = time.monotonic()
        self.first = self.last if self.first is None else self.first
        self.chosen += 1
        return self.tokens

    def add_forced(self, tokens: int) -> int:
        """Count so many more tokens that were written in the model's place, and return `tokens`."""
        self.forced += tokens
        return self.tokens

    def usage(self, prompt: Prompt, text: TextStream) -> Usage:
        """Return the usage up to now; times count from `since`."""
        return Usage(
            prompt_tokens=len(prompt.tokens),
            reused_tokens=self.reused,
            completion_tokens=self.tokens,
            started_ms=self._ms(self.started),
            ended_ms=self._ms(time.monotonic()),
            threads=self.threads,
            first_ms=None if self.first is None else self._ms(self.first),
            last_ms=None if self.last is None else self._ms(self.last),
            thinking_ms=text.thinking_ms,
            thinking_tokens=text.thinking_tokens,
            think_ignored=prompt.think_ignored,
            dropped_turns=self.dropped,
        )

    def _ms(self, moment: float) -> float:
        return round((moment - self.since) * 1000, 3)
