"""Scrolling a transcript: following the end, staying in place, resizing, painting."""

from typing import ClassVar, Self

import pytest
from textual import events
from textual.app import ComposeResult
from textual.geometry import Region

from tests.screens.host import press, settle
from tests.widgets.manual_clock import ManualClockApp, next_frame
from tests.widgets.markdown.samples import RICH
from tests.widgets.transcript.panes import lines, panes, screen_text
from tui.chat.conversation import (
    FinishReason,
    PaneSide,
)
from tui.widgets.transcript.widget import Transcript


async def test_view_follows_the_end() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        for n in range(60):
            app.left.write(f"line {n}\n")
            if n % 20 == 0:
                await next_frame(app, pilot)
                assert any(f"line {n}" in row for row in screen_text(app.left))
        app.left.end("stopped early", FinishReason.STOPPED)
        assert screen_text(app.left)[-3:] == [" line 59", "", " stopped early"]


async def test_scrolled_view_stays_while_text_streams_in() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.write(lines(60))
        await next_frame(app, pilot)
        app.left.focus()
        await press(pilot, "pageup")
        before = screen_text(app.left)
        assert before[-1].endswith("↓ more")
        app.left.write(lines(40, 60) + RICH)
        await next_frame(app, pilot)
        assert screen_text(app.left) == before
        await press(pilot, "end")
        assert app.left.following
        assert any("stays." in row for row in screen_text(app.left))


async def test_question_without_follow_does_not_scroll() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.write(lines(60))
        app.left.begin("Again", follow=False)
        assert app.left.following
        app.left.focus()
        await press(pilot, "home")
        app.left.begin("And again", follow=False)
        assert screen_text(app.left)[0] == " ▌ Count"
        app.left.begin("Once more")
        assert " ▌ Once more" in screen_text(app.left)


async def test_scrolling_back_to_the_end_follows_again() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.write(lines(60))
        app.left.end(None, FinishReason.STOP)
        app.left.focus()
        await press(pilot, "up", "up")
        assert not app.left.following
        await press(pilot, "down", "down")
        assert app.left.following


async def test_wheel_scrolls_and_click_on_more_goes_to_the_end() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.write(lines(60))
        await next_frame(app, pilot)
        end = app.left.scroll_offset.y
        wheel = events.MouseScrollUp(app.left, 5, 5, 0, -1, 0, shift=False, meta=False, ctrl=False)
        app.left.post_message(wheel)
        await settle(pilot)
        assert end - 8 < app.left.scroll_offset.y < end
        assert not app.left.following
        await pilot.click(app.left, offset=(app.left.size.width - 2, 19))
        assert app.left.following
        assert app.left.scroll_offset.y == end


async def test_new_text_causes_no_layout() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        await next_frame(app, pilot)
        before = app.laid_out
        for n in range(50):
            app.left.write(f"line {n}\n")
            await next_frame(app, pilot)
        assert any("line 49" in row for row in screen_text(app.left))
        assert app.laid_out == before


async def test_only_changed_rows_are_painted() -> None:
    class Watched(Transcript):
        """Notes which rows of itself are painted anew."""

        painted: ClassVar[list[Region]] = []

        def refresh(
            self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
        ) -> Self:
            self.painted.extend(regions or [self.size.region])
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    class One(ManualClockApp):
        def compose(self) -> ComposeResult:
            yield Watched(PaneSide.LEFT, frame_clock=self.frame_clock)

    app = One()
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Watched)
        transcript.begin("Count")
        transcript.write("first\n\nsecond")
        await next_frame(app, pilot)
        transcript.painted.clear()
        transcript.write(" and more\n\nthird")
        await next_frame(app, pilot)
        assert {region.y for region in transcript.painted} == {4, 6}


async def test_keys_move_by_message_and_half_page() -> None:
    async with panes() as (app, pilot):
        for n in range(4):
            app.left.begin(f"Question {n}")
            app.left.write(lines(30))
            app.left.end(None, FinishReason.STOP)
        app.left.focus()
        await press(pilot, "left_square_bracket")
        assert screen_text(app.left)[0] == " ▌ Question 3"
        await press(pilot, "left_square_bracket")
        assert screen_text(app.left)[0] == " ▌ Question 2"
        await press(pilot, "right_square_bracket")
        assert screen_text(app.left)[0] == " ▌ Question 3"
        await press(pilot, "home")
        assert screen_text(app.left)[0] == " ▌ Question 0"
        await press(pilot, "ctrl+d")
        assert app.left.scroll_offset.y == 10


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (0, 0, 0, 1), (0, 1, 0, 1)])
@pytest.mark.parametrize("width", [14, 30, 80])
async def test_scrollbar_covers_no_text(width: int, padding: tuple[int, int, int, int]) -> None:
    async with panes(width) as (app, pilot):
        app.left.styles.padding = padding
        await next_frame(app, pilot)
        app.left.begin("x" * 200)
        app.left.write("y" * 900)
        await next_frame(app, pilot)
        bar = app.left.vertical_scrollbar.region.x - app.left.region.x
        lines = app.left.render_lines(Region(0, 0, *app.left.outer_size))
        assert {line.text[bar:].strip() for line in lines} == {""}
        assert any(line.text[:bar].endswith("y") for line in lines)


@pytest.mark.parametrize("follow", [True, False])
async def test_resize_while_streaming_keeps_the_readers_place(follow: bool) -> None:
    async with panes(200, 24) as (app, pilot):
        app.left.begin("Rivers")
        app.left.write("".join(f"Paragraph {n} {'word ' * 40}\n\n" for n in range(40)))
        await next_frame(app, pilot)
        if not follow:
            app.left.focus()
            await press(pilot, "home", *["pagedown"] * 2)
        marks = {row.split()[1] for row in screen_text(app.left) if "Paragraph" in row}
        for width in (120, 60, 31, 8, 4, 2, 1, 90):
            await pilot.resize_terminal(width, 24)
            app.left.write(f"{RICH}\n```py\nx = {width}\n")
            await next_frame(app, pilot)
        app.left.write("```\n\nthe end")
        app.left.end(None, FinishReason.STOP)
        await next_frame(app, pilot)
        rows = screen_text(app.left)
        if follow:
            assert any("the end" in row for row in rows)
        else:
            assert marks & {row.split()[1] for row in rows if row.startswith(" Paragraph")}


async def test_resized_view_equals_one_of_that_size() -> None:
    async with panes(140, 30) as (app, pilot):
        for transcript in (app.left, app.right):
            transcript.begin("Rivers")
        for at in range(0, len(RICH), 9):
            app.left.write(RICH[at : at + 9])
        await pilot.resize_terminal(70, 30)
        await next_frame(app, pilot)
        app.right.write(RICH)
        for transcript in (app.left, app.right):
            transcript.end(None, FinishReason.STOP)
        assert screen_text(app.left) == screen_text(app.right)
