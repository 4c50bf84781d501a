"""Owns how rows become what stands on screen: at one width, in one style, filters and padding included."""

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
class Drawn:
    """A row in view and its `strip`; `wide` is the same between the widget's padding."""

    row: Row | None
    strip: Strip
    wide: Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How a widget draws until its size or its style changes: asking the styles anew for each row would be dear.

    `edges` are the free columns beside the text, `padding` those outside of the widget's content. `bare` says that
    nothing but its rows belongs to what the widget shows: no frame, no tint.
    """

    width: int
    edges: tuple[int, int]
    padding: tuple[int, int]
    style: Style
    filters: tuple[LineFilter, ...]
    background: Color
    bare: bool

    @classmethod
    def of(cls, widget: Widget, edges: tuple[int, int]) -> Self:
        """How `widget` draws now."""
        styles = widget.styles
        padding, gutter = styles.padding, styles.gutter
        return cls(
            width=widget.size.width,
            edges=edges,
            padding=(padding.left, padding.right),
            style=widget.rich_style,
            filters=tuple(widget.get_line_filters()),
            background=widget.background_colors[1],
            bare=gutter == padding and not padding.height and styles.opacity == 1.0 and not styles.tint.a,
        )

    def drawn(self, row: Row | None) -> Drawn:
        """The row as it stands in view, so that it need not be touched again."""
        line = self.line(row)
        return Drawn(row, line, self.padded(line))

    def line(self, row: Row | None) -> Strip:
        """The row alone; None is an empty one."""
        if row is None:
            drawn = Strip.blank(self.width, self.style)
        else:
            left, right = (Segment(" " * columns, self.style) for columns in self.edges)
            drawn = strip(row, self.width, left, right)
        for each in self.filters:
            drawn = drawn.apply_filter(each, self.background)
        return drawn

    def padded(self, line: Strip) -> Strip:
        """The line between as many empty columns as the padding has."""
        left, right = self.padding
        if not left and not right:
            return line
        before, after = (Segment(" " * columns, self.style) for columns in self.padding)
        return Strip([before, *line, after], left + self.width + right).simplify()
