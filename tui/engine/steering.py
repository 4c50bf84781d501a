"""Steering of an answer from outside, to measure it or to run it again exactly."""

from dataclasses import dataclass

from tui.chat.conversation import Answer, FinishReason


@dataclass(frozen=True, slots=True)
class Steering:
    """With `ignore_end` only a limit ends the answer.

    No more than `reuse` tokens of the memory are reused, and the answer stops after `stop_after` tokens as if the user
    had stopped it there; None leaves both as they come.
    """

    ignore_end: bool = False
    reuse: int | None = None
    stop_after: int | None = None


FREE = Steering()
"""Nothing is imposed."""


def rerunning(answer: Answer | None) -> Steering:
    """What makes a run the same as that of `answer`: its reuse, and its stop; nothing of no answer."""
    if answer is None or answer.usage is None:
        return FREE
    # Not the count alone: there are transcripts whose count lacks the tokens that ended the thinking.
    written = len(answer.tokens) or answer.usage.completion_tokens
    stopped = answer.finish_reason is FinishReason.STOPPED
    return Steering(reuse=answer.usage.reused_tokens, stop_after=written if stopped else None)
