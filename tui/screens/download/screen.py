"""The screen that waits for weights: two downloads, what went wrong, and the way back."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import ClassVar, Generic, TypeVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static

from tui.chat.conversation import Conversation, Side
from tui.models.download.events import FetchEvent, FetchFailed, Note, Ready, Verifying
from tui.screens.base import BaseScreen, end_work
from tui.session.duo import Duo, Participant
from tui.session.memory_check import PrepareError, Selections
from tui.session.prepare import Preparer
from tui.text import clean
from tui.widgets.download import Download

R = TypeVar("R")

_NOTE_S = 12
"""Seconds that a note stays which is to be seen when the weights are ready."""


class Fetching(BaseScreen[R | None], Generic[R]):
    """Fetches what is missing; ends with what came of it, or with None when the user goes back.

    With `blind`, models are named only where one has to be fetched.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", id="cancel-fetch", tooltip="Back to where the model was chosen"),
        Binding("f5,enter", "retry", "Try again", id="retry-fetch"),
    ]

    def __init__(self, selections: Selections, *, blind: bool = False) -> None:
        super().__init__(classes="-blind" if blind else "")
        self._selections = {side: selections[side] for side in Side if side in selections}
        self.typed = ""
        """What was typed or pasted meanwhile: the beginning of the first question."""

    def obtain(self) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        """What fetching says; may raise SeatingError."""
        raise NotImplementedError

    async def model(self, ready: Mapping[Side, Ready]) -> R:
        """What comes of it once all is there; may raise SeatingError."""
        raise NotImplementedError

    def compose_body(self) -> ComposeResult:
        """One download a side, and what there is to say about both."""
        with VerticalScroll(id="downloads"):
            for side, selection in self._selections.items():
                yield Download(side, selection.spec.name)
            yield Static("Reading the weights of both models…", id="unnamed")
            yield Static("", id="outcome")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begins at once."""
        self._fetch()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Trying again is offered only after a failure."""
        return self.has_class("-failed") if action == "retry" else True

    @on(events.Key)
    def keep_key(self, event: events.Key) -> None:
        """Loses nothing of whoever writes already."""
        if event.is_printable and event.character:
            self.typed += event.character
        elif event.key == "backspace":
            self.typed = self.typed[:-1]

    @on(events.Paste)
    def keep_paste(self, event: events.Paste) -> None:
        """Loses nothing that was pasted."""
        self.typed += event.text

    def action_cancel(self) -> None:
        """Goes back; what was fetched so far stays for the next time."""
        self.dismiss(None)

    async def action_retry(self) -> None:
        """Fetches again from where it ended: one side may have failed while the other comes in still."""
        end_work(self)
        self._conclude("")
        await self.recompose()
        self._fetch()

    @work(exclusive=True)
    async def _fetch(self) -> None:
        ready: dict[Side, Ready] = {}
        try:
            async with aclosing(self.obtain()) as events:
                async for side, event in events:
                    self.query_one(f"#download-{side}", Download).show(event)
                    if isinstance(event, Note) and event.lasting:
                        self.notify(clean(event.text), severity="warning", timeout=_NOTE_S, markup=False)
                    elif not isinstance(event, Ready | Verifying):
                        self.remove_class("-blind")
                    if isinstance(event, Ready):
                        ready[side] = event
                    elif isinstance(event, FetchFailed):
                        self._conclude("Not everything is here: try again, or go back.")
            if len(ready) == len(self._selections):
                self.dismiss(await self.model(ready))
        except PrepareError as error:
            self._conclude(str(error))

    def _conclude(self, sentence: str) -> None:
        self.set_class(bool(sentence), "-failed")
        self.remove_class("-blind")
        self.query_one("#outcome", Static).update(Content(clean(sentence)))
        self.refresh_bindings()


class FetchScreen(Fetching[Duo]):
    """Brings two models to a table of their own."""

    def __init__(
        self,
        *,
        preparer: Preparer,
        selections: Selections,
        conversation: Conversation | None = None,
        blind: bool = False,
    ) -> None:
        super().__init__(selections, blind=blind)
        self._seating = preparer
        self._conversation = conversation

    def obtain(self) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        """Fetches both, weighed together."""
        return self._seating.obtain(self._selections)

    async def model(self, ready: Mapping[Side, Ready]) -> Duo:
        """The table, set but not loaded."""
        return await self._seating.duo(self._selections, ready, self._conversation)


class FetchOneScreen(Fetching[Participant]):
    """Brings the model of `side` in `selections` to a table where `loaded` run now."""

    def __init__(self, *, preparer: Preparer, side: Side, selections: Selections, loaded: Selections) -> None:
        super().__init__({side: selections[side]})
        self._seating = preparer
        self._side = side
        self._all = selections
        self._loaded = loaded

    async def obtain(self) -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        """Fetches it."""
        async with aclosing(self._seating.bring(self._selections[self._side].spec)) as events:
            async for event in events:
                yield self._side, event

    async def model(self, ready: Mapping[Side, Ready]) -> Participant:
        """The model, not loaded, weighed again now that its size is known for sure."""
        fit = await self._seating.check_memory_again(self._all, self._loaded)
        if fit.refusal is not None:
            raise PrepareError(fit.refusal)
        return await self._seating.participant(self._side, self._selections[self._side], ready[self._side])
