"""The child process that a start is compared with, `python -m tests.performance.menu_picture FILE`.

It shows the menu's widgets with the same rows in the same style, as FILE says, and has nothing behind them.
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
    """All `models`, those `chosen` for the sides, their states, the left one's `memory` in bytes, and `sum`."""

    models: tuple[ModelSpec, ...]
    chosen: tuple[ModelSpec, ModelSpec]
    states: dict[str, State]
    memory: int
    sum: str


class MenuScreen(BaseScreen[None]):
    """The menu's widgets; the style sheet asks for the class name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "choose", "Take it"),
        ("tab", "switch", "Other side"),
        ("f5", "start", "Start"),
    ]

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self._picture = picture

    def compose_body(self) -> ComposeResult:
        """Yield the menu's widgets."""
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
        """Fill the widgets."""
        picture = self._picture
        self.query_one(Input).focus()
        for slot, spec in zip(self.query(Slot), picture.chosen, strict=True):
            slot.show(spec, picture.states[spec.id])
        self.query(Slot).first().activate(active=True)
        self.query_one("#balance", Static).update(picture.sum)
        self.query_one(ModelTable).mark(picture.states)
        self.query_one(Card).show(picture.chosen[0], picture.memory)


class MenuPicture(App[None], inherit_bindings=False):
    """An app that shows a picture of the menu."""

    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+q", "quit", "Quit")]
    CSS_PATH = Path(themes.__file__).with_name("app.tcss")

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self._picture = picture
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colors that only duochat's themes have."""
        return themes.defaults(dark=True)

    def get_default_screen(self) -> MenuScreen:
        """Return the picture."""
        return MenuScreen(self._picture)


if __name__ == "__main__":
    MenuPicture(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Picture)).run()
