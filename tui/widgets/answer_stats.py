"""Figures of an answer in progress, measured on the screen before the engine's own arrive."""

from dataclasses import dataclass, replace

from tui.chat.events import Delta, Prefill


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerStats:
    """Times are seconds of one clock; `prompt_tokens` are the tokens before the answer in the context."""

    asked_at: float
    first_at: float | None = None
    last_at: float | None = None
    first_tokens: int = 0
    tokens: int = 0
    prompt_tokens: int = 0

    def after_prefill(self, event: Prefill) -> "AnswerStats":
        """Return the figures after a part of the prompt was read."""
        return replace(self, prompt_tokens=event.total)

    def after_delta(self, event: Delta, now: float) -> "AnswerStats":
        """Return the figures after text arrived at `now`."""
        if self.first_at is None:
            return replace(self, first_at=now, last_at=now, first_tokens=event.tokens, tokens=event.tokens)
        return replace(self, last_at=now, tokens=event.tokens)

    @property
    def first_ms(self) -> float | None:
        """Milliseconds until the first text arrived, or None before that."""
        return None if self.first_at is None else (self.first_at - self.asked_at) * 1000

    @property
    def rate(self) -> float | None:
        """Tokens per second, or None in the first 0.2 s."""
        if self.first_at is None or self.last_at is None or self.last_at - self.first_at < 0.2:
            return None
        return (self.tokens - self.first_tokens) / (self.last_at - self.first_at)

    @property
    def used(self) -> int:
        """Tokens in the context."""
        return self.prompt_tokens + self.tokens
