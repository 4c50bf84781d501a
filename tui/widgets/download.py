"""The progress of one model's download."""

from time import monotonic
from typing import assert_never

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import ProgressBar, Static

from tui.amounts import duration, size
from tui.chat.conversation import Side
from tui.models.download.events import FetchEvent, FetchFailed, Note, Progress, Ready, Verifying
from tui.text import clean, clean_line

WINDOW_S = 5.0
"""Seconds over which the rate is measured."""


class Rate:
    """Bytes per second over the last few seconds."""

    def __init__(self) -> None:
        self._points: list[tuple[float, int]] = []

    def feed(self, now: float, done: int) -> float:
        """Add a measurement, `done` bytes at `now` seconds, and return the rate; 0 while it is not known."""
        self._points = [point for point in self._points if now - point[0] <= WINDOW_S and point[1] <= done]
        self._points.append((now, done))
        (then, before), (last, after) = self._points[0], self._points[-1]
        return (after - before) / (last - then) if last - then >= 0.5 else 0.0


class Download(Vertical):
    """The download of one side's weights."""

    def __init__(self, side: Side, name: str) -> None:
        super().__init__(id=f"download-{side}", classes=side.value)
        self.border_title = Content(f"{side} · {clean_line(name, 80)}")
        self._rate = Rate()
        self._progress: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        """Yield a bar, a line of figures, and a line for notes."""
        yield ProgressBar(show_eta=False)
        yield Static("looking for the weights", classes="figures")
        yield Static("", classes="note")

    def show(self, event: FetchEvent) -> None:
        """Show an event of the download."""
        match event:
            case Note(text=text):
                self._update(".note", clean(text))
            case Progress():
                self._show_progress(event)
            case Verifying(done=done, total=total):
                self._bar(done, total)
                self._update(".figures", f"checking the checksum · {size(done)} of {size(total)}")
            case Ready(size=count, source=source):
                self._bar(count, count)
                origin = "on this disk already" if source == "disk" else f"from {clean_line(source)}"
                self._update(".figures", f"ready · {size(count)} · {origin}")
                self._update(".note", "")
                self.add_class("-ready")
            case FetchFailed(message=message):
                self._fail(message)
            case _:
                assert_never(event)

    def _show_progress(self, event: Progress) -> None:
        self._progress = (event.done, event.total)
        rate = self._rate.feed(monotonic(), event.done)
        figures = [f"{size(event.done)} of {size(event.total)}"]
        if rate > 0:
            figures += [f"{size(rate)}/s", f"{duration((event.total - event.done) / rate)} left"]
        figures.append(f"from {clean_line(event.source)}")
        self._bar(event.done, event.total)
        self._update(".figures", " · ".join(figures))
        self._update(".note", "")

    def _fail(self, message: str) -> None:
        """Show why and where the download ended."""
        done, total = self._progress or (0, 0)
        self._bar(done, total)
        self._update(".figures", f"ended at {size(done)} of {size(total)}" if total else "not fetched")
        self._update(".note", clean(message))
        self.add_class("-failed")

    def _bar(self, done: int, total: int) -> None:
        self.query_one(ProgressBar).update(total=max(total, 1), progress=done)

    def _update(self, where: str, text: str) -> None:
        self.query_one(where, Static).update(Content(text))
