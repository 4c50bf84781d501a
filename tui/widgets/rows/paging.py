"""Owns the keys that move a view on rows, and by how many rows each of them does."""

from textual.binding import Binding, BindingType
from textual.scroll_view import ScrollView

SCROLLING: tuple[BindingType, ...] = (
    Binding("up", "scroll_up", "Up", show=False, id="reply.up"),
    Binding("down", "scroll_down", "Down", show=False, id="reply.down"),
    Binding("pageup", "page_up", "Page up", show=False, id="reply.page_up"),
    Binding("pagedown", "page_down", "Page down", show=False, id="reply.page_down"),
    Binding("ctrl+u", "half_page(-1)", "Half a page up", show=False, id="reply.half_page_up"),
    Binding("ctrl+d", "half_page(1)", "Half a page down", show=False, id="reply.half_page_down"),
    Binding("home", "scroll_home", "Beginning", show=False, id="reply.home"),
    Binding("end", "scroll_end", "End", show=False, id="reply.end"),
)
"""The keys that move a view."""


class Paged(ScrollView, inherit_bindings=False):
    """A view that keys move by rows and pages, at once."""

    def scroll_by(self, rows: int) -> None:
        """Moves the view by `rows`, down if positive, at once."""
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def action_scroll_up(self) -> None:
        self.scroll_by(-1)

    def action_scroll_down(self) -> None:
        self.scroll_by(1)

    def action_page_up(self) -> None:
        self.scroll_by(-max(1, self.size.height - 1))

    def action_page_down(self) -> None:
        self.scroll_by(max(1, self.size.height - 1))

    def action_half_page(self, direction: int) -> None:
        """Moves half a page up (-1) or down (1)."""
        self.scroll_by(direction * max(1, self.size.height // 2))

    def action_scroll_home(self) -> None:
        self.scroll_to(y=0, animate=False)
