"""The choice of another model for one side of a conversation."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Footer, Input, Static

from tui.chat.conversation import PaneSide
from tui.models.catalogue.spec import ModelSpec
from tui.models.local import State
from tui.screens.base import BaseScreen
from tui.session.memory_check import Fit, PrepareError
from tui.text import clean, clean_line
from tui.widgets.model_card import Card
from tui.widgets.model_table import Filter, ModelTable

CheckMemory = Callable[[ModelSpec], Awaitable[Fit]]
"""Checks the memory for a model beside the one that stays. Raises PrepareError."""


class ChoiceScreen(BaseScreen[ModelSpec | None]):
    """The models to choose from; ends with one that fits into memory, or with None.

    `sitting` is the raw name of the present model of the pane `side`; `state` says what of a model is on disk, in a
    thread.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Take it", id="choose-other"),
        Binding("escape", "dismiss", "Back", id="close-choice"),
        Binding("up", "move('cursor_up')", "Up", show=False),
        Binding("down", "move('cursor_down')", "Down", show=False),
        Binding("pageup", "move('page_up')", "Page up", show=False),
        Binding("pagedown", "move('page_down')", "Page down", show=False),
    ]

    def __init__(
        self,
        *,
        side: PaneSide,
        sitting: str,
        models: Iterable[ModelSpec],
        state: Callable[[ModelSpec], State],
        check_memory: CheckMemory,
    ) -> None:
        super().__init__()
        self._side = side
        self._sitting = sitting
        self._models = tuple(models)
        self._state = state
        self._check_memory = check_memory

    def compose_body(self) -> ComposeResult:
        """Yield the title, the filter, the table, and the card."""
        sitting = clean_line(self._sitting, 60)
        yield Static(
            Content.assemble(
                ("Another model on the ", "bold"),
                (self._side.value, f"bold ${self._side}"),
                (f", in place of {sitting}", "bold"),
                (". It goes on from there.", "$quiet"),
            ),
            id="choice-title",
        )
        yield Static("", id="balance")
        yield Filter(id="filter", placeholder="Type to filter, ↑↓ move, Enter takes it, Esc goes back")
        with Horizontal(id="choice"):
            yield ModelTable(self._models, id="models")
            yield Card(id="about")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Find out what is on disk while the user looks."""
        self.query_one(Input).focus()
        self._look_around()

    @property
    def _table(self) -> ModelTable:
        return self.query_one(ModelTable)

    def action_move(self, how: str) -> None:
        """Move the highlight of the table, wherever the keyboard is."""
        getattr(self._table, f"action_{how}")()

    def action_choose(self) -> None:
        """Choose the highlighted model, if it fits."""
        self._table.filter(self.query_one(Input).value)
        spec = self._table.highlighted
        if spec is not None:
            self._choose(spec)

    @on(Input.Changed)
    def filter_models(self, event: Input.Changed) -> None:
        """Show the models that match."""
        self._table.filter(event.value)

    @on(ModelTable.Highlighted)
    def show_card(self, event: ModelTable.Highlighted) -> None:
        """Show the card of the highlighted model."""
        self.query_one(Card).show(event.spec)

    @on(ModelTable.Chosen)
    def choose_clicked(self) -> None:
        """Choose the highlighted model when it is clicked."""
        self.action_choose()

    @work(exclusive=True, group="look")
    async def _look_around(self) -> None:
        self._table.mark(await asyncio.to_thread(self._states))

    def _states(self) -> Mapping[str, State]:
        return {spec.id: self._state(spec) for spec in self._models}

    @work(exclusive=True, group="choose")
    async def _choose(self, spec: ModelSpec) -> None:
        try:
            refusal = (await self._check_memory(spec)).refusal
        except PrepareError as error:
            refusal = str(error)
        if refusal is None:
            self.dismiss(spec)
            return
        line = self.query_one("#balance", Static)
        line.add_class("-refused")
        line.update(Content(clean(refusal)))
