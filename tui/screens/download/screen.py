"""The screen that waits for weights: two downloads, what went wrong, and the way back."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
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


class FetchScreen(BaseScreen[R | None], Generic[R]):
    """Shows how `fetch` gets what is missing, and ends with what `finish` makes of it; with None if the user goes back.

    Both may raise PrepareError. With `blind`, models are named only where one has to be fetched.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", id="cancel-fetch", tooltip="Back to where the model was chosen"),
        Binding("f5,enter", "retry", "Try again", id="retry-fetch"),
    ]

    def __init__(
        self,
        selections: Selections,
        *,
        fetch: Callable[[], AsyncGenerator[tuple[Side, FetchEvent], None]],
        finish: Callable[[Mapping[Side, Ready]], Awaitable[R]],
        blind: bool = False,
    ) -> None:
        super().__init__(classes="-blind" if blind else "")
        self._fetched = fetch
        self._finish = finish
        self._selections = {side: selections[side] for side in Side if side in selections}
        self.typed = ""
        """What was typed or pasted meanwhile: the beginning of the first question."""

    def compose_body(self) -> ComposeResult:
        """Yield one download for each side, and a line about both."""
        with VerticalScroll(id="downloads"):
            for side, selection in self._selections.items():
                yield Download(side, selection.spec.name)
            yield Static("Reading the weights of both models…", id="unnamed")
            yield Static("", id="outcome")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin at once."""
        self._fetch()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to try again only after a failure."""
        return self.has_class("-failed") if action == "retry" else True

    @on(events.Key)
    def keep_key(self, event: events.Key) -> None:
        """Keep what is typed already."""
        if event.is_printable and event.character:
            self.typed += event.character
        elif event.key == "backspace":
            self.typed = self.typed[:-1]

    @on(events.Paste)
    def keep_paste(self, event: events.Paste) -> None:
        """Keep what is pasted."""
        self.typed += event.text

    def action_cancel(self) -> None:
        """Go back; what was fetched so far stays for the next time."""
        self.dismiss(None)

    async def action_retry(self) -> None:
        """Fetch again from where it ended: one side may have failed while the other comes in still."""
        end_work(self)
        self._conclude("")
        await self.recompose()
        self._fetch()

    @work(exclusive=True)
    async def _fetch(self) -> None:
        ready: dict[Side, Ready] = {}
        try:
            async with aclosing(self._fetched()) as events:
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
                self.dismiss(await self._finish(ready))
        except PrepareError as error:
            self._conclude(str(error))

    def _conclude(self, sentence: str) -> None:
        self.set_class(bool(sentence), "-failed")
        self.remove_class("-blind")
        self.query_one("#outcome", Static).update(Content(clean(sentence)))
        self.refresh_bindings()


def fetch_pair(
    *, preparer: Preparer, selections: Selections, conversation: Conversation | None = None, blind: bool = False
) -> FetchScreen[Duo]:
    """Return the screen that fetches two models and ends with a duo, not loaded yet."""

    async def finish(ready: Mapping[Side, Ready]) -> Duo:
        return await preparer.duo(selections, ready, conversation)

    return FetchScreen(selections, fetch=lambda: preparer.obtain(selections), finish=finish, blind=blind)


def fetch_one(
    *, preparer: Preparer, side: Side, selections: Selections, loaded: Selections
) -> FetchScreen[Participant]:
    """Return the screen that fetches the model of `side` while `loaded` run, and ends with it, not loaded yet."""

    async def fetch() -> AsyncGenerator[tuple[Side, FetchEvent], None]:
        async with aclosing(preparer.bring(selections[side].spec)) as events:
            async for event in events:
                yield side, event

    async def finish(ready: Mapping[Side, Ready]) -> Participant:
        # Memory is checked again, now that the size is known for sure.
        fit = await preparer.check_memory_again(selections, loaded)
        if fit.refusal is not None:
            raise PrepareError(fit.refusal)
        return await preparer.participant(side, selections[side], ready[side])

    return FetchScreen({side: selections[side]}, fetch=fetch, finish=finish)
