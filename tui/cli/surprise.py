"""Owns `duochat surprise`: how surprised two models are by each other's answers, or by one text."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from time import monotonic
from typing import assert_never

from rich.console import Console

from tui.chat.conversation import Conversation, Side
from tui.chat.generation_settings import overrides_in
from tui.cli.ask import View, answer_both, fetch_both, load_both
from tui.cli.perplexity_table import Report, report_of, show, write
from tui.cli.views import QuietView, view
from tui.errors import UserError
from tui.models.catalogue.catalogue import Catalogue
from tui.session.cross_scoring import Read, comparable, read_answers, read_text
from tui.session.duo import Duo
from tui.session.memory_check import Selection, Selections
from tui.session.prepare import Preparer

_NOT_BOTH = "There is no question that both models have answered: ask one, or name another conversation."


@dataclass(frozen=True, slots=True)
class Prompt:
    """What both are asked, to read each other's answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation of both."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Document:
    """A text that neither wrote."""

    text: str


Source = Prompt | Saved | Document


def pair(catalogue: Catalogue, left: str, right: str) -> Selections:
    """Who is to read, by name. Raises CatalogueError."""
    return {Side.LEFT: Selection(spec=catalogue.find(left)), Side.RIGHT: Selection(spec=catalogue.find(right))}


def selections_of(catalogue: Catalogue, saved: Conversation) -> Selections:
    """Who sat there in the end, under the same wishes. Raises CatalogueError."""
    return {
        side: Selection(spec=catalogue.find(model.model), overrides=overrides_in(saved, side))
        for side, model in saved.models.items()
    }


async def surprise(
    preparer: Preparer, selections: Selections, source: Source, out: Console, err: Console, *, as_json: bool
) -> int:
    """Brings both models to the table and lets them read; 1 when a side failed, else 0. Raises UserError."""
    asks = isinstance(source, Prompt) and not as_json
    shown = view(out, err, as_json=False) if asks else QuietView(out, err)
    try:
        duo = await preparer.duo(selections, await fetch_both(preparer, selections, shown))
        try:
            await load_both(duo, selections, shown)
            report = await _report(duo, source, shown, err)
        finally:
            await duo.close()
    finally:
        shown.close()
    if as_json:
        write(out, report)
    else:
        show(out, err, report)
    return int(any(each.trouble for each in report.findings))


async def _report(duo: Duo, source: Source, shown: View, err: Console) -> Report:
    match source:
        case Prompt(text=text):
            await answer_both(duo, text, shown, monotonic())
            return report_of(duo.conversation, await _heard(read_answers(duo, _checked(duo.conversation)), err))
        case Saved(conversation=saved):
            return report_of(saved, await _heard(read_answers(duo, _checked(saved)), err))
        case Document(text=text):
            return report_of(duo.conversation, await _heard(read_text(duo, text), err))
        case _:
            assert_never(source)


def _checked(conversation: Conversation) -> Conversation:
    if not comparable(conversation):
        raise UserError(_NOT_BOTH)
    return conversation


async def _heard(reads: AsyncGenerator[Read, None], err: Console) -> Sequence[Read]:
    """All that is read, with a word that it takes a while where somebody looks."""
    with err.status("Both models are reading.") if err.is_terminal else nullcontext():
        async with aclosing(reads):
            return [read async for read in reads]
