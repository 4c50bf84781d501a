"""Blind answers come to the panes at one pace."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from tests.screens.conftest import MakeDuo
from tests.screens.host import Host, states, until
from tests.scripted import ScriptedEngine
from tui.chat.conversation import PaneSide
from tui.screens.compare.reveal import PACE, STEPS_AT_MOST, Reveal
from tui.screens.compare.screen import CompareScreen
from tui.session.events import PaneEvent, TurnRevealed
from tui.widgets.pane import Pane


class Paper:
    """Takes what a pane is given."""

    def __init__(self) -> None:
        self.text = ""
        self.notes: list[str] = []
        self.events: list[PaneEvent] = []

    def write(self, text: str) -> None:
        self.text += text

    def close(self, note: str) -> None:
        self.notes.append(note)

    def show(self, event: PaneEvent) -> None:
        self.events.append(event)


class Ticks:
    """A timer that never strikes."""

    def __init__(self, step: Callable[[], None]) -> None:
        self.running = False

    def resume(self) -> None:
        self.running = True

    def pause(self) -> None:
        self.running = False


class Run:
    """A reveal on two papers, and how often it was done."""

    def __init__(self, left: str, right: str) -> None:
        self.papers = {side: Paper() for side in PaneSide}
        self.done = 0
        self.reveal = Reveal({side: cast("Pane", paper) for side, paper in self.papers.items()}, Ticks, self._done)
        self.reveal.start({PaneSide.LEFT: left, PaneSide.RIGHT: right})

    def _done(self) -> None:
        self.done += 1

    @property
    def shown(self) -> tuple[str, ...]:
        return tuple(paper.text for paper in self.papers.values())


@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 0), (PACE, PACE + 1), (90, 5_000), (100_000, 3)])
def test_no_answer_is_faster_and_nothing_comes_twice(left: int, right: int) -> None:
    texts = ("a" * left, "b" * right)
    run = Run(*texts)
    steps = 0
    while run.reveal.running:
        before = run.shown
        run.reveal.step()
        steps += 1
        gains = {len(now) - len(then) for now, then, text in zip(run.shown, before, texts, strict=True) if now != text}
        assert len(gains) <= 1, "each that has more to come gets as much as the other"
    assert run.shown == texts
    assert steps <= STEPS_AT_MOST + 1
    run.reveal.step()
    run.reveal.finish()
    assert (run.shown, run.done) == (texts, 1)


def test_finish_shows_what_is_left() -> None:
    run = Run("a" * 500 + "end", "b")
    run.reveal.step()
    run.reveal.finish()
    assert run.shown == ("a" * 500 + "end", "b")
    assert run.done == 1


def test_empty_answer_is_noted() -> None:
    run = Run("yes", " \n")
    run.reveal.finish()
    assert [paper.notes for paper in run.papers.values()] == [[""], ["an empty answer"]]


async def test_turn_that_is_shown_with_its_names_is_not_written_once_more(make_duo: MakeDuo, tmp_path: Path) -> None:
    answer = "word " * PACE
    duo = make_duo(ScriptedEngine([answer]), ScriptedEngine([answer]))
    screen = CompareScreen(duo, transcripts=tmp_path, keys={}, blind=True, step_s=86_400)
    app = Host(screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: screen._reveal.running)
        screen._reveal.step()
        for pane in PaneSide:
            screen.show(TurnRevealed(pane, 0, duo.conversation.exchanges[0]))
        screen._reveal.step()
        assert [pane.transcript.answer_text() for pane in app.screen.query(Pane)] == [answer] * 2
