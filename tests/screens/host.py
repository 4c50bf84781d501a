"""An app around one screen, with duochat's colors and style sheet."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from tui import themes
from tui.chat.conversation import Side
from tui.widgets.status import Status


class Host(App[None]):
    """Shows `screen` and keeps what it ends with."""

    CSS_PATH = Path(themes.__file__).with_name("app.tcss")

    def __init__(self, screen: Screen[Any], theme: str = "duochat-dark") -> None:
        super().__init__()
        for each in themes.OWN:
            self.register_theme(each)
        self._theme_wanted = theme
        self._first = screen
        self.results: list[Any] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults(dark=self.current_theme.dark)

    def on_mount(self) -> None:
        self.theme = self._theme_wanted
        self.push_screen(self._first, self.results.append)


def states(app: Host) -> list[str]:
    """What each side does, as its status line says it, left first."""
    return [app.screen.query_one(f"#{side} Status", Status).view.state for side in Side]


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Lets the app go on until `condition` holds, for ten seconds at the most."""
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause(0.01)
    await pilot.pause()


def screen_text(app: App[Any]) -> str:
    """What the terminal shows, row by row."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())
