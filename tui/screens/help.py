"""The help: every key by section, as the user has bound them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


@dataclass(frozen=True, slots=True)
class Section:
    """Some keys that belong together, and a sentence about them."""

    title: str
    bindings: Iterable[BindingType]
    sentence: str = ""


NO_KEY = "no-key"
"""What a binding's key begins with where no key is bound: the commands list it, and whoever wants to gives it a key."""

_NAMES = {
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "ctrl": "Ctrl",
}


def key_name(keys: str) -> str:
    """The first two of `keys` (Textual's names, joined by commas) as people write them: Ctrl+J or Shift+Enter."""
    if keys.startswith(NO_KEY):
        return "no key"
    return " or ".join("+".join(_part(part) for part in key.strip().split("+")) for key in keys.split(",")[:2])


def _part(part: str) -> str:
    return _NAMES.get(part, part.capitalize())


def ids(sections: Iterable[Section]) -> frozenset[str]:
    """Return the ids under which keys can be rebound."""
    return frozenset(
        each.id for section in sections for each in section.bindings if isinstance(each, Binding) and each.id
    )


class HelpScreen(ModalScreen[None]):
    """All keys; `keys` are the user's own, by id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,enter", "dismiss", "Close", id="close-help", show=False),
    ]

    def __init__(self, sections: Iterable[Section], keys: Mapping[str, str]) -> None:
        super().__init__()
        self._sections = tuple(sections)
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        with VerticalScroll() as page:
            page.border_title = "Keys, and their ids for settings.toml"
            page.border_subtitle = "Esc closes"
            for section in self._sections:
                yield Static(self._told(section))

    def _told(self, section: Section) -> Content:
        lines = [Content.styled(section.title, "bold")]
        if section.sentence:
            lines.append(Content.styled(section.sentence, "$quiet"))
        for each in section.bindings:
            if isinstance(each, Binding) and each.id:
                name = key_name(self._keys.get(each.id, each.key))
                what = each.tooltip or each.description
                lines.append(Content.assemble((f"{name:<22}", "$accent"), f"{what:<32} ", (each.id, "$quiet")))
        return Content("\n").join(lines)
