"""What `duochat replay` prints: a line for each answer, the edits of the transcript, and a summary."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from rich.console import Console
from rich.text import Text

from tui.archive.transcript.digests import AnswerPart, DocumentPart, ExchangePart, JudgmentPart, Part
from tui.archive.transcript.json_reader import SavedTranscript
from tui.chat.finish_words import PREDICATES
from tui.session.replay import EndedOtherwise, Identical, NotRun, Parted, Replayed
from tui.text import clean, clean_line

_EDITED = "It was edited after it was saved: its digest does not match."
_OUTCOMES = {Identical: "identical", Parted: "differs", EndedOtherwise: "differs", NotRun: "not compared"}
_NO_DIGESTS = " The transcript has no digests: duochat cannot tell whether it was edited after it was saved."


def show(out: Console, replayed: Replayed, *, edited: bool) -> None:
    """Print a line for an answer, and one for each difference."""
    spot = replayed.part
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
                f"differs at its end, after the same {tokens:,} tokens: "
                f"it {PREDICATES[then]} then, and {PREDICATES[now]} now"
            )
        case NotRun(reason=reason):
            return f"not compared. {reason}"
        case _:
            assert_never(replayed.outcome)


def show_all(out: Console, found: Sequence[Replayed], saved: SavedTranscript) -> None:
    """Print the edits other than of answers, and how many answers are identical."""
    for line in filter(None, map(_edit, saved.edited)):
        out.print(Text(line), soft_wrap=True)
    out.print(Text(_summary(found, saved), style="bold"), soft_wrap=True)


def _edit(part: Part) -> str:
    """Return the sentence on an edit, or "" for an edited answer, whose own lines say so."""
    match part:
        case AnswerPart():
            return ""
        case JudgmentPart(exchange=number):
            return f"The judgment of question {number} was edited after it was saved."
        case ExchangePart(exchange=number):
            return (
                f"Question {number} was edited after it was saved: its text, the models that were asked, "
                "or its list of answers and judgments."
            )
        case DocumentPart():
            return "The transcript was edited after it was saved: a model, its start time, or its list of questions."
        case _:
            assert_never(part)


def _summary(found: Sequence[Replayed], saved: SavedTranscript) -> str:
    identical = sum(isinstance(each.outcome, Identical) for each in found)
    answers = sum(isinstance(part, AnswerPart) for part in saved.edited)
    edited = f" {answers} edited since the transcript was saved." if answers else ""
    unknown = "" if saved.has_digests else _NO_DIGESTS
    return f"{identical} of {len(found)} answers came out identical.{edited}{unknown}"


def document(found: Sequence[Replayed], saved: SavedTranscript, *, same: bool) -> Mapping[str, Any]:
    """Return the outcome in the shape that scripts rely on; `same` is whether the whole replay was identical."""
    return {
        "identical": same,
        "sealed": saved.has_digests,
        "sealed_whole": saved.has_digests,
        "edited": {
            "document": DocumentPart() in saved.edited,
            "questions": [part.exchange for part in saved.edited if isinstance(part, ExchangePart)],
            "judgments": [part.exchange for part in saved.edited if isinstance(part, JudgmentPart)],
        },
        "answers": [*_entries(found, saved.edited)],
    }


def _entries(found: Sequence[Replayed], edited: tuple[Part, ...]) -> Iterator[Mapping[str, Any]]:
    for each in found:
        outcome = each.outcome
        yield {
            "exchange": each.part.exchange,
            "side": each.part.side,
            "attempt": each.part.attempt,
            "model": each.model,
            "outcome": _OUTCOMES[type(outcome)],
            "token": outcome.token if isinstance(outcome, Parted) else None,
            "saved": outcome.saved if isinstance(outcome, Parted) else None,
            "now": outcome.now if isinstance(outcome, Parted) else None,
            "ended": {"saved": outcome.saved, "now": outcome.now} if isinstance(outcome, EndedOtherwise) else None,
            "reason": outcome.reason if isinstance(outcome, NotRun) else None,
            "edited": each.part in edited,
            "differences": each.differences,
        }
