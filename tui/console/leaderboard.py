"""Owns what `duochat leaderboard` prints: for eyes on a terminal, lines to cut anywhere else, and the JSON of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from math import isinf
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from tui.arena.leaderboard import Leaderboard
from tui.text import clean_line
from tui.widgets.board import Section, counted, kind_of, page, ranked
from tui.widgets.roles import Line, Role
from tui.widgets.standings import Specs, below, name_of

_STYLES: Mapping[Role, str] = {"plain": "", "strong": "bold", "quiet": "dim", "bar": "cyan", "point": "bold cyan"}
_HEAD = (
    *("group", "best", "worst", "model", "name", "maker", "country", "rating", "low", "high", "controlled"),
    *("votes", "won", "tied", "lost", "doubt"),
)
_LEAST_WIDTH = 40


def show(console: Console, notices: Console, board: Leaderboard, specs: Specs, *, blind: bool) -> None:
    """Everything on a terminal; elsewhere a tab-separated line a model, and the sentences in `notices`."""
    if not board.overall.rows:
        _say(notices, (nothing(blind=blind), *board.overall.notes))
    elif console.is_terminal:
        _show_page(console, board, specs, blind=blind)
    else:
        for line in (_HEAD, *_cells(board, specs)):
            console.file.write("\t".join(line) + "\n")
        _say(notices, ("".join(text for text, _ in line) for line in below(board.overall, specs)))


def nothing(*, blind: bool) -> str:
    """What is said while there is no vote, with the next step."""
    if blind:
        return "No blind vote yet: ask with `duochat --blind`, and say which answer is better before names are shown."
    return "No vote yet: ask two models something in `duochat`, and say which answer is better."


def to_json(board: Leaderboard, specs: Specs, *, blind: bool) -> str:
    """One document with everything; an open end of an interval is null."""
    document = msgspec.to_builtins(board) | {
        "blind_only": blind,
        "habits": [msgspec.to_builtins(habit) | {"words": habit.words} for habit in board.habits],
        "models": {row.model: _known(row.model, specs) for row in board.overall.rows},
    }
    return json.dumps(_finite(document), ensure_ascii=False, indent=2)


def _finite(value: Any) -> Any:
    """`value` with None for what is infinite, which JSON has no number for."""
    match value:
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float() if isinf(value):
            return None
        case _:
            return value


def _known(model: str, specs: Specs) -> dict[str, Any]:
    spec = specs.get(model)
    if spec is None:
        return {"name": None, "maker": None, "country": None, "in_catalogue": False}
    return {"name": spec.name, "maker": spec.maker, "country": spec.country, "in_catalogue": True}


def _show_page(console: Console, board: Leaderboard, specs: Specs, *, blind: bool) -> None:
    width = max(console.width, _LEAST_WIDTH)
    title = f"Leaderboard of {counted(board.overall.votes)}"
    console.print(Text(f"{title}, all of them blind" if blind else title, style="bold"))
    for section in (*page(board, specs, width), *_subsets(board, specs, width)):
        _show_section(console, section)


def _subsets(board: Leaderboard, specs: Specs, width: int) -> Iterator[Section]:
    for subset in board.subsets:
        title = clean_line(f"Of {counted(subset.standings.votes)}: {kind_of(subset)}")
        yield ranked(title, subset.standings, specs, width)


def _show_section(console: Console, section: Section) -> None:
    console.print()
    if section.title:
        console.print(Text(section.title, style="bold"))
    for line in section.lines:
        console.print(_text(line))


def _text(line: Line) -> Text:
    return Text.assemble(*((text, _STYLES[role]) for text, role in line))


def _say(notices: Console, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        notices.print(Text(sentence), soft_wrap=not notices.is_terminal)


def _cells(board: Leaderboard, specs: Specs) -> Iterator[tuple[str, ...]]:
    for row in board.overall.rows:
        spec = specs.get(row.model)
        known = (spec.maker, spec.country) if spec else ("", "")
        tally = row.tally
        counts = (tally.votes, tally.wins, tally.ties, tally.losses)
        figures = (row.rating.value, row.rating.low, row.rating.high, board.controlled[row.model].value)
        yield (
            *(str(place) for place in (row.group, row.best, row.worst)),
            *(clean_line(text) for text in (row.model, name_of(row.model, specs), *known)),
            *(f"{figure:.1f}" for figure in figures),
            *(str(count) for count in counts),
            row.doubt or "",
        )
