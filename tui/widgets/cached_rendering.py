"""Owns what stands still while text grows, frames, backgrounds and the prompt: drawn once for many frames."""

from typing import TYPE_CHECKING, Self

from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object


class CachedRendering(_Base):
    """Among a widget's bases, the first: one that seldom changes while others often do keeps its lines until it does.

    Each frame asks nearly every widget of the screen for its lines, and composing them takes longer than the text.
    It is no widget itself: Textual takes the style sheet from the first base that is one.
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
