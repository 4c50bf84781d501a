"""Limits imposed on an answer, to measure it or to reproduce another one exactly."""

from dataclasses import dataclass

from tui.chat.conversation import Answer, FinishReason


@dataclass(frozen=True, slots=True)
class Steering:
    """With `ignore_end`, only a limit ends the answer.

    At most `reuse` cached tokens are reused, and the answer stops after `stop_after` tokens, as if the user had stopped
    it there. None sets no limit.
    """

    ignore_end: bool = False
    reuse: int | None = None
    stop_after: int | None = None


FREE = Steering()
"""No limits."""


def steering_of(answer: Answer | None) -> Steering:
    """Return the steering that reproduces `answer`: its reused tokens, and where it was stopped; `FREE` for None."""
    if answer is None or answer.usage is None:
        return FREE
    # In older transcripts the count lacks the tokens that ended the thinking.
    written = len(answer.tokens) or answer.usage.completion_tokens
    stopped = answer.finish_reason is FinishReason.STOPPED
    return Steering(reuse=answer.usage.reused_tokens, stop_after=written if stopped else None)
