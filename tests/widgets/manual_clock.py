"""A frame clock that ticks when a test says so, and an app that has one."""

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from tests.screens.host import settle
from tui.widgets.frame_clock import FrameClock


class ManualClock(FrameClock):
    """Paints all that waits at each tick, for whichever frame it was wanted."""

    def __init__(self, pump: MessagePump) -> None:
        super().__init__(pump)
        self._paints: dict[Callable[[], None], None] = {}

    @property
    def is_waited_for(self) -> bool:
        """Whether anything is painted at the next tick."""
        return bool(self._paints)

    def after(self, frames: int, paint: Callable[[], None]) -> None:
        self._paints.setdefault(paint)

    def every(self, frames: int, paint: Callable[[], None]) -> None:
        self._paints.setdefault(paint)

    def tick(self) -> None:
        paints, self._paints = self._paints, {}
        for paint in paints:
            paint()


class ManualClockApp(App[None]):
    """An app whose widgets paint by a manual clock."""

    def __init__(self) -> None:
        super().__init__()
        self.frame_clock = ManualClock(self)


async def next_frame(app: ManualClockApp, pilot: Pilot[Any]) -> None:
    """Tick once, after all pending work, and wait for the effects."""
    await settle(pilot)
    app.frame_clock.tick()
    await settle(pilot)
