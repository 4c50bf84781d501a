"""Owns the styles that a reply is drawn with, taken from the theme through the widget's component classes."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from rich.style import Style

PREFIX = "transcript--"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Whole styles, background included; each field is the component class `transcript--<name>`."""

    text: Style
    dim: Style
    accent: Style
    question: Style
    inline: Style
    code: Style
    label: Style
    rule: Style
    link: Style
    error: Style
    notice: Style
    thinking: Style
    more: Style
    found: Style
    here: Style
    keyword: Style
    string: Style
    number: Style
    comment: Style
    name: Style

    def quiet(self) -> "Palette":
        """The same palette in the color of thinking; backgrounds stay."""
        color = self.thinking.color
        toned = {
            each.name: getattr(self, each.name) + Style(color=color)
            for each in fields(self)
            if each.name not in {"rule", "error"}
        }
        return replace(self, **toned)


NAMES: tuple[str, ...] = tuple(each.name for each in fields(Palette))
COMPONENTS: frozenset[str] = frozenset(PREFIX + name for name in NAMES)


def palette(style_of: Callable[[str], Style]) -> Palette:
    """The palette whose styles `style_of` knows by their component class."""
    return Palette(**{name: style_of(PREFIX + name) for name in NAMES})
