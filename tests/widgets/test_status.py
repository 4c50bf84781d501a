"""The status line: its parts, their order, and what is left out when it is narrow."""

from dataclasses import replace
from functools import partial

import pytest
from textual.app import ComposeResult

from tests.screens.host import settle
from tests.widgets.manual_clock import ManualClockApp, next_frame
from tui.widgets.status import Status, StatusView, fitted, parts

FULL = StatusView(state="writing", first_ms=412, rate=28.44, shared=True, tokens=1312, used=1234, context=4096)


class One(ManualClockApp):
    def compose(self) -> ComposeResult:
        yield Status(frame_clock=self.frame_clock)

    def text(self) -> str:
        return self.query_one(Status).render_line(0).text.strip()


def test_everything_is_said_with_its_unit() -> None:
    assert parts(FULL) == ["writing", "28.4 tok/s shared", "1.2k/4.1k", "first 0.41 s", "1,312 tokens"]
    assert parts(replace(FULL, tokens=1))[-1] == "1 token"


def test_what_all_of_duochat_holds_is_said_last_while_it_changes() -> None:
    assert parts(replace(FULL, memory=983_000_000))[-2:] == ["1,312 tokens", "983 MB"]


@pytest.mark.parametrize("state", ["ready", "done", "stopped", "failed", "interrupted", "reached its limit"])
def test_after_an_answer_what_is_held_has_room_in_120_columns_and_gives_way_in_80(state: str) -> None:
    said = parts(replace(FULL, state=state, rate=105.7, memory=983_000_000))
    assert said[:4] == [state, "105.7 tok/s shared", "1.2k/4.1k", "983 MB"]
    assert "983 MB" in fitted(said, 56)
    assert "983 MB" not in fitted(said, 36)


def test_what_is_not_known_is_left_out() -> None:
    assert parts(StatusView(state="loading 40 %")) == ["loading 40 %"]


def test_numbers_stay_short() -> None:
    view = StatusView(state="done", first_ms=65_000, used=33_400, context=131_072)
    assert parts(view) == ["done", "33k/131k", "first 65 s"]


def test_the_least_important_goes_first() -> None:
    said = parts(FULL)
    assert fitted(said, 80) == said
    assert fitted(said, 55) == said[:4]
    assert fitted(said, 30) == said[:2]
    assert fitted(said, 3) == said[:1]


async def test_a_new_state_is_shown_at_once_and_numbers_at_the_next_beat() -> None:
    app = One()
    async with app.run_test(size=(60, 5)) as pilot:
        status = app.query_one(Status)
        status.show(StatusView(state="reading 1/400"))
        await settle(pilot)
        assert app.text() == "reading 1/400"
        status.show(StatusView(state="reading 400/400"))
        await settle(pilot)
        assert app.text() == "reading 1/400"
        await next_frame(app, pilot)
        assert app.text() == "reading 400/400"
        status.show(StatusView(state="failed [/x]", failed=True))
        await settle(pilot)
        assert app.text() == "failed [/x]"
        assert status.has_class("-failed")


async def test_what_it_follows_is_worked_out_when_it_is_painted_and_not_before() -> None:
    app = One()
    async with app.run_test(size=(60, 5)) as pilot:
        status = app.query_one(Status)
        status.show(StatusView(state="writing"))
        asked: list[int] = []

        def ask(tokens: int) -> StatusView:
            asked.append(tokens)
            return StatusView(state="writing", tokens=tokens)

        for tokens in range(1, 6):
            status.follow(partial(ask, tokens))
        await settle(pilot)
        assert asked == []
        await next_frame(app, pilot)
        assert asked == [5]
        assert app.text() == "writing  5 tokens"
        status.follow(partial(ask, 6))
        status.show(StatusView(state="done", tokens=7))
        await next_frame(app, pilot)
        assert asked == [5]
        assert app.text() == "done  7 tokens"
