"""Owns the figures of an answer while it grows, as a screen can know them before the engine's own arrive."""

from dataclasses import dataclass, replace

from tui.chat.events import Delta, Prefill


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times are seconds on one clock; `prompt_tokens` is what stands before the answer in the context."""

    asked_at: float
    first_at: float | None = None
    last_at: float | None = None
    first_tokens: int = 0
    tokens: int = 0
    prompt_tokens: int = 0

    def read(self, event: Prefill) -> "Pace":
        """The pace once the prompt was read as far as `event` says."""
        return replace(self, prompt_tokens=event.total)

    def wrote(self, event: Delta, now: float) -> "Pace":
        """The pace once `event` arrived at `now`."""
        if self.first_at is None:
            return replace(self, first_at=now, last_at=now, first_tokens=event.tokens, tokens=event.tokens)
        return replace(self, last_at=now, tokens=event.tokens)

    @property
    def first_ms(self) -> float | None:
        """Milliseconds until the first text arrived, or None before."""
        return None if self.first_at is None else (self.first_at - self.asked_at) * 1000

    @property
    def rate(self) -> float | None:
        """How fast tokens follow each other, or None while there are too few to say."""
        if self.first_at is None or self.last_at is None or self.last_at - self.first_at < 0.2:
            return None
        return (self.tokens - self.first_tokens) / (self.last_at - self.first_at)

    @property
    def used(self) -> int:
        """Tokens in the context."""
        return self.prompt_tokens + self.tokens
