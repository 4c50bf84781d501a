"""Owns `duochat ask`: one prompt to two models, without a screen."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from time import monotonic
from typing import Protocol

from tui.archive.transcript import export
from tui.chat.conversation import Conversation, FinishReason, Side
from tui.chat.events import LoadEvent, ReplyEvent
from tui.models.download.parent import FetchEvent, FetchFailed, Ready
from tui.session.duo import Duo
from tui.session.memory_check import PrepareError, Selection
from tui.session.prepare import Preparer


class View(Protocol):
    """Where a question's way is shown, from the first download to both answers."""

    def fetched(self, selection: Selection, event: FetchEvent) -> None:
        """What happened to a model's weights."""
        ...

    def loaded(self, side: Side, selection: Selection, event: LoadEvent) -> None:
        """What happened to a model that loads."""
        ...

    def begin(self, conversation: Conversation) -> None:
        """The models are loaded: the question is asked now."""
        ...

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """What a side said."""
        ...

    def end(self, conversation: Conversation, *, load_ms: float, wall_ms: float) -> None:
        """Both sides have ended."""
        ...

    def close(self) -> None:
        """Nothing more comes, in order or not."""
        ...


async def ask_both(
    preparer: Preparer, selections: Mapping[Side, Selection], text: str, view: View, *, save: Path | None
) -> int:
    """Fetches, loads, asks and shows; 1 when a side failed, else 0. Raises PrepareError, ArchiveError, ExportError."""
    if save is not None:
        export.check_ending(save)
    began = monotonic()
    try:
        duo = await preparer.duo(selections, await fetch_both(preparer, selections, view))
        try:
            await load_both(duo, selections, view)
            status = await answer_both(duo, text, view, began)
        finally:
            await duo.close()
    finally:
        view.close()
    if save is not None:
        await asyncio.to_thread(export.save, duo.conversation, save)
    return status


async def fetch_both(preparer: Preparer, selections: Mapping[Side, Selection], view: View) -> dict[Side, Ready]:
    """Fetches what is missing, and shows it. Raises PrepareError."""
    ready: dict[Side, Ready] = {}
    async with aclosing(preparer.obtain(selections)) as events:
        async for side, event in events:
            view.fetched(selections[side], event)
            if isinstance(event, FetchFailed):
                raise PrepareError(event.message)
            if isinstance(event, Ready):
                ready[side] = event
    return ready


async def load_both(duo: Duo, selections: Mapping[Side, Selection], view: View) -> None:
    """Loads both models, and shows it."""
    async with aclosing(duo.load()) as loading:
        async for side, event in loading:
            view.loaded(side, selections[side], event)


async def answer_both(duo: Duo, text: str, view: View, began: float) -> int:
    """Asks both and shows it; 1 when a side failed, else 0. `began` is when the first thing was done for it."""
    asked = monotonic()
    view.begin(duo.conversation)
    async with aclosing(duo.ask(text)) as events:
        async for side, event in events:
            view.answered(side, event)
    ended = monotonic()
    view.end(duo.conversation, load_ms=(asked - began) * 1000, wall_ms=(ended - asked) * 1000)
    answers = duo.conversation.exchanges[-1].answers.values()
    return int(any(answer.finish_reason is FinishReason.FAILED for answer in answers))
