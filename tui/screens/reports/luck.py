"""Repeated answers to one question: do the two models differ by more than luck?"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tui.arena.stats.luck import Luck, across, luck_of, rows
from tui.chat.conversation import Exchange, ModelInfo, Side
from tui.screens.base import end_work
from tui.text import clean_line


class LuckScreen(ModalScreen[None]):
    """What all answers to the question of `exchange` show of `models`; nothing is asked here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "Close", id="close-luck", show=False),
    ]

    def __init__(self, exchange: Exchange, models: Mapping[Side, ModelInfo]) -> None:
        super().__init__()
        self._exchange = exchange
        self._seats = models

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        with VerticalScroll() as page:
            page.border_title = "Luck or model?"
            page.border_subtitle = "Esc closes"
            yield Static("Comparing the answers…")

    def on_mount(self) -> None:
        """Compares, which takes seconds where there are dozens of answers."""
        self._compare()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Closes, and compares no more."""
        end_work(self)
        return super().dismiss(result)

    @work
    async def _compare(self) -> None:
        luck = await asyncio.to_thread(luck_of, self._exchange)
        page = self.query_one(VerticalScroll)
        await page.remove_children()
        await page.mount(Grid(*self._cells(luck)), *_sentences(luck))

    def _cells(self, luck: Luck) -> Iterator[Widget]:
        """Yield a row for each thing that is told of both sides, under their names."""
        yield Static("")
        for side in Side:
            yield Static(Content.styled(clean_line(self._seats[side].name, 60), f"bold ${side}"))
        for row in rows(luck):
            yield Static(Content.styled(row.heading, "$quiet"))
            yield Static(Content(row.left))
            yield Static(Content(row.right))


def _sentences(luck: Luck) -> Iterator[Widget]:
    yield Static(Content(across(luck)))
    for note in luck.notes:
        yield Static(Content.styled(note, "$text-warning"))
    yield Static(Content.styled(luck.agreement.sentence, "bold"))
