"""Another model for one side of a conversation."""

from collections.abc import Iterable
from typing import Any

from textual.app import App

from tui.chat.conversation import PaneSide
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.choose_model import ChoiceScreen
from tui.screens.download.screen import fetch_one
from tui.session.memory_check import Fit, MemoryCheck, Selection, Selections
from tui.session.prepare import Preparer
from tui.session.session import Session
from tui.widgets.prompt import Prompt


class Stock:
    """The models that can be assigned to a side; `selections` are the present ones."""

    def __init__(
        self, *, models: Iterable[ModelSpec], memory_check: MemoryCheck, preparer: Preparer, selections: Selections
    ) -> None:
        present = (selection.spec for selection in selections.values())
        self.models = tuple({spec.id: spec for spec in (*models, *present)}.values())
        self.memory_check = memory_check
        self.preparer = preparer
        self.selections = dict(selections)


async def replace_model(app: App[Any], session: Session, stock: Stock, pane: PaneSide, prompt: Prompt) -> None:
    """Let the user choose another model for `pane`, fetch it, and assign it; `prompt` gets what is typed meanwhile."""
    side, duo = session.side(pane), session.duo
    loaded = {each: selection for each, selection in stock.selections.items() if duo.ready(each)}

    def selections_with(spec: ModelSpec) -> Selections:
        return {**stock.selections, side: Selection(spec=spec, overrides=duo.overrides(side))}

    async def check_memory(spec: ModelSpec) -> Fit:
        return await stock.preparer.check_memory_again(selections_with(spec), loaded)

    spec = await app.push_screen_wait(
        ChoiceScreen(
            side=pane,
            sitting=duo.conversation.models[side].name,
            models=stock.models,
            state=stock.memory_check.state,
            check_memory=check_memory,
        )
    )
    if spec is None:
        return
    selections = selections_with(spec)
    fetching = fetch_one(preparer=stock.preparer, side=side, selections=selections, loaded=loaded)
    participant = await app.push_screen_wait(fetching)
    if participant is not None:
        prompt.insert(fetching.typed)
        stock.selections[side] = selections[side]
        await session.replace_model(side, participant)
