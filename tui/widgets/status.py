"""A pane's status line: the state of its model, its speed, and how full the context is."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from tui.amounts import size
from tui.text import clean_line
from tui.widgets.cached_rendering import CachedRendering
from tui.widgets.frame_clock import FrameClock

_BEATS = 4
"""From one painting to the next: figures that change more often than twice a second cannot be read."""
_GAP = "  "

_UNDER_WAY = frozenset({"waiting", "verifying", "loading", "reading", "thinking", "writing", "answering"})
"""What a state begins with that does not last; what is held changes with what was loaded and said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """The content of a status line; None is not known yet and not shown.

    `state` is a word or two: "loading 40 %", "ready", "reading 120/400", "thinking", "writing", "done", "stopped",
    "failed". `first_ms` is the time to the first token, `rate` tokens per second, `shared` whether the other model
    computed meanwhile; `used` of `context` tokens are taken; `memory` are the bytes that all of duochat holds.
    """

    state: str
    failed: bool = False
    first_ms: float | None = None
    rate: float | None = None
    shared: bool = False
    tokens: int | None = None
    used: int | None = None
    context: int | None = None
    memory: int | None = None


def lasts(state: str) -> bool:
    """Return whether `state` lasts until the user does something."""
    return state.partition(" ")[0] not in _UNDER_WAY


def _count(number: int) -> str:
    """Return `number` of tokens in few cells: "900", "1.2k", "33k"."""
    if number < 1_000:
        return str(number)
    return f"{number / 1000:.1f}".removesuffix(".0") + "k" if number < 9_950 else f"{round(number / 1000)}k"


def _time(ms: float) -> str:
    return f"{ms / 1000:.2f} s" if ms < 9_995 else f"{ms / 1000:.0f} s"


def parts(view: StatusView) -> list[str]:
    """Return all parts, the most important first. The memory comes last while it changes."""
    said = [clean_line(view.state, 60)]
    held = [size(view.memory)] if view.memory else []
    if view.rate:
        said.append(f"{view.rate:.1f} tok/s {'shared' if view.shared else 'alone'}")
    if view.used is not None and view.context:
        said.append(f"{_count(view.used)}/{_count(view.context)}")
    if lasts(view.state):
        said += held
    if view.first_ms is not None:
        said.append(f"first {_time(view.first_ms)}")
    if view.tokens:
        said.append("1 token" if view.tokens == 1 else f"{view.tokens:,} tokens")
    return said if lasts(view.state) else said + held


def fitted(said: list[str], width: int) -> list[str]:
    """Return as many of `said`, most important first, as fit in `width` cells; the first always does."""
    used, kept = cell_len(said[0]), said[:1]
    for part in said[1:]:
        used += len(_GAP) + cell_len(part)
        if used > width:
            break
        kept.append(part)
    return kept


class Status(CachedRendering, Widget):
    """One line with the state of a model, painted about twice a second, and when the state changes."""

    DEFAULT_CSS = """
    Status {
        height: 1;
        padding: 0 1;
        color: $text-muted;
        &.-failed { color: $text-error; }
    }
    """

    def __init__(self, *, id: str | None = None, frame_clock: FrameClock | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._frame_clock = frame_clock or FrameClock(self)
        self._view = StatusView(state="")
        self._ask: Callable[[], StatusView] | None = None

    @property
    def view(self) -> StatusView:
        """Return what was last shown."""
        if self._ask is not None:
            self._view, self._ask = self._ask(), None
        return self._view

    def show(self, view: StatusView) -> None:
        """Show `view` at the next frame; a change of state at once."""
        before, self._view, self._ask = self._view, view, None
        if before == view:
            return
        if before.state.partition(" ")[0] != view.state.partition(" ")[0] or not self.is_attached:
            self._paint()
        else:
            self._frame_clock.every(_BEATS, self._paint)

    def follow(self, ask: Callable[[], StatusView]) -> None:
        """Show at the next frame what `ask` returns then, so that figures are only computed when they are shown."""
        self._ask = ask
        self._frame_clock.every(_BEATS, self._paint)

    def render(self) -> Content:
        """Return the state first, in the foreground; then what fits."""
        first, *others = fitted(parts(self._view), max(1, self.size.width))
        return Content.assemble(
            Content.styled(first, "$foreground" if not self._view.failed else ""),
            *(f"{_GAP}{part}" for part in others),
        )

    def _paint(self) -> None:
        self.set_class(self.view.failed, "-failed")
        self.refresh()
