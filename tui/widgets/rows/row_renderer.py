"""Rows rendered as strips: at one width, in one style, with filters and padding applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.rows.wrapping import Row, strip


@dataclass(frozen=True, slots=True)
class RenderedRow:
    """A row in view and its `strip`; `padded` is the same between the widget's padding."""

    row: Row | None
    strip: Strip
    padded: Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRenderer:
    """Renders the rows of a widget until its size or style changes; reading the styles for each row would be slow.

    `margins` are the free columns beside the text, `padding` those outside the widget's content. `bare` is True for a
    widget that shows nothing but its rows: no frame, no tint.
    """

    width: int
    margins: tuple[int, int]
    padding: tuple[int, int]
    style: Style
    filters: tuple[LineFilter, ...]
    background: Color
    bare: bool

    @classmethod
    def of(cls, widget: Widget, margins: tuple[int, int]) -> Self:
        """Return the renderer for the present size and style of `widget`."""
        styles = widget.styles
        padding, gutter = styles.padding, styles.gutter
        return cls(
            width=widget.size.width,
            margins=margins,
            padding=(padding.left, padding.right),
            style=widget.rich_style,
            filters=tuple(widget.get_line_filters()),
            background=widget.background_colors[1],
            bare=gutter == padding and not padding.height and styles.opacity == 1.0 and not styles.tint.a,
        )

    def render(self, row: Row | None) -> RenderedRow:
        """Render a row as it stands in view."""
        line = self.line(row)
        return RenderedRow(row, line, self.padded(line))

    def line(self, row: Row | None) -> Strip:
        """Render a row without padding; None is an empty one."""
        if row is None:
            line = Strip.blank(self.width, self.style)
        else:
            left, right = (Segment(" " * columns, self.style) for columns in self.margins)
            line = strip(row, self.width, left, right)
        for each in self.filters:
            line = line.apply_filter(each, self.background)
        return line

    def padded(self, line: Strip) -> Strip:
        """Return the line between the columns of the padding."""
        left, right = self.padding
        if not left and not right:
            return line
        before, after = (Segment(" " * columns, self.style) for columns in self.padding)
        return Strip([before, *line, after], left + self.width + right).simplify()


class RenderedView:
    """The rows in view as they are on screen."""

    def __init__(self) -> None:
        self.rows: list[RenderedRow] = []
        self._renderer: RowRenderer | None = None

    def update(self, rows: Sequence[Row | None], renderer: RowRenderer) -> list[int]:
        """Render `rows`, and return the indices of those that are not on screen yet."""
        old = self.rows if renderer == self._renderer else []
        self._renderer = renderer
        known = {id(rendered.row): rendered for rendered in old}
        changed: list[int] = []
        self.rows = []
        for y, row in enumerate(rows):
            if y < len(old) and (row is old[y].row or row == old[y].row):
                self.rows.append(old[y])
            else:
                changed.append(y)
                self.rows.append(known.get(id(row)) or renderer.render(row))
        return changed

    def clear(self) -> None:
        """Forget all rows, so that all are painted next."""
        self.rows.clear()
