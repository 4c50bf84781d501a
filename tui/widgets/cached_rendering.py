"""Cached lines for widgets that seldom change, such as frames and the prompt."""

from typing import TYPE_CHECKING, Self

from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object


class CachedRendering(_Base):
    """The first base of a widget that caches its lines until it changes.

    Each frame asks nearly every widget on the screen for its lines, and composing them takes longer than the text.
    This class is not a widget: Textual reads the style sheet of the first base that is one.
    """

    _lines: list[Strip] | None = None
    _rendered_for: tuple[Size, list[LineFilter]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of `crop`, cached unless something changed."""
        size = self.region.size
        if crop.column_span != (0, size.width):
            return super().render_lines(crop)
        rendered_for = (size, list(self.get_line_filters()))
        if self._lines is None or self._rendered_for != rendered_for:
            self._lines, self._rendered_for = super().render_lines(size.region), rendered_for
        return self._lines[crop.y : crop.bottom]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Render the lines again at the next frame."""
        self._lines = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Render the lines again, since colors may have changed."""
        self._lines = None
        super().notify_style_update()
