"""How far two quants of one model are apart, shown while they are compared."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker, WorkerCancelled

from tui.arena.stats.quant_distance import Compared, name_of, rows
from tui.chat.conversation import Side
from tui.engine.protocol import Engine
from tui.errors import UserError
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.replace_model import Stock
from tui.session.quant_comparison import CONTEXT, OWN, Over, compare, paths_of, selections_of
from tui.text import clean

_MEANING = (
    "What both expect next, at each token of a text, and where their likeliest answers part. A divergence of 0 is no "
    "difference; perplexity is of the text, the lower the likelier."
)
_MORE = "duochat quants LEFT RIGHT --text FILE --prompts FILE compares over what you name."
_NO_ROOM = "Without the screen, duochat quants does with less: these two keep what they hold for the conversation."


class QuantsScreen(ModalScreen[None]):
    """Compares `specs` over `over` in a worker that `stock` makes for it; the models of the session stay loaded."""

    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (70, "-medium")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "close", "Close", id="close-quants", show=False),
    ]

    def __init__(self, stock: Stock, specs: Mapping[Side, ModelSpec], over: Over = OWN) -> None:
        super().__init__()
        self._stock = stock
        self._specs = specs
        self._over = over
        self._doing = Static("Weighing both models…")
        self._grid = Grid()
        self._values: list[Static] = []
        self._engine: Engine | None = None
        self._comparing: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """One page that scrolls: what it means, how far it is, and what has been found."""
        names = [(name_of(self._specs[side]), f"bold ${side}") for side in Side]
        with VerticalScroll() as page:
            page.border_title = "How far are two quants apart?"
            page.border_subtitle = "Esc closes"
            yield Static(Content.styled(_MEANING, "$quiet"))
            yield Static(Content.assemble(names[0], " and ", names[1]))
            yield self._doing
            yield self._grid
            yield Static(Content.styled(_MORE, "$quiet"))

    def on_mount(self) -> None:
        """Begin at once."""
        self._comparing = self._compare()

    async def action_close(self) -> None:
        """Close the view once nothing is left of what it had loaded."""
        self.query_one(VerticalScroll).border_subtitle = "Stopping…"
        await self._end()
        self.dismiss()

    async def on_unmount(self) -> None:
        """End the comparison, whichever way the view is left."""
        await self._end()

    async def _end(self) -> None:
        if self._comparing is None or self._comparing.is_finished:
            return
        self._comparing.cancel()
        if self._engine is not None:
            # Whoever is closed need not be asked to stop, which no model does while it loads.
            await self._engine.close()
        with suppress(WorkerCancelled):
            await self._comparing.wait()

    @work
    async def _compare(self) -> None:
        preparer = self._stock.preparer
        try:
            paths = await self._weighed()
            engine = preparer.preloader.take(Side.LEFT, paths[Side.LEFT], CONTEXT)
            self._engine = preparer.contrasting(engine, self._specs, paths)
            steps = compare(self._engine, paths[Side.RIGHT], self._specs, self._over, preparer.cores)
            async with aclosing(steps):
                async for step in steps:
                    self._doing.update(step.doing)
                    if step.found is not None:
                        await self._tell(step.found)
        except UserError as trouble:
            self._doing.update(Content.styled(clean(str(trouble)), "$text-error"))
        else:
            self._doing.display = False

    async def _weighed(self) -> Mapping[Side, Path]:
        """Return where both lie, if there is memory for both once more. Raises UserError."""
        paths = await asyncio.to_thread(paths_of, self._specs, self._stock.memory_check)
        fit = await self._stock.preparer.check_memory_again(selections_of(self._specs), {})
        if fit.refusal is not None:
            raise UserError(f"{fit.refusal} {_NO_ROOM}")
        return paths

    async def _tell(self, found: Compared) -> None:
        """Show what is known now; rows only ever change their value, or come at the end."""
        known = list(rows(found))
        for shown, row in zip(self._values, known, strict=False):
            shown.update(Content(row.value))
        for row in known[len(self._values) :]:
            value = Static(Content(row.value))
            self._values.append(value)
            await self._grid.mount(Static(Content.styled(row.name, "$quiet")), value)
