"""A beat that strikes when a test says so, and an app that has one."""

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from tests.screens.host import settle
from tui.widgets.frame_clock import FrameClock


class Hand(FrameClock):
    """Strikes when it is told to; whatever waits then is due, however many beats off it was wanted."""

    def __init__(self, pump: MessagePump) -> None:
        super().__init__(pump)
        self._paints: dict[Callable[[], None], None] = {}

    @property
    def waited_for(self) -> bool:
        """Whether anything is to be painted at the next strike."""
        return bool(self._paints)

    def after(self, beats: int, paint: Callable[[], None]) -> None:
        self._paints.setdefault(paint)

    def every(self, beats: int, paint: Callable[[], None]) -> None:
        self._paints.setdefault(paint)

    def strike(self) -> None:
        paints, self._paints = self._paints, {}
        for paint in paints:
            paint()


class Handed(App[None]):
    """An app whose widgets paint at the strike of its hand."""

    def __init__(self) -> None:
        super().__init__()
        self.hand = Hand(self)


async def frame_clock(app: Handed, pilot: Pilot[Any]) -> None:
    """One beat, after all that was under way and with all that comes of it."""
    await settle(pilot)
    app.hand.strike()
    await settle(pilot)
