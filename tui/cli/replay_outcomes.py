"""Owns what `duochat replay` says: of each answer, of what was edited, and of all together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from rich.console import Console
from rich.text import Text

from tui.archive.transcript.digests import DocumentSeal, ExchangeSeal, Extent, JudgmentSeal, Place, Sealed
from tui.archive.transcript.json_document import Saved
from tui.chat.conversation import FinishReason
from tui.session.replay import EndedOtherwise, Identical, NotRun, Parted, Replayed
from tui.text import clean, clean_line

_EDITED = "It was edited after it was saved: its digest is not the one of what stands there."
_ENDS = {
    FinishReason.STOP: "by itself",
    FinishReason.LENGTH: "at its limit",
    FinishReason.STOPPED: "where it was stopped",
    FinishReason.INTERRUPTED: "in an interruption",
    FinishReason.FAILED: "in a failure",
}
_OUTCOMES = {Identical: "identical", Parted: "differs", EndedOtherwise: "differs", NotRun: "not compared"}
_UNSEALED = {
    Extent.NOTHING: "The transcript has no digests: whether it was edited after it was saved cannot be told.",
    Extent.ANSWERS: "The transcript has digests of its answers alone: whether a judgment or a seat was edited after it "
    "was saved, or answers were cut off at its end, cannot be told.",
    Extent.WHOLE: "",
}


def show(out: Console, replayed: Replayed, *, edited: bool) -> None:
    """Prints a line for an answer, and one for each thing that is different about it."""
    spot = replayed.place
    attempt = f", attempt {spot.attempt} of {spot.attempts}" if spot.attempts > 1 else ""
    head = f"{spot.exchange} {spot.side}{attempt}  {clean_line(replayed.model)}: "
    out.print(Text.assemble((head, "bold"), clean_line(_sentence(replayed), 400)), soft_wrap=True)
    for line in (*((_EDITED,) if edited else ()), *replayed.differences):
        out.print(Text(f"    {clean(line)}"), soft_wrap=True)


def _sentence(replayed: Replayed) -> str:
    match replayed.outcome:
        case Identical(tokens=tokens):
            return f"identical, {tokens:,} tokens"
        case Parted(token=token, saved="", now=""):
            return f"differs from token {token:,} on, though the text is the same"
        case Parted(token=None, saved=saved, now=now):
            return f"differs: {saved!r} then, {now!r} now"
        case Parted(token=token, saved=saved, now=now):
            return f"differs from token {token:,} on: {saved!r} then, {now!r} now"
        case EndedOtherwise(tokens=tokens, saved=then, now=now):
            return (
                f"differs at its end, after the same {tokens:,} tokens: it ended {_ENDS[then]} then, {_ENDS[now]} now"
            )
        case NotRun(reason=reason):
            return f"not compared. {reason}"
        case _:
            assert_never(replayed.outcome)


def show_all(out: Console, found: Sequence[Replayed], saved: Saved) -> None:
    """Prints what was edited besides the answers, and how many of those came out identical."""
    for line in filter(None, map(_edit, saved.edited)):
        out.print(Text(line), soft_wrap=True)
    out.print(Text(_summary(found, saved), style="bold"), soft_wrap=True)


def _edit(part: Sealed) -> str:
    """What is said of an edit that is no answer's; nothing of one that is, since that answer says so itself."""
    match part:
        case Place():
            return ""
        case JudgmentSeal(exchange=number):
            return f"The judgment of question {number} was edited after it was saved."
        case ExchangeSeal(exchange=number):
            return (
                f"Question {number} was edited after it was saved: its words, whom it was put to, "
                "or which answers and which judgment it has."
            )
        case DocumentSeal():
            return "The transcript was edited after it was saved: a seat, its beginning, or which questions it has."
        case _:
            assert_never(part)


def _summary(found: Sequence[Replayed], saved: Saved) -> str:
    identical = sum(isinstance(each.outcome, Identical) for each in found)
    answers = sum(isinstance(part, Place) for part in saved.edited)
    edited = f" {answers} edited since the transcript was saved." if answers else ""
    unsealed = f" {_UNSEALED[saved.sealed]}".rstrip()
    return f"{identical} of {len(found)} answers came out identical.{edited}{unsealed}"


def document(found: Sequence[Replayed], saved: Saved, *, same: bool) -> Mapping[str, Any]:
    """The same for `--json`; `same` says that nothing was edited, and all came out identical."""
    return {
        "identical": same,
        "sealed": saved.sealed is not Extent.NOTHING,
        "sealed_whole": saved.sealed is Extent.WHOLE,
        "edited": {
            "document": DocumentSeal() in saved.edited,
            "questions": [part.exchange for part in saved.edited if isinstance(part, ExchangeSeal)],
            "judgments": [part.exchange for part in saved.edited if isinstance(part, JudgmentSeal)],
        },
        "answers": [*_entries(found, saved.edited)],
    }


def _entries(found: Sequence[Replayed], edited: tuple[Sealed, ...]) -> Iterator[Mapping[str, Any]]:
    for each in found:
        outcome = each.outcome
        yield {
            "exchange": each.place.exchange,
            "side": each.place.side,
            "attempt": each.place.attempt,
            "model": each.model,
            "outcome": _OUTCOMES[type(outcome)],
            "token": outcome.token if isinstance(outcome, Parted) else None,
            "saved": outcome.saved if isinstance(outcome, Parted) else None,
            "now": outcome.now if isinstance(outcome, Parted) else None,
            "ended": {"saved": outcome.saved, "now": outcome.now} if isinstance(outcome, EndedOtherwise) else None,
            "reason": outcome.reason if isinstance(outcome, NotRun) else None,
            "edited": each.place in edited,
            "differences": each.differences,
        }
