"""One side in the menu, with the model that is chosen for it."""

from dataclasses import dataclass

from textual import events, on
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.amounts import size
from tui.chat.conversation import Side
from tui.models.catalogue.spec import ModelSpec
from tui.models.local import State
from tui.text import clean_line

_STATES: dict[State | None, str] = {"ready": "on disk", "partial": "begun", "absent": "to fetch", None: ""}


class Slot(Static):
    """A side's place; the class `-active` marks the one that the next choice goes to."""

    @dataclass
    class Clicked(Message):
        """The user clicked the place of `side`."""

        side: Side

    def __init__(self, side: Side) -> None:
        super().__init__(id=f"slot-{side}", classes=side.value)
        self._side = side
        self.border_title = Content(side.value)

    def show(self, spec: ModelSpec | None, state: State | None) -> None:
        """Show who sits here, and whether its weights are on disk."""
        if spec is None:
            self.update(Content("choose a model below").stylize("$quiet"))
            return
        about = (size(spec.size) if spec.size else "", _STATES[state])
        self.update(
            Content.assemble(
                (clean_line(spec.name), "bold"), "\n", (" · ".join(part for part in about if part), "$quiet")
            )
        )

    def activate(self, *, active: bool) -> None:
        """Marks this place as the one that the next choice goes to, or as not."""
        self.set_class(active, "-active")
        self.border_title = Content(f"▸ {self._side}" if active else self._side.value)

    @on(events.Click)
    def tell(self) -> None:
        """Say that this place was clicked."""
        self.post_message(self.Clicked(self._side))
