"""Text selection with the mouse that stays in its widget."""

from collections.abc import Callable

from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.selection import Selection
from textual.timer import Timer
from textual.widget import Widget

from tui.widgets.rows.column import Column
from tui.widgets.rows.selection import SelectedRows, char_at, line_around, marked, next_char, within, word_around
from tui.widgets.rows.wrapping import Row

_SCROLL_S = 0.05
"""Seconds between two rows of scrolling while the pointer is outside."""


class MouseSelection:
    """Selects text of `column`, which `widget` shows.

    `margin` returns the free columns on the left, `hold` keeps the view still while the button is down, and `scroll`
    moves the view by some rows.
    """

    def __init__(
        self,
        widget: Widget,
        column: Column,
        *,
        margin: Callable[[], int],
        hold: Callable[[bool], None],
        scroll: Callable[[int], None],
    ) -> None:
        self._widget = widget
        self._column = column
        self._margin = margin
        self._hold = hold
        self._scroll = scroll
        self._start: Offset | None = None
        self._pointer = Offset(0, 0)
        self._scrolling: Timer | None = None
        self._selected: SelectedRows | None = None
        self.dragged = False
        """Whether text was selected since the button went down."""

    @property
    def active(self) -> bool:
        """Whether any text is selected."""
        return self._widget.text_selection is not None

    def marker(self) -> Callable[[Row, int], Row]:
        """Return a function that marks the selected part of a row, given its number in the column."""
        selection = self._widget.text_selection
        background = self._widget.screen.get_component_rich_style("screen--selection").bgcolor
        style = Style(bgcolor=background)

        def mark(row: Row, y: int) -> Row:
            span = selection.get_span(y) if selection is not None else None
            return marked(row, span, style) if span is not None else row

        return mark

    def start(self, event: events.MouseDown) -> None:
        """Start a selection under the pointer."""
        self.dragged = False
        if event.button == 1:
            self._pointer = event.offset
            self._start = within(self._column, self.position(event.offset))
            self._selected = SelectedRows.between(self._column, self._start, self._start)
            self._widget.capture_mouse()
            self._hold(True)

    def extend(self, event: events.MouseMove) -> None:
        """Extend the selection to the pointer; the view scrolls while the pointer is outside."""
        if self._start is None:
            return
        self._pointer = event.offset
        self._extend()
        outside = not 0 <= event.y < self._widget.size.height
        if outside and self._scrolling is None:
            self._scrolling = self._widget.set_interval(_SCROLL_S, self._scroll_on)
        elif not outside:
            self._stop_scrolling()

    def end(self) -> None:
        """End the selection and let the view go on."""
        self._start = None
        self._stop_scrolling()
        self._note_rows()
        self._hold(False)

    def select_word(self, pointer: Offset) -> None:
        """Select the word under the pointer."""
        position = self.position(pointer)
        self._select(word_around(self._column.row(position.y), position))

    def select_line(self, pointer: Offset) -> None:
        """Select the line under the pointer, with all rows that it wraps over."""
        self._select(line_around(self._column.row, self.position(pointer).y))

    def position(self, pointer: Offset) -> Offset:
        """Return the character under the pointer: its index in its row, and its row in the column."""
        widget = self._widget
        y = widget.scroll_offset.y + max(0, min(pointer.y - widget.gutter.top, widget.size.height - 1))
        return Offset(char_at(self._column.row(y), pointer.x - widget.gutter.left - self._margin()), y)

    def check(self) -> None:
        """Drop the selection if its rows moved: it would mark other text."""
        if self._selected is not None and not self._selected.unchanged(self._column):
            self.clear()

    def clear(self) -> None:
        """Drop the selection, also one in progress."""
        self._start = self._selected = None
        self._stop_scrolling()
        if self._widget.is_attached and self.active:
            self._widget.screen.clear_selection()

    def _extend(self) -> None:
        if self._start is None:
            return
        here = within(self._column, self.position(self._pointer))
        first, last = sorted((self._start, here), key=lambda offset: offset.transpose)
        if first != last:
            self.dragged = True
            self._select(Selection(first, Offset(next_char(self._column.row(last.y), last.x), last.y)))

    def _scroll_on(self) -> None:
        self._scroll(-1 if self._pointer.y < 0 else 1)
        self._extend()

    def _stop_scrolling(self) -> None:
        if self._scrolling is not None:
            self._scrolling.stop()
            self._scrolling = None

    def _select(self, selection: Selection | None) -> None:
        self._widget.screen.selections = {self._widget: selection} if selection is not None else {}
        if self._start is None:
            self._note_rows()

    def _note_rows(self) -> None:
        """Note the selected rows; while a selection is made, only its start counts."""
        selection = self._widget.text_selection
        self._selected = None
        if selection is not None and selection.start is not None and selection.end is not None:
            self._selected = SelectedRows.between(self._column, selection.start, selection.end)
