"""An app around one screen, with duochat's colors and style sheet."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from tests.patience import PATIENCE, named
from tui.app import themes
from tui.chat.conversation import Side
from tui.screens.compare.screen import CompareScreen
from tui.session.session import Session
from tui.widgets.frame_clock import FrameClock
from tui.widgets.status import Status


class Host(App[None]):
    """Shows `screen` and keeps what it ends with."""

    NOTIFICATION_TIMEOUT = 3600
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
    """Let the app run until `condition` holds and what came of it is on the screen, or raise what ended the app."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                if pilot.app._exception is not None:
                    raise pilot.app._exception
                await pilot.pause(0.01)
            await settle(pilot)
    except TimeoutError:
        raise AssertionError(
            f"Not within {PATIENCE} s: {named(condition)}\nThe screen shows:\n{screen_text(pilot.app)}"
        ) from None


async def settle(pilot: Pilot[Any]) -> None:
    """Lets the app go on until all that its widgets were told is heard and painted; waits for no thread and no timer.

    One look is not enough: what somebody hears may make them tell others.
    """
    quiet = 0
    async with asyncio.timeout(PATIENCE):
        while quiet < 3 and pilot.app.is_running:
            await pilot.pause(0)
            quiet = 0 if _busy(pilot.app) else quiet + 1


def _busy(app: App[Any]) -> bool:
    """Whether anybody on the screen has been told what was not heard yet, or a new size is held back still."""
    pumps = (app, *app.screen.walk_children(with_self=True))
    return bool(app._resize_event) or any(each._next_callbacks or not each._message_queue.empty() for each in pumps)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Presses one key after the other, each once all that came of the one before is there: a key may move the focus."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def beats(pilot: Pilot[Any], count: int = 6) -> None:
    """Lets so many beats go by, with all that is painted at them; no widget waits longer with what it was told."""
    struck = asyncio.Event()
    FrameClock(pilot.app).after(count, struck.set)
    await until(pilot, struck.is_set)


async def find_command(pilot: Pilot[Any], words: str) -> None:
    """Types `words` into the palette, and waits until it has found all that there is."""
    app = pilot.app
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(app.screen, CommandPalette))
    await pilot.press(*words)
    await until(pilot, lambda: app.screen.query_one(Input).value == words)
    await until(pilot, lambda: not works(app))


def works(app: App[Any]) -> bool:
    """Whether the screen has something done in the background."""
    return any(worker.node is app.screen for worker in app.workers)


def session(app: App[Any]) -> Session:
    """The session of the main screen."""
    return next(screen.session for screen in app.screen_stack if isinstance(screen, CompareScreen))


def screen_text(app: App[Any]) -> str:
    """What the terminal shows, row by row."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())
