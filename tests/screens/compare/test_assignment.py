"""What is shown while names are hidden: the same, frame by frame, whichever side is in which pane."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.pilot import Pilot
from textual.screen import Screen

from tests.archive.locks import locked
from tests.screens.conftest import MakeDuo
from tests.screens.host import Host, press, settle, states, until, works
from tests.scripted import Hold, ScriptedEngine, Step
from tests.widgets.manual_clock import ManualClock
from tui.archive.store import Archive
from tui.engine import footprint
from tui.screens.compare.screen import CompareScreen
from tui.session.events import QuestionReturned, SessionEvent
from tui.widgets.prompt import Prompt
from tui.widgets.status import Status
from tui.widgets.vote_bar import JudgeBar

DRAWS = ([False] * 4, [True] * 4, [True, False] * 2, [False, True] * 2)
"""Whether the panes of each question are swapped: two that are not saved, each followed by one that is."""
WIDE = (120, 30)
NEVER = 86_400.0
"""Seconds that no test takes."""
ANSWER = "The same words on both sides, and more of them than come at one step."


class Easel(CompareScreen):
    """Paints, and lets held-back answers come on, when it is told to and at no other time."""

    def paint(self) -> None:
        super()._on_timer_update()

    @property
    def revealing(self) -> bool:
        """Whether blind answers are on their way to the panes."""
        return self._reveal.running

    def step(self) -> None:
        self._reveal.step()

    def show(self, event: SessionEvent) -> None:
        self.app.kept.append(event)  # type: ignore[attr-defined]
        super().show(event)

    def _on_timer_update(self) -> None:
        self._update_timer.pause()


class Painted(Host):
    """Keeps, in order, what its terminal is sent and what its screen is told."""

    def __init__(self, screen: Easel) -> None:
        super().__init__(screen)
        self.easel = screen
        self.frame_clock = ManualClock(self)
        self.kept: list[object] = []

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            self.kept.append(("terminal", "sent", renderable.render_segments(self.console)))

    async def paint(self, pilot: Pilot[None]) -> None:
        """Paints all that there is to paint, and what comes of that."""
        known = -1
        while len(self.kept) != known or self.frame_clock.is_waited_for:
            known = len(self.kept)
            await until(pilot, lambda: not works(self))
            self.frame_clock.tick()
            await settle(pilot)
            self.easel.paint()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive that does not wait long for a lock."""
    opened = Archive.open(tmp_path / "archive.db", patience=0.1)
    yield opened
    opened.close()


class Conversation:
    """A blind conversation: each question is asked in vain at first, and the first one is answered twice."""

    def __init__(self, make_duo: MakeDuo, folder: Path, draws: Iterable[bool]) -> None:
        self._gates = [asyncio.Event() for _ in range(3)]
        replies: list[list[Step]] = [[Hold(gate), ANSWER] for gate in self._gates]
        self._engines = ScriptedEngine(*replies), ScriptedEngine(*replies)
        self._folder = folder
        screen = Easel(
            make_duo(*self._engines),
            transcripts=folder,
            keys={},
            blind=True,
            draw=partial(next, iter(draws)),
            frame_clock=lambda _: self.app.frame_clock,
            memory=lambda: footprint.Program(1, 25_000_000, ()),
            step_s=NEVER,
            second_s=NEVER,
        )
        self.app = Painted(screen)

    async def run(self, pilot: Pilot[None]) -> list[object]:
        """All that is painted from the first key to the last answer."""
        app = self.app
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await until(pilot, lambda: all(status.view.memory for status in app.screen.query(Status)))
        app.screen.query_one(Prompt).cursor_blink = False
        await app.paint(pilot)
        app.kept.clear()
        await self._ask_in_vain(pilot, *"One")
        await self._answer(pilot, "enter")
        await until(pilot, lambda: app.screen.query_one(JudgeBar).has_focus)
        await app.paint(pilot)
        await press(pilot, "escape")
        await self._ask_in_vain(pilot, *"Two")
        await self._answer(pilot, "shift+f5")
        await self._answer(pilot, "enter")
        return app.kept

    async def _ask_in_vain(self, pilot: Pilot[None], *text: str) -> None:
        """Asks what the archive does not take; the prompt has it back then."""
        told = self._returned()
        with locked(self._folder):
            await pilot.press(*text, "enter")
            await until(pilot, lambda: self._returned() == told + 1)
        await self.app.paint(pilot)

    async def _answer(self, pilot: Pilot[None], key: str) -> None:
        """Presses `key`, which asks, and lets both answers come."""
        gate = self._gates[len(self._engines[0].heard)]
        heard = len(self._engines[0].heard) + 1
        await pilot.press(key)
        await until(pilot, lambda: all(len(each.heard) == heard for each in self._engines))
        await self.app.paint(pilot)
        gate.set()
        await until(pilot, lambda: self.app.easel.revealing)
        await self.app.paint(pilot)
        while self.app.easel.revealing:
            self.app.easel.step()
            await self.app.paint(pilot)

    def _returned(self) -> int:
        return sum(isinstance(event, QuestionReturned) for event in self.app.kept)


async def test_nothing_that_is_shown_depends_on_the_assignment(make_duo: MakeDuo, tmp_path: Path) -> None:
    painted = []
    for draws in DRAWS:
        conversation = Conversation(make_duo, tmp_path, draws)
        async with conversation.app.run_test(size=WIDE) as pilot:
            painted.append(await conversation.run(pilot))
    assert any("25 MB" in str(each) for each in painted[0])
    assert [kept == painted[0] for kept in painted] == [True] * len(DRAWS)
