"""Owns a view on a long column of rows: what is painted, where the reader is, and what the mouse marks."""

import time
from collections.abc import Callable, Sequence
from math import ceil

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui.widgets.rows.column import Column, Piece
from tui.widgets.rows.paging import Paged
from tui.widgets.rows.row_renderer import Drawing, Drawn

_SLICE = 0.008
"""Seconds of laying out what nobody looks at, at a time."""
_PAUSE = 0.06
_SLIDE = 1.0
"""Seconds between two moves of a scrollbar that follows: painting it is dearer than painting the text."""
MORE = " ↓ more "
_NARROW = 24


class RowView(Paged, can_focus=True, inherit_bindings=False):
    """Paints rows from a column and only those that changed; growing never lays the screen out anew.

    At the end of the column the view follows it; anywhere else it stays put to the row.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.column = Column()
        self.stride = 1
        """Rows that the view moves at a time while it follows: a calm text, and fewer rows to paint."""
        self._following = True
        self._held = False
        self._marked_more = False
        self._thumb = (0, 0, 0)
        self._slid = 0.0
        self.view: list[Drawn] = []
        self._drawing: Drawing | None = None
        self._drawn_with: Drawing | None = None
        self._settling: Timer | None = None

    @property
    def following(self) -> bool:
        """Whether the view stays at the end while the column grows, or shall again once nothing holds it."""
        return self._following

    @property
    def _runs(self) -> bool:
        """Whether the view goes along with the end now."""
        return self._following and not self._held

    def more_style(self) -> Style:
        """The style of the mark that says there is more below."""
        return self.rich_style

    @property
    def marking(self) -> bool:
        """Whether rows in view are drawn with marks."""
        return self.text_selection is not None

    def mark(self, lines: list[Strip], first: int) -> None:
        """Marks in `lines`, which stand in view from row `first` on, what is selected."""

    def unmark(self) -> None:
        """Drops a selection."""

    def check_mark(self) -> None:
        """Drops a selection if its rows moved."""

    def put(self, start: int, pieces: Sequence[Piece]) -> None:
        """Makes `pieces` the column's from index `start` on, and paints what that changes in view."""
        index, within = self.column.at(self.scroll_offset.y) if self.column.pieces else (0, 0)
        reading = self.column.pieces[index] if self.column.pieces else None
        self.column.put(start, pieces)
        if not self._runs and reading is not None:
            self._return_to(reading, index, within)
        if self.size.width > 0:
            self._arrange()

    def _return_to(self, piece: Piece, index: int, within: int) -> None:
        """Keeps `piece`, which stood at `index`, where it was in view, although pieces above it came or went."""
        pieces = self.column.pieces
        if index >= len(pieces) or pieces[index] is not piece:
            index = next((at for at, each in enumerate(pieces) if each is piece), -1)
            if index >= 0:
                self._jump(self.column.top(index) + within)

    def _jump(self, top: int) -> None:
        """Moves the view without any of what moving it otherwise brings about."""
        self.set_reactive(Widget.scroll_y, float(top))
        self.set_reactive(Widget.scroll_target_y, float(top))

    def stay(self, change: Callable[[], None]) -> None:
        """Makes a change without following it, then follows on if the view is at the end all the same."""
        self._following = False
        change()
        self._following = self.scroll_offset.y >= self.max_scroll_y

    def hold(self, *, held: bool) -> None:
        """Keeps the view where it is although it follows the end, until it is let go."""
        self._held = held
        if not held and self.size.width > 0:
            self._arrange()

    # Where the reader is

    def _arrange(self) -> None:
        """Lays out what is in view, keeping the reader's place, and paints."""
        column, height = self.column, self.size.height
        if self._runs:
            while column.settle(column.height - height, column.height):
                pass
            top = max(0, ceil((column.height - height) / self.stride) * self.stride)
        else:
            # What is held stays where it is even if the column ends sooner now.
            last = column.height - (1 if self._held else height)
            top = max(0, min(self._settled_top(self.scroll_offset.y), last))
        self._extend(top)
        if top != self.scroll_offset.y:
            self._jump(top)
        self.check_mark()
        self._slide()
        self._paint()

    def _settled_top(self, top: int) -> int:
        """Row `top` after everything in view is laid out: what was known of the view stays where it is."""
        column, height = self.column, self.size.height
        for _ in range(height + 1):
            known, offset = self._known(top)
            if not column.settle(top, top + height):
                break
            top = column.top(known) - offset
        return top

    def _known(self, top: int) -> tuple[int, int]:
        """The first piece in view whose height is known, and how far below `top` it begins."""
        column = self.column
        if not column.pieces:
            return 0, 0
        low, high = column.at(top)[0], column.at(top + self.size.height)[0]
        found = next((at for at in range(low, high + 1) if column.pieces[at].laid(column.width)), low)
        return found, column.top(found) - top

    def _extend(self, top: int) -> None:
        """Notes how long the column is, without having the screen laid out for it."""
        self.set_reactive(Widget.virtual_size, Size(self.size.width, max(self.column.height, top + self.size.height)))

    def _slide(self) -> None:
        """Moves the scrollbar's thumb if it moves by a cell, seldom while it runs along with the text."""
        height, total, top = self.size.height, max(1, self.column.height), self.scroll_offset.y
        thumb = (height, min(height, round(height * height / total)), round(height * top / total))
        now = time.monotonic()
        if thumb != self._thumb and (self.stride == 1 or not self._runs or now - self._slid >= _SLIDE):
            self._thumb, self._slid = thumb, now
            bar = self.vertical_scrollbar
            bar.window_virtual_size, bar.window_size, bar.position = total, height, top

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stays where the reader goes; follows the end again once the reader is back there.

        A view that grew is moved, too, where it would reach beyond its rows: that is no reader leaving the end.
        """
        old, new = round(old_value), round(new_value)
        if old == new:
            return
        updated = old > self.max_scroll_y
        end = max(0, self.column.height - self.size.height)
        if self._following and new < old and not updated:
            self._jump(max(0, new - max(0, old - end)))
        self._following = (self._following and updated) or self.scroll_offset.y >= end
        self._arrange()

    def on_resize(self) -> None:
        """Lays the view out at the new width, with what the reader was looking at still in it."""
        column = self.column
        width = self.size.width - self.edge() - self.scrollbar_size_vertical
        if width != column.width and column.pieces:
            self.unmark()
            index, within = column.at(self.scroll_offset.y)
            part = within / max(1, column.pieces[index].height(column.width))
            column.resize(max(1, width))
            column.settle_pieces(index, index + 1)
            top = column.top(index) + int(part * column.pieces[index].height(column.width))
            self._jump(top)
        column.width = max(1, width)
        self.view.clear()
        if self.size.width > 0:
            self._arrange()
        self.settle_later()

    def settle_later(self) -> None:
        """Lays out the rest of the column in small slices, so that the scrollbar tells the truth."""
        if self._settling is None and self.is_attached and self.column.unsettled() is not None:
            self._settling = self.set_timer(_PAUSE, self._settle_some)

    def _settle_some(self) -> None:
        self._settling = None
        column, top = self.column, self.scroll_offset.y
        known, offset = self._known(top)
        column.settle_for(_SLICE)
        if column.pieces and not self._runs:
            moved = column.top(known) - offset
            if moved != top:
                self._jump(moved)
        if self.size.width > 0:
            self._arrange()
        self.settle_later()

    # What is painted

    def edge(self) -> int:
        """Columns left free on the left, where no padding does it."""
        return 1 if self.size.width >= _NARROW and not self.styles.padding.left else 0

    def _paint(self) -> None:
        """Refreshes the rows in view that differ from what is on screen."""
        height, drawing = self.size.height, self.drawing
        old = self.view if drawing == self._drawn_with else []
        self._drawn_with = drawing
        known = {id(drawn.row): drawn for drawn in old}
        view: list[Drawn] = []
        dirty: list[int] = []
        for y, row in enumerate(self.column.window(self.scroll_offset.y, height)):
            if y < len(old) and (row is old[y].row or row == old[y].row):
                view.append(old[y])
            else:
                dirty.append(y)
                view.append(known.get(id(row)) or drawing.drawn(row))
        self.view = view
        below = self.more_below()
        if self._marked_more != below:
            self._marked_more = below
            dirty.append(height - 1)
        if self.marking:
            self.refresh()
        elif dirty:
            # Not the scrollbar, which paints itself, nor the frame.
            width = self.size.width - self.scrollbar_size_vertical
            self.refresh(*(Region(0, y, width, 1) for y in dirty))

    def more_below(self) -> bool:
        """Whether the last row in view says that there is more."""
        return not self._runs and self.scroll_offset.y < self.max_scroll_y

    @property
    def drawing(self) -> Drawing:
        """How rows are drawn until the size or the style changes."""
        drawing, padding = self._drawing, self.styles.padding
        if drawing is None or drawing.width != self.size.width or drawing.padding != (padding.left, padding.right):
            drawing = self._drawing = Drawing.of(self, (self.edge(), self.scrollbar_size_vertical))
        return drawing

    def notify_style_update(self) -> None:
        """Draws in another style from now on."""
        super().notify_style_update()
        self._drawing = None

    def render_line(self, y: int) -> Strip:
        """Row `y` of the view."""
        return self._lines(y, y + 1)[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The view's rows as they are kept, so that the unchanged ones are no work at all."""
        drawing = self.drawing
        if not drawing.bare or crop.column_span != (0, drawing.width + sum(drawing.padding)):
            return super().render_lines(crop)
        if not self.marking and not self.more_below() and crop.bottom <= len(self.view):
            return [drawn.wide for drawn in self.view[crop.y : crop.bottom]]
        return [drawing.padded(line) for line in self._lines(crop.y, crop.bottom)]

    def _lines(self, first: int, last: int) -> list[Strip]:
        """Rows `first` to `last` of the view, exclusive, with the selection and the mark for more on top."""
        size, view = self.size, self.view
        lines = [drawn.strip for drawn in view[first:last]]
        lines += [Strip.blank(size.width, self.drawing.style)] * (last - first - len(lines))
        self.mark(lines, first)
        if last >= size.height > first and self.more_below():
            mark = Strip([Segment(MORE, self.more_style())], len(MORE))
            rest = lines[size.height - 1 - first].crop(0, max(0, size.width - len(MORE)))
            lines[size.height - 1 - first] = Strip.join([rest, mark]).crop(0, size.width)
        return lines

    def restyle(self) -> None:
        """Paints everything anew, since styles changed."""
        self.column.forget()
        self._drawing = None
        self.view.clear()
        if self.is_attached and self.size.width > 0:
            self._arrange()
            self.refresh()

    # What the keys do

    def action_scroll_end(self) -> None:
        """Goes to the end and follows it."""
        self._following, self._held = True, False
        self._arrange()
