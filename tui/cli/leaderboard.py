"""Owns what `duochat leaderboard` prints: for eyes on a terminal, lines to cut anywhere else."""

from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console
from rich.text import Text

from tui.arena.ratings.leaderboard import Leaderboard
from tui.reports.columns import Line, Role
from tui.reports.leaderboard import Section, page, standings_section, subset_label, votes_in_words
from tui.reports.standings import Specs, name_of, notes_below
from tui.text import clean_line

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
        _say(notices, ("".join(text for text, _ in line) for line in notes_below(board.overall, specs)))


def nothing(*, blind: bool) -> str:
    """What is said while there is no vote, with the next step."""
    if blind:
        return "No blind vote yet: ask with `duochat --blind`, and say which answer is better before names are shown."
    return "No vote yet: ask two models something in `duochat`, and say which answer is better."


def _show_page(console: Console, board: Leaderboard, specs: Specs, *, blind: bool) -> None:
    width = max(console.width, _LEAST_WIDTH)
    title = f"Leaderboard of {votes_in_words(board.overall.votes)}"
    console.print(Text(f"{title}, all of them blind" if blind else title, style="bold"))
    for section in (*page(board, specs, width), *_subsets(board, specs, width)):
        _show_section(console, section)


def _subsets(board: Leaderboard, specs: Specs, width: int) -> Iterator[Section]:
    for subset in board.subsets:
        title = clean_line(f"Of {votes_in_words(subset.standings.votes)}: {subset_label(subset)}")
        yield standings_section(title, subset.standings, specs, width)


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
