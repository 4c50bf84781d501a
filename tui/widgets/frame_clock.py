"""The clock that widgets paint by: all of them in the same moment, so that together they cost one frame."""

import asyncio
from collections.abc import Callable
from time import monotonic

from textual.message_pump import MessagePump

FRAME_S = 0.11
"""Seconds between two frames: about nine a second, since each frame has a cost of its own."""


class FrameClock:
    """Calls back at the next frame or at a later one, from `pump`, which must live as long as the clock."""

    def __init__(self, pump: MessagePump) -> None:
        self._pump = pump
        self._due: dict[Callable[[], None], int] = {}
        self._waiting = False

    def after(self, frames: int, paint: Callable[[], None]) -> None:
        """Call `paint` once, `frames` frames from now."""
        self._call_at(_current_frame() + frames, paint)

    def every(self, frames: int, paint: Callable[[], None]) -> None:
        """Call `paint` once, at the next frame whose number is a multiple of `frames`."""
        self._call_at((_current_frame() // frames + 1) * frames, paint)

    def _call_at(self, frame: int, paint: Callable[[], None]) -> None:
        self._due.setdefault(paint, frame)
        self._wait()

    def _wait(self) -> None:
        if not self._waiting:
            self._waiting = True
            frame = _current_frame() + 1
            # Not a timer of Textual's, each of which is a task of its own.
            delay = frame * FRAME_S - monotonic()
            asyncio.get_running_loop().call_later(delay, self._pump.call_next, self._tick, frame)

    def _tick(self, frame: int) -> None:
        self._waiting = False
        for paint in [paint for paint, due in self._due.items() if due <= frame]:
            del self._due[paint]
            paint()
        if self._due:
            self._wait()


def _current_frame() -> int:
    return int(monotonic() / FRAME_S)
