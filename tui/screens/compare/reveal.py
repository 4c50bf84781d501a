"""Blind answers on their way to the panes, both at one pace."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Protocol

from tui.chat.conversation import PaneSide
from tui.session.events import StateShown
from tui.widgets.pane import Pane

STEP_S = 0.1
"""Seconds from one step to the next."""
PACE = 40
"""Characters of each answer that a step shows at least."""
STEPS_AT_MOST = 60
"""Steps after which even the longest answer is complete."""


class Ticker(Protocol):
    """A timer that calls `Reveal.step` every `STEP_S` while it is not paused."""

    def resume(self) -> None:
        """Start to call."""

    def pause(self) -> None:
        """Stop to call."""


class Reveal:
    """Shows two complete answers in `panes`, neither faster than the other, and calls `done` when both are shown."""

    def __init__(
        self,
        panes: Mapping[PaneSide, Pane],
        every_step: Callable[[Callable[[], None]], Ticker],
        done: Callable[[], None],
    ) -> None:
        self._panes = panes
        self._ticker = every_step(self.step)
        self._done = done
        self._texts: Mapping[PaneSide, str] = {}
        self._shown = 0
        self._pace = PACE

    @property
    def running(self) -> bool:
        """Return whether answers are not shown completely yet."""
        return bool(self._texts)

    def start(self, texts: Mapping[PaneSide, str]) -> None:
        """Begin to show `texts`, which are masked."""
        self._texts, self._shown = texts, 0
        self._pace = max(PACE, ceil(max(map(len, texts.values()), default=0) / STEPS_AT_MOST))
        self._ticker.resume()

    def step(self) -> None:
        """Show a little more of both."""
        self._show_up_to(self._shown + self._pace)

    def finish(self) -> None:
        """Show all that is left of both."""
        self._show_up_to(max(map(len, self._texts.values()), default=0))

    def _show_up_to(self, end: int) -> None:
        if not self.running:
            return
        start, self._shown = self._shown, end
        for pane, text in self._texts.items():
            self._panes[pane].write(text[start:end])
        if end >= max(map(len, self._texts.values())):
            self._end()

    def _end(self) -> None:
        texts, self._texts = self._texts, {}
        self._ticker.pause()
        for pane, text in texts.items():
            self._panes[pane].close("" if text.strip() else "an empty answer")
        for side, pane_widget in self._panes.items():
            pane_widget.show(StateShown(side, "answered"))
        self._done()
