"""The menu, in which the two models are chosen."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Footer, Input, Static

from tui.amounts import size
from tui.chat.conversation import Side
from tui.models.catalogue.catalogue import Catalogue
from tui.models.catalogue.spec import ModelSpec
from tui.models.local import State
from tui.screens.base import BaseScreen
from tui.screens.menu.slot import Slot
from tui.session.memory_check import Fit, MemoryCheck, PrepareError, Selection, Selections
from tui.text import clean
from tui.widgets.model_card import Card
from tui.widgets.model_table import Filter, ModelTable

_PAINT_S = 0.1
"""Seconds after which the picture is complete: whatever else there is to do can wait for it."""

CheckMemory = Callable[[Selections], Awaitable[Fit]]
"""Checks the memory for selections, and ends all other loads. Raises PrepareError."""

_HEAD_START_S = 0.05
"""How long the first picture waits for what is on disk, in seconds; mostly a tenth of that is enough."""


class MenuScreen(BaseScreen[Selections]):
    """A table to choose from and two places to fill; ends with the two places.

    The models of `chosen` sit there already, so that Enter twice starts with them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Take it", id="choose"),
        Binding("tab,shift+tab", "switch", "Other side", id="switch-side"),
        Binding("f5", "start", "Start", id="start"),
        Binding("escape", "clear", "Clear the filter", id="clear-filter", show=False),
        Binding("up", "move('cursor_up')", "Up", show=False),
        Binding("down", "move('cursor_down')", "Down", show=False),
        Binding("pageup", "move('page_up')", "Page up", show=False),
        Binding("pagedown", "move('page_down')", "Page down", show=False),
    ]

    @dataclass
    class Shown(Message):
        """The menu is on the screen, and `selections` are those that it was opened with."""

        selections: Selections

    def __init__(
        self, *, catalogue: Catalogue, memory_check: MemoryCheck, check_memory: CheckMemory, chosen: Selections
    ) -> None:
        super().__init__()
        self._memory_check = memory_check
        self._check_memory = check_memory
        self._models = {spec.id: spec for spec in catalogue.models}
        self._models |= {selection.spec.id: selection.spec for selection in chosen.values()}
        self._selections = dict(chosen)
        self._states: Mapping[str, State] = {}
        self._needed: dict[str, int] = {}
        """Bytes of memory that a model takes alone, by id, as far as that was asked."""
        self._looked = asyncio.Event()
        self._active = Side.LEFT
        self._settled: set[Side] = set()

    def compose_body(self) -> ComposeResult:
        """Yield the two places, what they take, the filter, the table, and the card."""
        with Horizontal(id="slots"):
            for side in Side:
                yield Slot(side)
        yield Static("", id="balance")
        yield Filter(id="filter")
        with Horizontal(id="choice"):
            yield ModelTable(self._models.values(), id="models")
            yield Card(id="about")
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        """Show who is chosen already; a disk that is slow to look at is not waited for."""
        self.query_one(Input).focus()
        self._show_slots()
        self._look_around()
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEAD_START_S):
                await self._looked.wait()
        self._activate(Side.LEFT)

    @property
    def _table(self) -> ModelTable:
        return self.query_one(ModelTable)

    def action_move(self, how: str) -> None:
        """Move the highlight of the table, wherever the keyboard is."""
        getattr(self._table, f"action_{how}")()

    def action_switch(self) -> None:
        """Make the other place the one that is filled next."""
        self._activate(self._active.other)

    def action_clear(self) -> None:
        """Show all models again."""
        self.query_one(Input).clear()

    def action_choose(self) -> None:
        """Put the highlighted model into the active place; starts once both places were filled."""
        self._table.filter(self.query_one(Input).value)
        spec = self._table.highlighted
        if spec is None:
            return
        sitting = self._selections.get(self._active)
        if sitting is None or sitting.spec != spec:
            self._selections[self._active] = Selection(spec=spec)
        self._settled.add(self._active)
        self._show_slots()
        self.query_one(Input).clear()
        self._table.filter("")
        if self._active.other in self._settled:
            self.action_start()
        else:
            self._weigh_places()
            self._activate(self._active.other)

    def action_start(self) -> None:
        """Start with the two models as they sit, if they fit into memory."""
        if len(self._selections) < len(Side):
            self.notify(f"Choose a model for the {self._active} side first.", severity="warning", markup=False)
            return
        self._start(dict(self._selections))

    @on(Input.Changed)
    def filter_models(self, event: Input.Changed) -> None:
        """Show what matches."""
        self._table.filter(event.value)

    @on(ModelTable.Highlighted)
    def show_card(self, event: ModelTable.Highlighted) -> None:
        """Show the card of the highlighted model; the memory that it needs follows."""
        spec = event.spec
        self.query_one(Card).show(spec, self._needed.get(spec.id) if spec else None)
        if spec is not None and spec.id not in self._needed:
            self._weigh_one(spec)

    @on(ModelTable.Chosen)
    def choose_clicked(self) -> None:
        """Return a click on the highlighted model chooses it."""
        self.action_choose()

    @on(Slot.Clicked)
    def activate_clicked(self, event: Slot.Clicked) -> None:
        """Return a click on a place makes it the one that is filled next."""
        self._activate(event.side)

    def _activate(self, side: Side) -> None:
        self._active = side
        for each in Side:
            self.query_one(f"#slot-{each}", Slot).activate(active=each is side)
        last = side.other in self._settled
        self.query_one(
            Input
        ).placeholder = (
            f"{side.capitalize()} model: type to filter, ↑↓ move, Enter takes it{' and starts' if last else ''}"
        )
        selection = self._selections.get(side)
        if selection is not None:
            self._table.highlight(selection.spec)

    def _show_slots(self) -> None:
        for side in Side:
            selection = self._selections.get(side)
            spec = selection.spec if selection else None
            self.query_one(f"#slot-{side}", Slot).show(spec, self._states.get(spec.id) if spec else None)

    @work(exclusive=True, group="balance")
    async def _look_around(self) -> None:
        """Find out what is on disk, and what the places take as long as nothing else has been chosen."""
        self._states = await asyncio.to_thread(self._look)
        self._table.mark(self._states)
        self._show_slots()
        if Side.LEFT in self._selections:
            await self._weigh_card(self._selections[Side.LEFT].spec)
        self._show_balance(await asyncio.to_thread(_balance, self._memory_check, dict(self._selections)))
        self._looked.set()
        self.set_timer(_PAINT_S, partial(self.post_message, self.Shown(dict(self._selections))))

    def _look(self) -> Mapping[str, State]:
        return {each: self._memory_check.state(spec) for each, spec in self._models.items()}

    @work(exclusive=True, group="balance")
    async def _weigh_places(self) -> None:
        self._show_balance(await self._weighed(dict(self._selections)))

    @work(exclusive=True, group="card")
    async def _weigh_one(self, spec: ModelSpec) -> None:
        await self._weigh_card(spec)
        if self._table.highlighted is spec:
            self.query_one(Card).show(spec, self._needed.get(spec.id))

    async def _weigh_card(self, spec: ModelSpec) -> None:
        fit = await asyncio.to_thread(_balance, self._memory_check, {self._active: Selection(spec=spec)})
        if isinstance(fit, Fit):
            self._needed[spec.id] = fit.needed

    @work(exclusive=True, group="balance")
    async def _start(self, selections: Selections) -> None:
        self._decide(selections, await self._weighed(selections))

    async def _weighed(self, selections: Selections) -> Fit | str:
        try:
            return await self._check_memory(selections)
        except PrepareError as error:
            return str(error)

    def _decide(self, selections: Selections, fit: Fit | str) -> None:
        self._show_balance(fit)
        if isinstance(fit, Fit) and fit.refusal is None:
            self.dismiss(selections)
        else:
            self._settled.clear()
            self._activate(self._active)

    def _show_balance(self, fit: Fit | str) -> None:
        line = self.query_one("#balance", Static)
        sentence = fit if isinstance(fit, str) else fit.refusal
        line.set_class(sentence is not None, "-refused")
        line.update(Content(clean(sentence) if sentence is not None else _sum(fit, len(self._selections))))


def _sum(fit: Fit | str, count: int) -> str:
    if isinstance(fit, str) or not count:
        return ""
    who = "Both together need" if count == len(Side) else "It needs"
    return f"{who} {size(fit.needed)} of memory; {size(fit.available)} are free."


def _balance(memory_check: MemoryCheck, selections: Selections) -> Fit | str:
    """Return what `selections` take, or the sentence that says why that cannot be told."""
    try:
        return memory_check.fit(selections)
    except PrepareError as error:
        return str(error)
