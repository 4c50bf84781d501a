"""Owns what the mouse does in a view of rows: a selection that stays in its pane, and clicks."""

from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.selection import SELECT_ALL, Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.widgets.rows.selection import Ground, after, char_at, line_around, marked, selected_text, within, word_around
from tui.widgets.rows.view import MORE, RowView

_DRAG_TICK = 0.05


class PointedView(RowView):
    """Rows that can be marked and clicked."""

    ALLOW_SELECT = False
    """Textual's own selection would run over into the neighbor; this one stays in its pane."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._drag: Offset | None = None
        self._pointer = Offset(0, 0)
        self._dragging: Timer | None = None
        self._dragged = False
        self._ground: Ground | None = None

    def whole_text(self) -> str:
        """What is copied when everything is selected."""
        return selected_text(self.column.row, self.column.height, SELECT_ALL)

    def pressed(self, y: int) -> bool:
        """Acts on a click on row `y` of the column; says whether it did."""
        return False

    def mark(self, lines: list[Strip], first: int) -> None:
        """Marks in `lines`, which stand in view from row `first` on, what is selected."""
        selection = self.text_selection
        if selection is None:
            return
        style = Style(bgcolor=self.screen.get_component_rich_style("screen--selection").bgcolor)
        for at in range(min(len(lines), len(self.view) - first)):
            row, span = self.view[first + at].row, selection.get_span(self.scroll_offset.y + first + at)
            if row is not None and span is not None:
                lines[at] = self.drawing.line(marked(row, span, style))

    def selection_updated(self, selection: Selection | None) -> None:
        """Paints the rows whose marking changed."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text without gutters and without the line breaks that wrapping made."""
        if selection == SELECT_ALL:
            return self.whole_text(), "\n"
        return selected_text(self.column.row, self.column.height, selection), "\n"

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begins a selection that stays in this pane."""
        self._dragged = False
        if event.button == 1:
            self._pointer = event.offset
            self._drag = within(self.column, self._place(event))
            self._ground = Ground.under(self.column, self._drag, self._drag)
            self.capture_mouse()
            self.hold(held=True)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Carries the selection to the pointer; beyond the edges the view scrolls along."""
        if self._drag is None:
            return
        self._pointer = event.offset
        self._mark()
        outside = not 0 <= event.y < self.size.height
        if outside and self._dragging is None:
            self._dragging = self.set_interval(_DRAG_TICK, self._drag_on)
        elif not outside:
            self._stop_dragging()

    def on_mouse_up(self) -> None:
        """Lets the mouse go, which ends the selection."""
        self.release_mouse()

    def on_mouse_release(self) -> None:
        """Ends the selection and follows on: no sooner, since a click is meant for what stood under the pointer."""
        self._drag = None
        self._stop_dragging()
        self._stand()
        self.hold(held=False)

    def on_click(self, event: events.Click) -> None:
        """A click acts on its row; two mark a word, three a line."""
        if self._dragged:  # Textual calls it a click wherever the button goes down and up in the same widget
            return
        place = self._place(event)
        if event.chain == 1:
            if self.more_below() and event.y == self.size.height - 1 and event.x >= self.size.width - len(MORE):
                self.action_scroll_end()
            else:
                self.pressed(place.y)
        elif event.chain == 2:
            self._select(word_around(self.column.row(place.y), place))
        else:
            self._select(line_around(self.column.row, place.y))

    def _place(self, event: events.MouseEvent) -> Offset:
        return self._place_at(event.offset)

    def _place_at(self, pointer: Offset) -> Offset:
        """The character under a pointer: its index in its row, and its row in the column."""
        gutter = self.gutter
        y = self.scroll_offset.y + max(0, min(pointer.y - gutter.top, self.size.height - 1))
        return Offset(char_at(self.column.row(y), pointer.x - gutter.left - self.edge()), y)

    def _mark(self) -> None:
        if self._drag is None:
            return
        here = within(self.column, self._place_at(self._pointer))
        first, last = sorted((self._drag, here), key=lambda place: place.transpose)
        if first != last:
            self._dragged = True
            self._select(Selection(first, Offset(after(self.column.row(last.y), last.x), last.y)))

    def _drag_on(self) -> None:
        self.scroll_by(-1 if self._pointer.y < 0 else 1)
        self._mark()

    def _stop_dragging(self) -> None:
        if self._dragging is not None:
            self._dragging.stop()
            self._dragging = None

    def _select(self, selection: Selection | None) -> None:
        self.screen.selections = {self: selection} if selection is not None else {}
        if self._drag is None:
            self._stand()

    def _stand(self) -> None:
        """Notes what the selection stands on; while one is made, only where it began counts."""
        selection = self.text_selection
        self._ground = None
        if selection is not None and selection.start is not None and selection.end is not None:
            self._ground = Ground.under(self.column, selection.start, selection.end)

    def check_mark(self) -> None:
        """Drops a selection if its rows moved, since it would mark other text."""
        if self._ground is not None and not self._ground.holds(self.column):
            self.unmark()

    def unmark(self) -> None:
        """Drops a selection, and what is being selected."""
        self._drag = self._ground = None
        self._stop_dragging()
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()
