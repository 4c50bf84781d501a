"""Standings: one row per model with the columns that fit, and notes below."""

from collections.abc import Iterator, Mapping, Sequence
from math import isinf

from rich.cells import cell_len

from tui.arena.ratings.leaderboard import Interval, Row, Standings
from tui.models.catalogue.spec import ModelSpec
from tui.reports.columns import GAP, Column, Line, Role, line, side_by_side, text_column, total_width
from tui.reports.rating_scale import scale
from tui.text import clean_line

Specs = Mapping[str, ModelSpec]
"""The catalogue, by id."""

_LEAST_NAME, _LEAST_BAR, _MOST_BAR = 18, 12, 64


def name_of(model: str, specs: Specs) -> str:
    """Return the name of a model, or its id if it is not in the catalogue."""
    return clean_line(specs[model].name if model in specs else model)


def origin_of(model: str, specs: Specs) -> str:
    """Return the maker and the country of a model, or "" if they are not known."""
    spec = specs.get(model)
    return clean_line(", ".join(part for part in (spec.maker, spec.country) if part)) if spec else ""


def table(rows: Sequence[Row], specs: Specs, width: int) -> Iterator[Line]:
    """Yield the headings and a line for each of `rows`; rows with too few votes are quiet."""
    head, *lines = side_by_side(_columns(rows, specs, width))
    yield head
    for number, (row, cells) in enumerate(zip(rows, lines, strict=True)):
        if number and row.group != rows[number - 1].group:
            yield ()
            yield line("These have not met the models above:", "quiet")
        yield cells


def notes_below(standings: Standings, specs: Specs) -> Iterator[Line]:
    """Yield the notes below standings, one per line: doubts, other notes, models that are not in the catalogue."""
    for reason in dict.fromkeys(row.doubt for row in standings.rows if row.doubt):
        names = ", ".join(name_of(row.model, specs) for row in standings.rows if row.doubt == reason)
        yield ((names, "plain"), (f" · {reason}", "quiet"))
    for note in standings.notes:
        yield line(note, "quiet")
    unknown = [clean_line(row.model) for row in standings.rows if row.model not in specs]
    if unknown:
        are = "is" if len(unknown) == 1 else "are"
        yield line(f"{', '.join(unknown)} {are} not in the catalogue (any more), and shown by id.", "quiet")


def interval_ends(interval: Interval) -> str:
    """Return the ends of a 95 % interval, in words where one is open."""
    if isinf(interval.low) and isinf(interval.high):
        return "any"
    if isinf(interval.high):
        return f"over {interval.low:.0f}"
    return f"under {interval.high:.0f}" if isinf(interval.low) else f"{interval.low:.0f} to {interval.high:.0f}"


def roles_of(rows: Sequence[Row], role: Role) -> list[Role]:
    """Return `role` for each of `rows`, or "quiet" for those with too few votes."""
    return ["quiet" if row.doubt else role for row in rows]


def names_and_bars(
    rows: Sequence[Row], names: Sequence[str], intervals: Sequence[Interval], width: int
) -> tuple[Column, list[Column]]:
    """Return the columns of names and of bars, in `width` cells with gaps; no bars if names would become too short.

    The scale holds the whole intervals of the rows with enough votes.
    """
    longest = max(map(cell_len, ("model", *names)))
    beside_bars = width - _LEAST_BAR - 2 * GAP
    barred = beside_bars >= min(longest, _LEAST_NAME)
    name = text_column(
        "model", names, roles_of(rows, "strong"), width=min(longest, beside_bars if barred else width - GAP)
    )
    if not barred:
        return name, []
    sure = [interval for interval, row in zip(intervals, rows, strict=True) if row.doubt is None]
    bars = scale(sure, intervals, min(width - name.width - 2 * GAP, _MOST_BAR))
    return name, [bars.column(intervals, roles_of(rows, "bar"))]


def _columns(rows: Sequence[Row], specs: Specs, width: int) -> list[Column]:
    """Return rank, model, rating and votes, and the other columns that fit, most important first."""
    plain, quiet = roles_of(rows, "plain"), roles_of(rows, "quiet")
    rank = text_column("rank", [_ranks(row) for row in rows], plain)
    rating = text_column("rating", [f"{row.rating.value:.0f}" for row in rows], plain, right=True)
    votes = text_column("votes", [f"{row.tally.votes:,}" for row in rows], plain, right=True)
    tallies = [(row.tally.wins, row.tally.ties, row.tally.losses) for row in rows]
    counts = [
        text_column(head, [f"{count:,}" for count in column], quiet, right=True)
        for head, column in zip(("won", "tied", "lost"), zip(*tallies, strict=True), strict=True)
    ]
    interval = [text_column("95 % interval", [interval_ends(row.rating) for row in rows], quiet)]
    origin = [text_column("maker", [origin_of(row.model, specs) for row in rows], quiet)]
    names = [name_of(row.model, specs) for row in rows]
    longest = max(map(cell_len, ("model", *names)))
    room = width + GAP - total_width([rank, rating, votes]) - _LEAST_BAR - 2 * GAP
    counts, room = _fitting(counts, room, min(longest, _LEAST_NAME))
    interval, room = _fitting(interval, room, longest)
    origin, room = _fitting(origin, room, longest)
    name, bar = names_and_bars(rows, names, [row.rating for row in rows], room + _LEAST_BAR + 2 * GAP)
    return [rank, name, *origin, rating, *bar, *interval, votes, *counts]


def _fitting(columns: list[Column], room: int, name: int) -> tuple[list[Column], int]:
    """Return `columns`, or none if they leave less than `name` cells of `room`, and the room that is left."""
    left = room - total_width(columns)
    return (columns, left) if left >= name else ([], room)


def _ranks(row: Row) -> str:
    ranks = str(row.best) if row.best == row.worst else f"{row.best}–{row.worst}"
    return f"{ranks} ?" if row.doubt else ranks
