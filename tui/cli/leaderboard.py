"""`duochat leaderboard`: rate the models by the votes."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click
import msgspec

from tui.arena.ratings.leaderboard import Leaderboard
from tui.cli import wiring
from tui.cli.options import json_option
from tui.cli.output import print_json, print_table
from tui.reports.columns import Line, Role, line
from tui.reports.leaderboard import Section, page, standings_section, subset_label, votes_in_words
from tui.reports.standings import Specs, name_of, notes_below
from tui.text import clean_line

if TYPE_CHECKING:
    from rich.console import Console

_STYLES: Mapping[Role, str] = {"plain": "", "strong": "bold", "quiet": "dim", "bar": "cyan", "point": "bold cyan"}
_HEAD = (
    *("group", "best", "worst", "model", "name", "maker", "country", "rating", "low", "high", "controlled"),
    *("votes", "won", "tied", "lost", "doubt"),
)
_LEAST_WIDTH = 40


@click.command()
@click.option("--blind", is_flag=True, help="Count blind votes only.")
@json_option
def leaderboard(blind: bool, as_json: bool) -> None:
    """Rate the models by your votes.

    Each rating has an interval and a rank. Below are the results of each pair of models, and what else influenced your
    votes: the side, the length and the speed of an answer.
    """
    from tui.session.ranking import leaderboard as rate  # imports numpy, which --help does not need

    board = rate(wiring.archive(), blind=blind)
    specs = {spec.id: spec for spec in wiring.catalogue().models}
    if as_json:
        print_json(sys.stdout, document(board, specs, blind=blind))
    else:
        show(wiring.console(), wiring.console(stderr=True), board, specs, blind=blind)


def show(out: "Console", err: "Console", board: Leaderboard, specs: Specs, *, blind: bool) -> None:
    """Print everything on a terminal; elsewhere print one row for each model, and the notes on `err`."""
    if not board.overall.rows:
        _print_notes(err, (_no_votes(blind=blind), *board.overall.notes))
    elif out.is_terminal:
        _show_page(out, board, specs, blind=blind)
    else:
        print_table(out, _HEAD, _cells(board, specs))
        _print_notes(err, ("".join(text for text, _ in each) for each in notes_below(board.overall, specs)))


def _no_votes(*, blind: bool) -> str:
    if blind:
        return "No blind vote yet: ask with `duochat --blind`, and vote before the names are shown."
    return "No vote yet: ask two models something in `duochat`, and vote for the better answer."


def _show_page(out: "Console", board: Leaderboard, specs: Specs, *, blind: bool) -> None:
    width = max(out.width, _LEAST_WIDTH)
    title = f"Leaderboard of {votes_in_words(board.overall.votes)}"
    _print(out, line(f"{title}, all of them blind" if blind else title, "strong"))
    for section in (*page(board, specs, width), *_subsets(board, specs, width)):
        _print(out, ())
        if section.title:
            _print(out, line(section.title, "strong"))
        for each in section.lines:
            _print(out, each)


def _subsets(board: Leaderboard, specs: Specs, width: int) -> Iterator[Section]:
    for subset in board.subsets:
        title = clean_line(f"Of {votes_in_words(subset.standings.votes)}: {subset_label(subset)}")
        yield standings_section(title, subset.standings, specs, width)


def _print_notes(err: "Console", sentences: Iterable[str]) -> None:
    for sentence in sentences:
        _print(err, line(sentence), soft_wrap=not err.is_terminal)


def _print(console: "Console", spans: Line, *, soft_wrap: bool | None = None) -> None:
    from rich.text import Text

    console.print(Text.assemble(*((text, _STYLES[role]) for text, role in spans)), soft_wrap=soft_wrap)


def _cells(board: Leaderboard, specs: Specs) -> Iterator[tuple[str, ...]]:
    for row in board.overall.rows:
        spec = specs.get(row.model)
        known = (spec.maker, spec.country) if spec else ("", "")
        tally = row.tally
        counts = (tally.votes, tally.wins, tally.ties, tally.losses)
        figures = (row.rating.value, row.rating.low, row.rating.high, board.controlled[row.model].value)
        yield (
            *map(str, (row.group, row.best, row.worst)),
            *(clean_line(text) for text in (row.model, name_of(row.model, specs), *known)),
            *(f"{figure:.1f}" for figure in figures),
            *map(str, counts),
            row.doubt or "",
        )


def document(board: Leaderboard, specs: Specs, *, blind: bool) -> dict[str, Any]:
    """Return the leaderboard in the shape that scripts rely on."""
    fields: dict[str, Any] = msgspec.to_builtins(board)
    return fields | {
        "blind_only": blind,
        "habits": [msgspec.to_builtins(habit) | {"words": habit.words} for habit in board.habits],
        "models": {row.model: _identity(row.model, specs) for row in board.overall.rows},
    }


def _identity(model: str, specs: Specs) -> dict[str, Any]:
    spec = specs.get(model)
    if spec is None:
        return {"name": None, "maker": None, "country": None, "in_catalogue": False}
    return {"name": spec.name, "maker": spec.maker, "country": spec.country, "in_catalogue": True}
