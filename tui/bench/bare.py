"""The child process a start is measured against, `python -m tui.bench.bare FILE`: the menu's picture, nothing behind.

The same widgets with the same rows in the same style; what they show was found out before and lies in FILE.
"""

import sys
from pathlib import Path
from typing import ClassVar

import msgspec
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Footer, Input, Static

from tui.app import themes
from tui.chat.conversation import Side
from tui.models.catalogue.spec import ModelSpec
from tui.models.local import State
from tui.screens.base import BaseScreen
from tui.screens.menu.slot import Slot
from tui.widgets.model_card import Card
from tui.widgets.model_table import Filter, ModelTable


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What the menu shows: all `models`, those that sit on the two sides, what is on disk, and `sum`, what both need.

    `memory` is what the left one needs, in bytes.
    """

    models: tuple[ModelSpec, ...]
    chosen: tuple[ModelSpec, ModelSpec]
    states: dict[str, State]
    memory: int
    sum: str


class MenuScreen(BaseScreen[None]):
    """The picture; it has the menu's name, since the style sheet may ask for that."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "choose", "Take it"),
        ("tab", "switch", "Other side"),
        ("f5", "start", "Start"),
    ]

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self._picture = picture

    def compose_body(self) -> ComposeResult:
        """What the menu is made of."""
        with Horizontal(id="slots"):
            for side in Side:
                yield Slot(side)
        yield Static("", id="balance")
        yield Filter(id="filter", placeholder="Left model: type to filter, ↑↓ move, Enter takes it")
        with Horizontal(id="choice"):
            yield ModelTable(self._picture.models, id="models")
            yield Card(id="about")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Shows everything."""
        picture = self._picture
        self.query_one(Input).focus()
        for slot, spec in zip(self.query(Slot), picture.chosen, strict=True):
            slot.show(spec, picture.states[spec.id])
        self.query(Slot).first().activate(active=True)
        self.query_one("#balance", Static).update(picture.sum)
        self.query_one(ModelTable).mark(picture.states)
        self.query_one(Card).show(picture.chosen[0], picture.memory)


class Bare(App[None], inherit_bindings=False):
    """A Textual app that shows a picture."""

    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+q", "quit", "Quit")]
    CSS_PATH = Path(themes.__file__).with_name("app.tcss")

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self._picture = picture
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colors that only duochat's own themes name."""
        return themes.defaults(dark=True)

    def get_default_screen(self) -> MenuScreen:
        """The picture is the first screen."""
        return MenuScreen(self._picture)


if __name__ == "__main__":
    Bare(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Picture)).run()
