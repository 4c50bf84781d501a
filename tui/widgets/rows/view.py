"""A widget that shows a long column of rows: painting, scrolling, following the end, selecting."""

import time
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui.widgets.rows.column import Column, Piece
from tui.widgets.rows.mouse import MouseSelection
from tui.widgets.rows.row_renderer import RenderedView, RowRenderer
from tui.widgets.rows.selection import selected_text
from tui.widgets.rows.viewport import Viewport
from tui.widgets.rows.wrapping import Row

_SETTLE_S = 0.008
"""Seconds of laying out pieces out of view, at a time."""
_PAUSE_S = 0.06
_SCROLLBAR_S = 1.0
"""Seconds between two moves of a following scrollbar: painting it costs more than painting the text."""
_MORE = " ↓ more "
_NARROW = 24


class Overlay(Protocol):
    """Marks on top of the rows, such as search results."""

    @property
    def active(self) -> bool:
        """Whether any row can be marked now."""

    def marker(self) -> Callable[[Row, int], Row]:
        """Return a function that marks a row, given its number in the column; an unmarked row is returned itself."""


class RowView(ScrollView, can_focus=True, inherit_bindings=False):
    """Paints only the rows of `column` that changed; a growing column never causes a layout of the screen.

    At the end of the column the view follows it. Elsewhere it stays in place, to the row. `clicked` is called with the
    row that was clicked, and `more_style` returns the style of the mark that says that there is more below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Up", show=False, id="reply.up"),
        Binding("down", "scroll_down", "Down", show=False, id="reply.down"),
        Binding("pageup", "page_up", "Page up", show=False, id="reply.page_up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="reply.page_down"),
        Binding("ctrl+u", "half_page(-1)", "Half a page up", show=False, id="reply.half_page_up"),
        Binding("ctrl+d", "half_page(1)", "Half a page down", show=False, id="reply.half_page_down"),
        Binding("home", "scroll_home", "Beginning", show=False, id="reply.home"),
        Binding("end", "scroll_end", "End", show=False, id="reply.end"),
    ]
    ALLOW_SELECT = False
    """Textual's own selection would extend to the neighboring pane."""

    def __init__(
        self,
        column: Column,
        *,
        overlays: Sequence[Overlay],
        clicked: Callable[[int], None],
        more_style: Callable[[], Style],
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.column = column
        self._clicked = clicked
        self._more_style = more_style
        self.viewport = Viewport(column, top=lambda: self.scroll_offset.y, height=lambda: self.size.height)
        self.selection = MouseSelection(self, column, margin=self._margin, hold=self._hold, scroll=self.scroll_by)
        self._overlays = (*overlays, self.selection)
        self._view = RenderedView()
        self._renderer: RowRenderer | None = None
        self._more_marked = False
        self._thumb = (0, 0, 0)
        self._thumb_moved = 0.0
        self._settling: Timer | None = None

    @property
    def following(self) -> bool:
        """Whether the view stays at the end while the column grows, once the mouse does not hold it."""
        return self.viewport.following

    # Content

    def put(self, start: int, pieces: Sequence[Piece]) -> None:
        """Replace the column's pieces from index `start` on, and paint the rows in view that change."""
        self._jump(self.viewport.put(start, pieces))
        self._arrange()

    def stay(self, change: Callable[[], None]) -> None:
        """Make a change without following it; follow again if the end is in view afterwards."""
        self.viewport.following = False
        change()
        self.viewport.following = self.scroll_offset.y >= self.max_scroll_y

    def restyle(self) -> None:
        """Lay out and paint everything again, since styles changed."""
        self.column.forget()
        self._renderer = None
        self._view.clear()
        if self.is_attached:
            self._arrange()
            self.refresh()

    def settle_later(self) -> None:
        """Lay out the pieces out of view in small slices, so that the scrollbar becomes exact."""
        if self._settling is None and self.is_attached and self.column.unsettled() is not None:
            self._settling = self.set_timer(_PAUSE_S, self._settle_some)

    def _settle_some(self) -> None:
        self._settling = None
        self._jump(self.viewport.settle_for(_SETTLE_S))
        self._arrange()
        self.settle_later()

    # Position

    def _arrange(self) -> None:
        """Lay out what is in view, keep the reader's place, and paint."""
        if self.size.width <= 0:
            return
        top = self.viewport.settle()
        # Textual lays the screen out when this property changes in the ordinary way.
        size = Size(self.size.width, max(self.column.height, top + self.size.height))
        self.set_reactive(Widget.virtual_size, size)
        self._jump(top)
        self.selection.check()
        self._move_scrollbar()
        self._paint()

    def _jump(self, top: int) -> None:
        """Set the first row in view, without an animation or watchers."""
        if top != self.scroll_offset.y:
            self.set_reactive(Widget.scroll_y, float(top))
            self.set_reactive(Widget.scroll_target_y, float(top))

    def _hold(self, held: bool) -> None:
        self.viewport.held = held
        if not held:
            self._arrange()

    def _move_scrollbar(self) -> None:
        """Move the scrollbar's thumb if it moves by a cell; rarely while it follows."""
        height, total, top = self.size.height, max(1, self.column.height), self.scroll_offset.y
        thumb = (height, min(height, round(height * height / total)), round(height * top / total))
        now = time.monotonic()
        moves = self.viewport.stride == 1 or not self.viewport.at_end or now - self._thumb_moved >= _SCROLLBAR_S
        if thumb != self._thumb and moves:
            self._thumb, self._thumb_moved = thumb, now
            bar = self.vertical_scrollbar
            bar.window_virtual_size, bar.window_size, bar.position = total, height, top

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stay where the reader scrolls to, and follow the end again once it is in view.

        Textual also moves a widget that grew beyond its rows. That is not the reader, who leaves the end.
        """
        old, new = round(old_value), round(new_value)
        if old == new:
            return
        viewport, end = self.viewport, self.viewport.end
        grew = old > self.max_scroll_y
        if viewport.following and new < old and not grew:
            self._jump(max(0, new - max(0, old - end)))
        viewport.following = (viewport.following and grew) or self.scroll_offset.y >= end
        self._arrange()

    def on_resize(self) -> None:
        """Lay the rows out at the new width, and keep the reader's place."""
        width = max(1, self.size.width - self._margin() - self.scrollbar_size_vertical)
        if width != self.column.width and self.column.pieces:
            self.selection.clear()
        self._jump(self.viewport.resize(width))
        self._view.clear()
        self._arrange()
        self.settle_later()

    # Painting

    @property
    def renderer(self) -> RowRenderer:
        """The renderer for the present size and style."""
        renderer, padding = self._renderer, self.styles.padding
        if renderer is None or renderer.width != self.size.width or renderer.padding != (padding.left, padding.right):
            renderer = self._renderer = RowRenderer.of(self, (self._margin(), self.scrollbar_size_vertical))
        return renderer

    def notify_style_update(self) -> None:
        """Render in another style from now on."""
        super().notify_style_update()
        self._renderer = None

    def _margin(self) -> int:
        """Free columns on the left, where the widget has no padding."""
        return 1 if self.size.width >= _NARROW and not self.styles.padding.left else 0

    def _paint(self) -> None:
        """Refresh the rows in view that differ from the screen."""
        height = self.size.height
        changed = self._view.update(self.column.window(self.scroll_offset.y, height), self.renderer)
        more = self._more_below()
        if self._more_marked != more:
            self._more_marked = more
            changed.append(height - 1)
        if self._marked():
            self.refresh()
        elif changed:
            # Without the frame, and without the scrollbar, which paints itself.
            width = self.size.width - self.scrollbar_size_vertical
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _marked(self) -> bool:
        return any(overlay.active for overlay in self._overlays)

    def _more_below(self) -> bool:
        """Whether the last row in view says that there is more."""
        return not self.viewport.at_end and self.scroll_offset.y < self.max_scroll_y

    def render_line(self, y: int) -> Strip:
        """Render row `y` of the view."""
        return self._lines(y, y + 1)[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the cached rows of the view."""
        renderer, rows = self.renderer, self._view.rows
        if not renderer.bare or crop.column_span != (0, renderer.width + sum(renderer.padding)):
            return super().render_lines(crop)
        if crop.bottom <= len(rows) and not self._marked() and not self._more_below():
            return [rendered.padded for rendered in rows[crop.y : crop.bottom]]
        return [renderer.padded(line) for line in self._lines(crop.y, crop.bottom)]

    def _lines(self, first: int, last: int) -> list[Strip]:
        """Rows `first` to `last` of the view, exclusive, with all marks."""
        size, renderer, view = self.size, self.renderer, self._view.rows[first:last]
        lines = [rendered.strip for rendered in view]
        lines += [Strip.blank(size.width, renderer.style)] * (last - first - len(lines))
        markers = [overlay.marker() for overlay in self._overlays if overlay.active]
        for at, row in enumerate(rendered.row for rendered in view if markers):
            marked = row
            for marker in markers:
                marked = marker(marked, self.scroll_offset.y + first + at) if marked is not None else None
            if marked is not row:
                lines[at] = renderer.line(marked)
        if last >= size.height > first and self._more_below():
            mark = Strip([Segment(_MORE, self._more_style())], len(_MORE))
            rest = lines[size.height - 1 - first].crop(0, max(0, size.width - len(_MORE)))
            lines[size.height - 1 - first] = Strip.join([rest, mark]).crop(0, size.width)
        return lines

    # Keys

    def scroll_by(self, rows: int) -> None:
        """Move the view by `rows`, down if positive, without an animation."""
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
        """Move half a page up (-1) or down (1)."""
        self.scroll_by(direction * max(1, self.size.height // 2))

    def action_scroll_home(self) -> None:
        self.scroll_to(y=0, animate=False)

    def action_scroll_end(self) -> None:
        """Go to the end and follow it."""
        self.viewport.following, self.viewport.held = True, False
        self._arrange()

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.selection.start(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.selection.extend(event)

    def on_mouse_up(self) -> None:
        """Release the mouse, which ends the selection."""
        self.release_mouse()

    def on_mouse_release(self) -> None:
        """End the selection and follow on. Not sooner: a click is meant for the row that was under the pointer."""
        self.selection.end()

    def on_click(self, event: events.Click) -> None:
        """Act on the clicked row; two clicks select a word, three a line."""
        if self.selection.dragged:  # Textual calls it a click if the button goes down and up in one widget
            return
        if event.chain == 2:
            self.selection.select_word(event.offset)
        elif event.chain > 2:
            self.selection.select_line(event.offset)
        elif self._more_below() and event.y == self.size.height - 1 and event.x >= self.size.width - len(_MORE):
            self.action_scroll_end()
        else:
            self._clicked(self.selection.position(event.offset).y)

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the rows whose marks changed."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, without gutters and without the line breaks of wrapping."""
        return selected_text(self.column.row, self.column.height, selection), "\n"
