"""Owns `duochat replay`: a transcript run again, and what is said of each of its answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, aclosing
from functools import partial
from pathlib import Path
from typing import Any, assert_never

import msgspec
from rich.console import Console
from rich.text import Text

from tui.archive.errors import TranscriptError
from tui.archive.seals import DocumentSeal, ExchangeSeal, Extent, JudgmentSeal, Sealed
from tui.archive.seals import Place as Spot
from tui.archive.transcript import Saved, read_json
from tui.chat.conversation import Conversation, Seat, Side
from tui.chat.terms import Wishes
from tui.console.fetching import fetched
from tui.duo import Player
from tui.models.catalogue import Catalogue, UnknownModel
from tui.models.obtain import Ready
from tui.models.spec import ModelSpec
from tui.replay import Identical, NotRun, Parted, Replay, Replayed
from tui.seating import Seating
from tui.text import clean, clean_line
from tui.weighing import Place

_EDITED = "It was edited after it was saved: its digest is not the one of what stands there."
_UNSEALED = {
    Extent.NOTHING: "The transcript has no digests: whether it was edited after it was saved cannot be told.",
    Extent.ANSWERS: "The transcript has digests of its answers alone: whether a judgment or a seat was edited after it "
    "was saved, or answers were cut off at its end, cannot be told.",
    Extent.WHOLE: "",
}


async def replay_file(
    out: Console,
    err: Console,
    file: Path,
    catalogue: Catalogue,
    seating: Callable[[], AbstractContextManager[Seating]],
    *,
    as_json: bool,
) -> int:
    """Runs the transcript in `file` again; 0 when all of it is whole and came out identical, from the same weights.

    Raises TranscriptError, CatalogueError and SeatingError.
    """
    saved = _read(file)
    first = _first_seats(saved.conversation)
    found: list[Replayed] = []
    with seating() as table:
        bring = partial(_bring, table, catalogue, err)
        places = {side: _place(catalogue, seat) for side, seat in first.items()}
        ready = {side: await _fetched(table, place, err) for side, place in places.items()}
        duo = await table.duo(places, ready)
        try:
            async with aclosing(Replay(saved.conversation, duo, bring).run()) as answers:
                async for replayed in answers:
                    found.append(replayed)
                    if not as_json:
                        _show(out, replayed, edited=replayed.place in saved.edited)
        finally:
            await duo.close()
    same = not saved.edited and all(isinstance(each.outcome, Identical) and each.same_weights for each in found)
    if as_json:
        out.file.write(msgspec.json.format(msgspec.json.encode(_document(found, saved, same=same))).decode() + "\n")
    else:
        for line in filter(None, map(_edited, saved.edited)):
            out.print(Text(line), soft_wrap=True)
        out.print(Text(_summary(found, saved), style="bold"), soft_wrap=True)
    return int(not same)


def _read(file: Path) -> Saved:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise TranscriptError(f"{file} cannot be read ({error.strerror}). Name a transcript saved as .json.") from error
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{file} is no text in UTF-8. Name a transcript saved as .json.") from error
    saved = read_json(text)
    if not any(exchange.answers for exchange in saved.conversation.exchanges):
        raise TranscriptError(f"{file} holds no answer. Save a conversation in which something was answered.")
    return saved


def _first_seats(saved: Conversation) -> dict[Side, Seat]:
    """Who gave the first answer on each side; a side that gave none keeps the seat that it had in the end."""
    seats = dict(saved.seats)
    for exchange in reversed(saved.exchanges):
        for side, answer in exchange.answers.items():
            seats[side] = (*exchange.earlier.get(side, ()), answer)[0].seat
    missing = [side for side in Side if side not in seats]
    if missing:
        raise TranscriptError(f"Nobody sits on the {missing[0]}. Save a conversation of two models.")
    return seats


async def _bring(table: Seating, catalogue: Catalogue, err: Console, side: Side, seat: Seat) -> Player:
    place = _place(catalogue, seat)
    return await table.player(side, place, await _fetched(table, place, err))


async def _fetched(table: Seating, place: Place, err: Console) -> Ready:
    return await fetched(place.spec.name, table.examined(place.spec), err)


def _place(catalogue: Catalogue, seat: Seat) -> Place:
    return Place(spec=_spec(catalogue, seat), wishes=Wishes(context=seat.context or None))


def _spec(catalogue: Catalogue, seat: Seat) -> ModelSpec:
    """The model of a seat: by its id, or where the catalogue has none by that id, by its place on the hub."""
    try:
        return catalogue.find(seat.model)
    except UnknownModel:
        if seat.weights.repo is None:
            raise
        return catalogue.find(f"hf:{seat.weights.repo}/{seat.weights.file}")


def _show(out: Console, replayed: Replayed, *, edited: bool) -> None:
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
        case NotRun(reason=reason):
            return f"not compared. {reason}"
        case _:
            assert_never(replayed.outcome)


def _edited(part: Sealed) -> str:
    """What is said of an edit that is no answer's; nothing of one that is, since that answer says so itself."""
    match part:
        case Spot():
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


def _summary(found: list[Replayed], saved: Saved) -> str:
    identical = sum(isinstance(each.outcome, Identical) for each in found)
    answers = sum(isinstance(part, Spot) for part in saved.edited)
    edited = f" {answers} edited since the transcript was saved." if answers else ""
    unsealed = f" {_UNSEALED[saved.sealed]}".rstrip()
    return f"{identical} of {len(found)} answers came out identical.{edited}{unsealed}"


def _document(found: list[Replayed], saved: Saved, *, same: bool) -> Mapping[str, Any]:
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


def _entries(found: list[Replayed], edited: tuple[Sealed, ...]) -> Iterator[Mapping[str, Any]]:
    for each in found:
        outcome = each.outcome
        yield {
            "exchange": each.place.exchange,
            "side": each.place.side,
            "attempt": each.place.attempt,
            "model": each.model,
            "outcome": {Identical: "identical", Parted: "differs", NotRun: "not compared"}[type(outcome)],
            "token": outcome.token if isinstance(outcome, Parted) else None,
            "saved": outcome.saved if isinstance(outcome, Parted) else None,
            "now": outcome.now if isinstance(outcome, Parted) else None,
            "reason": outcome.reason if isinstance(outcome, NotRun) else None,
            "edited": each.place in edited,
            "differences": each.differences,
        }
