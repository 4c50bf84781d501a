"""Owns the leaderboard on the screen: what all votes say, and beside it what each part of them says."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static, Tab, Tabs

from tui.archive.errors import ArchiveError
from tui.arena.ratings.leaderboard import Leaderboard
from tui.reports.columns import Line, Role
from tui.reports.leaderboard import Section, page, standings_section, subset_label, votes_in_words
from tui.reports.standings import Specs
from tui.screens.base import BaseScreen
from tui.text import clean, clean_line

_STYLES: Mapping[Role, str] = {
    "plain": "$foreground",
    "strong": "bold $foreground",
    "quiet": "$quiet",
    "bar": "$accent",
    "point": "bold $accent",
}
_NOTHING = "No vote yet. Ask two models something, say which answer is better, and come back."
_LABEL = 24
"""Characters of a tab's label."""


class LeaderboardScreen(BaseScreen[None]):
    """Rates the models while it is shown already; `rate` runs in a thread and raises ArchiveError."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="close-leaderboard"),
        Binding("left", "part(-1)", "Part before", id="part-before", tooltip="The part of the votes before"),
        Binding("right", "part(1)", "Next part", id="next-part", tooltip="The next part of the votes"),
        Binding("up", "scroll('up')", "Up", show=False),
        Binding("down", "scroll('down')", "Down", show=False),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
        Binding("pagedown", "scroll('page_down')", "Page down", show=False),
        Binding("home", "scroll('home')", "To the top", show=False),
        Binding("end", "scroll('end')", "To the end", show=False),
    ]

    def __init__(self, rate: Callable[[], Leaderboard], specs: Specs) -> None:
        super().__init__()
        self._rate = rate
        self._specs = specs
        self._board: Leaderboard | None = None

    def compose_body(self) -> ComposeResult:
        """The parts of the votes, and the page of one of them."""
        tabs = Tabs(id="parts")
        tabs.can_focus = False
        yield tabs
        with VerticalScroll(id="board", can_focus=False):
            yield Static("Counting the votes…")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Counts at once."""
        self._count()

    @work(exclusive=True)
    async def _count(self) -> None:
        try:
            board = await asyncio.to_thread(self._rate)
        except ArchiveError as error:
            self._page.update(Content(clean(str(error))))
            return
        if not board.overall.rows:
            self._page.update(Content("\n".join((_NOTHING, *board.overall.notes))))
            return
        self._board = board
        tabs = self.query_one(Tabs)
        for number, label in enumerate(_labels(board)):
            await tabs.add_tab(Tab(Content(label), id=f"part-{number}"))

    @property
    def _page(self) -> Static:
        return self.query_one("#board > Static", Static)

    @on(Tabs.TabActivated)
    def show_part(self) -> None:
        """Shows the part of the votes that was chosen, from its top."""
        self._draw()
        self.query_one("#board").scroll_home(animate=False)

    @on(events.Resize)
    def fit(self) -> None:
        """Lays the page out for the room that there is."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._board is None:
            return
        width = self._page.content_size.width
        active = self.query_one(Tabs).active_tab
        number = int((active.id or "").removeprefix("part-")) if active else 0
        self._page.update(_content(self._sections(self._board, number, width)))

    def _sections(self, board: Leaderboard, number: int, width: int) -> Iterable[Section]:
        if number == 0:
            return page(board, self._specs, width)
        return (standings_section("", board.subsets[number - 1].standings, self._specs, width),)

    def action_part(self, step: int) -> None:
        """Shows the next part of the votes, or the one before."""
        tabs = self.query_one(Tabs)
        if step > 0:
            tabs.action_next_tab()
        else:
            tabs.action_previous_tab()

    def action_scroll(self, how: str) -> None:
        """Scrolls the page."""
        getattr(self.query_one("#board"), f"scroll_{how}")(animate=False)


def _labels(board: Leaderboard) -> list[str]:
    """What the tabs say, cleaned: all votes, and each part of them."""
    parts = (f"{clean_line(subset_label(each), _LABEL)} {each.standings.votes:,}" for each in board.subsets)
    return [f"all {votes_in_words(board.overall.votes)}", *parts]


def _content(sections: Iterable[Section]) -> Content:
    lines: list[Content] = []
    for section in sections:
        lines += [Content(), Content.styled(section.title, "bold $foreground")] if section.title else []
        lines += (_line(line) for line in section.lines)
    return Content("\n").join(lines)


def _line(line: Line) -> Content:
    return Content.assemble(*((text, _STYLES[role]) for text, role in line))
