"""Two models fetched, loaded and asked, with every step shown in a view."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from time import monotonic

from tui.chat.conversation import FinishReason, Side
from tui.cli.views import View
from tui.models.download.parent import FetchFailed, Ready
from tui.session.duo import Duo
from tui.session.memory_check import PrepareError, Selections
from tui.session.prepare import Preparer


@asynccontextmanager
async def loaded_pair(preparer: Preparer, selections: Selections, view: View) -> AsyncGenerator[Duo, None]:
    """Fetch and load both models; close the engines and then the view at the end. Raises UserError."""
    try:
        duo = await preparer.duo(selections, await fetch_pair(preparer, selections, view))
        try:
            async with aclosing(duo.load()) as loading:
                async for side, event in loading:
                    view.loaded(side, selections[side], event)
            yield duo
        finally:
            await duo.close()
    finally:
        view.close()


async def fetch_pair(preparer: Preparer, selections: Selections, view: View) -> Mapping[Side, Ready]:
    """Fetch the weights that are missing. Raises PrepareError."""
    ready: dict[Side, Ready] = {}
    async with aclosing(preparer.obtain(selections)) as events:
        async for side, event in events:
            view.fetched(selections[side], event)
            if isinstance(event, FetchFailed):
                raise PrepareError(event.message)
            if isinstance(event, Ready):
                ready[side] = event
    return ready


async def ask_pair(duo: Duo, prompt: str, view: View, began: float) -> int:
    """Ask both models; return 1 when a side failed, else 0. `began` is the monotonic time of the command's start."""
    asked = monotonic()
    view.begin(duo.conversation)
    async with aclosing(duo.ask(prompt)) as events:
        async for side, event in events:
            view.answered(side, event)
    ended = monotonic()
    view.end(duo.conversation, load_ms=(asked - began) * 1000, wall_ms=(ended - asked) * 1000)
    return int(has_failed(duo))


def has_failed(duo: Duo) -> bool:
    """Return whether an answer to the last question failed."""
    answers = duo.conversation.exchanges[-1].answers.values()
    return any(answer.finish_reason is FinishReason.FAILED for answer in answers)
