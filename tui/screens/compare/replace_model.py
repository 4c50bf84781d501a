"""Owns how another model comes to one side of a conversation that goes on."""

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from tui.chat.conversation import Side
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.choose_model import ChoiceScreen
from tui.screens.compare.desk import Desk
from tui.screens.download.screen import FetchOneScreen
from tui.session.memory_check import Fit, MemoryCheck, Selection, Selections
from tui.session.prepare import Preparer


class Stock:
    """The models that may take a side; `selections` are those who sit there, by player."""

    def __init__(
        self, *, models: Iterable[ModelSpec], memory_check: MemoryCheck, preparer: Preparer, selections: Selections
    ) -> None:
        seated = (selection.spec for selection in selections.values())
        self.models = tuple({spec.id: spec for spec in (*models, *seated)}.values())
        self.memory_check = memory_check
        self.preparer = preparer
        self.selections = dict(selections)


class Replacing(Desk):
    """The part of the main screen that puts another model into one side."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+f6,f18", "replace('left')", "Left: another model goes on", id="model-left", show=False),
        Binding("shift+f7,f19", "replace('right')", "Right: another model goes on", id="model-right", show=False),
    ]

    _stock: Stock | None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Another model is offered only where there are others."""
        return self._stock is not None if action == "replace" else super().check_action(action, parameters)

    def action_replace(self, place: str) -> None:
        """Lets the user choose who goes on in place of whoever is shown there."""
        if self._curtain.hidden:
            self._warn("Names are hidden: say which answer is better first, or reveal them.")
        elif self._talk.busy:
            self._warn("A model is at work: wait until it is done, or stop it, then choose another one.")
        elif self._stock is not None:
            self._replace(self._stock, Side(place))

    @work(group="replace", exclusive=True)
    async def _replace(self, stock: Stock, place: Side) -> None:
        side, duo = self._curtain.at(place), self._talk.duo
        loaded = {each: stock.selections[each] for each in Side if duo.ready(each)}

        def selections_with(spec: ModelSpec) -> Selections:
            return {**stock.selections, side: Selection(spec=spec, overrides=duo.overrides(side))}

        async def check_memory(spec: ModelSpec) -> Fit:
            return await stock.preparer.check_memory_again(selections_with(spec), loaded)

        spec = await self.app.push_screen_wait(
            ChoiceScreen(
                side=place,
                sitting=duo.conversation.models[side].name,
                models=stock.models,
                state=stock.memory_check.state,
                check_memory=check_memory,
            )
        )
        if spec is None:
            return
        selections = selections_with(spec)
        fetching = FetchOneScreen(preparer=stock.preparer, side=side, selections=selections, loaded=loaded)
        participant = await self.app.push_screen_wait(fetching)
        if participant is not None:
            self._prompt.insert(fetching.typed)
            stock.selections[side] = selections[side]
            await self._talk.replace_model(side, participant)

    def seat_taken(self, side: Side) -> None:
        """Shows who sits on `side` now, and below each answer from before whose it was."""
        self._curtain.reseat(side)
