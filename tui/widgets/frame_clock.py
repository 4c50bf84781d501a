"""Owns the beat of a screen: whatever is to be painted is painted at the same moments, so that they cost one frame."""

import asyncio
from collections.abc import Callable
from time import monotonic

from textual.message_pump import MessagePump

FRAME_S = 0.11
"""Seconds between two beats: somewhat more than eight a second, since each frame has a price of its own."""


class FrameClock:
    """Calls back at the next beat, or at a later one; `pump` is whoever owns the screen and lives as long as it."""

    def __init__(self, pump: MessagePump) -> None:
        self._pump = pump
        self._due: dict[Callable[[], None], int] = {}
        self._waiting = False

    def after(self, beats: int, paint: Callable[[], None]) -> None:
        """Calls `paint` once, so many beats from now."""
        self._call(paint, _now() + beats)

    def every(self, beats: int, paint: Callable[[], None]) -> None:
        """Calls `paint` once, at the next of those beats that come so many apart for everybody."""
        self._call(paint, (_now() // beats + 1) * beats)

    def _call(self, paint: Callable[[], None], frame_clock: int) -> None:
        self._due.setdefault(paint, frame_clock)
        self._wait()

    def _wait(self) -> None:
        if not self._waiting:
            self._waiting = True
            frame_clock = _now() + 1
            # Not a timer of Textual's, each of which is a task of its own.
            delay = frame_clock * FRAME_S - monotonic()
            asyncio.get_running_loop().call_later(delay, self._pump.call_next, self._strike, frame_clock)

    def _strike(self, frame_clock: int) -> None:
        self._waiting = False
        for paint in [paint for paint, due in self._due.items() if due <= frame_clock]:
            del self._due[paint]
            paint()
        if self._due:
            self._wait()


def _now() -> int:
    """The number of the beat that came last."""
    return int(monotonic() / FRAME_S)
