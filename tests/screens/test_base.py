"""What every screen does when it ends."""

import asyncio

import pytest
from textual import work
from textual.app import ComposeResult
from textual.widgets import Static

from tests.screens.host import Host, until
from tui.screens.base import BaseScreen


class Working(BaseScreen[str]):
    """Works until what it shows has gone, and would show something then; `hand` says whether it ends by itself."""

    def __init__(self, *, hand: bool) -> None:
        super().__init__()
        self.hand = hand
        self.done = False

    def compose_body(self) -> ComposeResult:
        yield Static("", id="line")

    def on_mount(self) -> None:
        self.work_on()

    @work
    async def work_on(self) -> None:
        try:
            if self.hand:
                self.dismiss("by itself")
                return
            while self.query("#line"):  # noqa: ASYNC110 - the very turn of the loop in which it goes matters
                await asyncio.sleep(0)
            self.query_one("#line", Static).update("done")
        finally:
            self.done = True


@pytest.mark.parametrize("hand", [False, True])
async def test_who_works_for_a_screen_ends_before_what_it_shows_unless_it_ends_the_screen(*, hand: bool) -> None:
    screen = Working(hand=hand)
    app = Host(screen)
    async with app.run_test() as pilot:
        if not hand:
            await until(pilot, lambda: screen.query("#line"))
            screen.dismiss("from outside")
        await until(pilot, lambda: screen.done and app.results)
    assert app.results == ["by itself" if hand else "from outside"]
