"""An answer in progress, updated by one event after the other."""

from dataclasses import replace
from typing import assert_never

from tui.chat.conversation import Answer, FinishReason
from tui.chat.events import Checking, Delta, Failed, Finished, Outdated, Prefill, Recast, ReplyEvent, Restarted


def updated(answer: Answer, event: ReplyEvent) -> Answer:
    """`answer` after `event`; one that has ended carries its reason."""
    match event:
        case Prefill() | Restarted() | Checking() | Outdated():
            return answer
        case Delta(text=text, thinking=True):
            return replace(answer, thinking=(answer.thinking or "") + text)
        case Delta(text=text):
            return replace(answer, text=answer.text + text)
        case Recast():
            return replace(answer, thinking=(answer.thinking or "") + answer.text, text="")
        case Finished(reason=reason, usage=usage, tokens=tokens):
            return replace(answer, finish_reason=reason, usage=usage, tokens=tokens)
        case Failed(message=message):
            return replace(answer, finish_reason=FinishReason.FAILED, error=message)
        case _:
            assert_never(event)
