"""Owns what stands behind the text that grows: frames and backgrounds, drawn once for many frames."""

from typing import Self

from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class Still(Widget):
    """A widget that seldom changes while what it holds often does: its own lines are kept until it does.

    Each frame asks all that lies below what changed for its lines, and composing them takes longer than the text.
    Among a widget's bases it comes last: Textual takes the style sheet from the first one.
    """

    _lines: list[Strip] | None = None
    _drawn_for: tuple[Size, list[LineFilter]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of `crop`, those of the last time unless something changed."""
        size = self.region.size
        if crop.column_span != (0, size.width):
            return super().render_lines(crop)
        drawn_for = (size, list(self.get_line_filters()))
        if self._lines is None or self._drawn_for != drawn_for:
            self._lines, self._drawn_for = super().render_lines(size.region), drawn_for
        return self._lines[crop.y : crop.bottom]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draws the lines anew at the next frame."""
        self._lines = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Draws the lines anew, since colors may have changed."""
        self._lines = None
        super().notify_style_update()
