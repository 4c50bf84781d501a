"""`duochat surprise`: measure how surprised two models are by each other's answers, or by one text."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import assert_never

import click
from rich.console import Console

from tui.chat.conversation import Conversation
from tui.chat.generation_settings import overrides_in
from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.options import FILE, json_option, read_prompt, read_text, selections
from tui.cli.output import print_json
from tui.cli.pair import ask_pair, loaded_pair
from tui.cli.perplexity_table import Report, document, report_of, show
from tui.cli.views import View, view_for
from tui.errors import UserError
from tui.models.catalogue.catalogue import Catalogue
from tui.session import cross_scoring
from tui.session.cross_scoring import Read
from tui.session.duo import Duo
from tui.session.memory_check import Selection, Selections
from tui.session.prepare import Preparer

_NOT_BOTH = "There is no question that both models have answered: ask one, or name another conversation."


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt for both models, which then read each other's answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Saved:
    """An earlier conversation of both models."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Document:
    """A text from elsewhere."""

    text: str


Source = Prompt | Saved | Document


@click.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.argument("prompt", required=False)
@click.option("--conversation", type=int, metavar="ID", help="Read the answers of this conversation.")
@click.option("--text", type=FILE, help="Read this file.")
@json_option
def surprise(
    left: str | None,
    right: str | None,
    prompt: str | None,
    *,
    conversation: int | None,
    text: Path | None,
    as_json: bool,
) -> int:
    """Measure how surprised each model is by the other's answer.

    The result is in bits per byte, with the most surprising words. Give LEFT RIGHT PROMPT to ask both first, LEFT RIGHT
    --text FILE to have both read one text, or only --conversation ID. A PROMPT of - is read from standard input.
    """
    catalogue, archive = wiring.catalogue(), wiring.archive()
    source: Source
    match (left, right, prompt, conversation, text):
        case (str(), str(), str(), None, None):
            source, chosen = Prompt(read_prompt(prompt)), selections(catalogue, left, right, {})
        case (str(), str(), None, None, Path()):
            source, chosen = Document(read_text(text)), selections(catalogue, left, right, {})
        case (None, None, None, int(), None):
            source = Saved(archive.conversation(conversation))
            chosen = _selections_of(catalogue, source.conversation)
        case _:
            raise click.UsageError(
                "Name LEFT, RIGHT and a PROMPT; or LEFT, RIGHT and --text FILE; or --conversation ID"
            )
    preparer = wiring.preparer(archive, wiring.memory_check())
    return run(score_both(preparer, chosen, source, wiring.console(), wiring.console(stderr=True), as_json=as_json))


def _selections_of(catalogue: Catalogue, saved: Conversation) -> Selections:
    """Return the last models of a conversation, with their overrides. Raises CatalogueError."""
    return {
        side: Selection(spec=catalogue.find(model.model), overrides=overrides_in(saved, side))
        for side, model in saved.models.items()
    }


async def score_both(
    preparer: Preparer, chosen: Selections, source: Source, out: Console, err: Console, *, as_json: bool
) -> int:
    """Let both models read and print the result; return 1 when a side failed, else 0. Raises UserError."""
    shows_answers = isinstance(source, Prompt) and not as_json
    view = view_for(out, err, as_json=False) if shows_answers else View(out, err)
    async with loaded_pair(preparer, chosen, view) as duo:
        report = await _report(duo, source, view, err)
    if as_json:
        print_json(out.file, document(report))
    else:
        show(out, err, report)
    return int(any(finding.error for finding in report.findings))


async def _report(duo: Duo, source: Source, view: View, err: Console) -> Report:
    match source:
        case Prompt(text=text):
            await ask_pair(duo, text, view, monotonic())
            return await _score_answers(duo, duo.conversation, err)
        case Saved(conversation=saved):
            return await _score_answers(duo, saved, err)
        case Document(text=text):
            return report_of(duo.conversation, await _collect(cross_scoring.read_text(duo, text), err))
        case _:
            assert_never(source)


async def _score_answers(duo: Duo, conversation: Conversation, err: Console) -> Report:
    if not cross_scoring.comparable(conversation):
        raise UserError(_NOT_BOTH)
    return report_of(conversation, await _collect(cross_scoring.read_answers(duo, conversation), err))


async def _collect(reads: AsyncGenerator[Read, None], err: Console) -> Sequence[Read]:
    """Return all scores, with a status line on a terminal meanwhile."""
    with err.status("Both models are reading.") if err.is_terminal else nullcontext():
        async with aclosing(reads):
            return [read async for read in reads]
