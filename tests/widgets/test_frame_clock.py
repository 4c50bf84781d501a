"""The frame clock: all widgets paint at the same moment."""

import asyncio
from collections.abc import Iterable
from functools import partial
from time import monotonic

from textual.app import App, ComposeResult
from textual.containers import Horizontal

from tests.screens.host import settle, until
from tests.widgets.manual_clock import ManualClockApp, next_frame
from tui.chat.conversation import PaneSide
from tui.chat.events import Delta
from tui.session.events import AnswerProgressed, QuestionShown
from tui.widgets.frame_clock import FRAME_S, FrameClock
from tui.widgets.pane import Pane
from tui.widgets.status import Status
from tui.widgets.transcript.widget import Transcript

HOUR = round(3600 / FRAME_S)


class Two(ManualClockApp):
    """Two panes by one clock; `frames` counts the frames of the screen."""

    CSS = "Transcript { height: 1fr; } Pane > Static { display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self.frames = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            for side in PaneSide:
                yield Pane(side, None, restart_key="F5", frame_clock=self.frame_clock, clock=lambda: 0.0)

    def post_display_hook(self) -> None:
        self.frames += 1

    def write(self, words: Iterable[int]) -> None:
        """Write more words to both panes, one by one."""
        for word in words:
            for pane in self.query(Pane):
                pane.show(AnswerProgressed(pane.side, Delta(f"word{word}\n", thinking=False, tokens=word), shared=True))


async def test_two_panes_with_status_lines_paint_one_frame() -> None:
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        for pane in app.query(Pane):
            pane.show(QuestionShown(pane.side, "Go", follow=True))
        app.write([0])
        await next_frame(app, pilot)
        for first in range(1, 61, 6):
            app.frames = 0
            app.write(range(first, first + 6))
            await settle(pilot)
            assert app.frames == 0
            app.frame_clock.tick()
            await settle(pilot)
            assert app.frames == 1
        for text in app.query(Transcript):
            assert any("word60" in text.render_line(y).text for y in range(text.size.height))
        assert ["60 tokens" in figures.render_line(0).text for figures in app.query(Status)] == [True, True]


class Calls:
    """Notes calls in order, with "·" where the event loop runs between them."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def call(self, name: str) -> None:
        self.noted.append(name)
        asyncio.get_running_loop().call_soon(self.noted.append, "·")

    def over(self, *names: str) -> bool:
        """Return whether the event loop ran after all of `names` were called."""
        return {*names} <= {*self.noted} and self.noted.count("·") == len(self.noted) / 2


def period(frames: int) -> int:
    """Return the number of the current period of `frames` frames."""
    return int(monotonic() / FRAME_S) // frames


async def test_later_call_comes_later_and_once() -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        own, calls = FrameClock(app), Calls()
        soon, late = partial(calls.call, "soon"), partial(calls.call, "late")
        own.after(1, soon)
        own.after(1, soon)
        own.after(3, late)
        await until(pilot, lambda: calls.over("soon", "late"))
        assert calls.noted == ["soon", "·", "late", "·"]


async def test_early_call_does_not_wait_for_a_later_one() -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        own, calls = FrameClock(app), Calls()
        own.after(HOUR, partial(calls.call, "late"))
        own.after(1, partial(calls.call, "soon"))
        await until(pilot, lambda: calls.over("soon"))
        assert calls.noted == ["soon", "·"]


async def test_calls_of_one_frame_run_together() -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        own, calls, periods = FrameClock(app), Calls(), {0, 1}
        while len(periods) > 1:  # a frame passed before all were added
            calls, periods = Calls(), {period(1)}
            for name in "abc":
                own.after(1, partial(calls.call, name))
            periods.add(period(1))
            await until(pilot, partial(calls.over, *"abc"))
        assert calls.noted == ["a", "b", "c", "·", "·", "·"]


async def test_every_nth_frame_is_the_same_for_all_callers() -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        own, calls, periods = FrameClock(app), Calls(), {0, 1}

        def join() -> None:
            own.every(4, partial(calls.call, "other"))
            periods.add(period(4))

        while len(periods) > 1:  # the next period began before both were added
            calls, periods = Calls(), {period(4)}
            own.every(4, partial(calls.call, "one"))
            own.after(1, join)
            await until(pilot, partial(calls.over, "one", "other"))
        assert calls.noted == ["one", "other", "·", "·"]
