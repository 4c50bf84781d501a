"""The styles of a transcript, read from the theme through the widget's component classes."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Self

from rich.style import Style

_PREFIX = "transcript--"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStyles:
    """Complete styles, background included; each field is the component class `transcript--<name>`."""

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

    @classmethod
    def read(cls, style_of: Callable[[str], Style]) -> Self:
        """Return the styles that `style_of` has for the component classes."""
        return cls(**{each.name: style_of(_PREFIX + each.name) for each in fields(cls)})

    def quiet(self) -> Self:
        """Return the same styles in the color of thinking; backgrounds stay."""
        color = Style(color=self.thinking.color)
        names = [each.name for each in fields(self) if each.name not in {"rule", "error"}]
        return replace(self, **{name: getattr(self, name) + color for name in names})


COMPONENTS = frozenset(_PREFIX + each.name for each in fields(ComponentStyles))
