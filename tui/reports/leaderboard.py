"""The page of a leaderboard: standings, controlled ratings, biases, and a matrix of results."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from rich.cells import cell_len

from tui.arena.ratings.leaderboard import Leaderboard, Meeting, Standings, Subset
from tui.reports.columns import GAP, Line, Role, Span, line, padded, side_by_side, text_column, total_width
from tui.reports.standings import Specs, interval_ends, name_of, names_and_bars, notes_below, roles_of, table

_CELL = 4
_MOST_NAME = 30
_LANGUAGES = {"en": "English", "zh": "Chinese", "other": "other languages"}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the lines below it. The front end wraps the lines that are sentences."""

    title: str
    lines: tuple[Line, ...]


def page(board: Leaderboard, specs: Specs, width: int) -> Iterator[Section]:
    """Yield the sections of a leaderboard with rows, without its subsets."""
    yield standings_section("", board.overall, specs, width)
    yield Section("With side, length and speed taken out", tuple(_controlled(board, specs, width)))
    yield Section("What else went with winning", tuple(line(habit.words) for habit in board.habits))
    yield Section("Who beat whom: the row's share of the points, in %", tuple(_matrix(board, specs, width)))


def standings_section(title: str, standings: Standings, specs: Specs, width: int) -> Section:
    """Return the section of some standings, with their notes."""
    notes = tuple(notes_below(standings, specs))
    return Section(title, (*table(standings.rows, specs, width), *(((), *notes) if notes else ())))


def subset_label(subset: Subset) -> str:
    """Return the label of a subset of votes."""
    match subset.kind:
        case "tag":
            return f"#{subset.name}"
        case "language":
            return _LANGUAGES.get(subset.name, subset.name)
        case "blind":
            return "blind" if subset.name == "yes" else "names in view"
        case _:
            assert_never(subset.kind)


def votes_in_words(number: int) -> str:
    """Return `number` votes in words."""
    return f"{number:,} vote" if number == 1 else f"{number:,} votes"


def _controlled(board: Leaderboard, specs: Specs, width: int) -> Iterator[Line]:
    rows = board.overall.rows
    found = [board.controlled[row.model] for row in rows]
    names = [name_of(row.model, specs) for row in rows]
    changes = [round(one.value) - round(row.rating.value) for one, row in zip(found, rows, strict=True)]
    plain, quiet = roles_of(rows, "plain"), roles_of(rows, "quiet")
    figures = [
        text_column("rating", [f"{one.value:.0f}" for one in found], plain, right=True),
        text_column("change", [f"{change:+d}" for change in changes], quiet, right=True),
    ]
    interval = text_column("95 % interval", [interval_ends(one) for one in found], quiet)
    name, bar = names_and_bars(rows, names, found, width + GAP - total_width([*figures, interval]))
    yield from side_by_side([name, *figures, *bar, interval])


def _matrix(board: Leaderboard, specs: Specs, width: int) -> Iterator[Line]:
    models = [row.model for row in board.overall.rows]
    number = len(str(len(models)))
    names = [name_of(model, specs) for model in models]
    named = min(max(map(cell_len, names)), _MOST_NAME, max(1, width // 3))
    shown = min(len(models), (width - named - number - 2) // _CELL)
    yield ((" " * (number + 2 + named), "plain"), *((f"{k:{_CELL}}", "quiet") for k in range(1, shown + 1)))
    for place, (model, name) in enumerate(zip(models, names, strict=True), 1):
        met = board.matrix[model]
        cells = tuple(_cell(met.get(other), own=other == model) for other in models[:shown])
        yield ((f"{place:{number}}  ", "quiet"), (padded(name, named), "plain"), *cells)
    yield line("Bright: the votes say which of the two is stronger. Quiet: too few votes to say.", "quiet")
    if shown < len(models):
        yield line(f"{len(models) - shown} more columns need a wider terminal.", "quiet")


def _cell(met: Meeting | None, *, own: bool) -> Span:
    if met is None:
        return (f"{'' if own else '·':>{_CELL}}", "quiet")
    share = 100 * (met.tally.wins + met.tally.ties / 2) / met.tally.votes
    return (f"{share:{_CELL}.0f}", _strength(met))


def _strength(met: Meeting) -> Role:
    if not met.sure:
        return "quiet"
    return "point" if met.better > 0.5 else "strong"
