"""Selecting text of a transcript with the mouse, and clicks."""

from textual import events
from textual.geometry import Region

from tests.screens.host import press, settle, until
from tests.widgets.manual_clock import next_frame
from tests.widgets.markdown.samples import RICH
from tests.widgets.transcript.panes import drag, exchange, lines, mouse, panes, screen_text, select
from tui.chat.conversation import (
    FinishReason,
)
from tui.session.events import Signature


async def test_selection_stays_in_its_pane_and_joins_wrapped_lines() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.write("one two three four five six seven eight nine ten eleven\n\n- twelve\n- thirteen\n")
        app.right.begin("Hi")
        app.right.write("not mine")
        await next_frame(app, pilot)
        await pilot.mouse_down(app.left, offset=(1, 2))
        await pilot.hover(app.right, offset=(20, 6))
        await pilot.mouse_up(app.right, offset=(20, 6))
        assert app.screen.get_selected_text() == (
            "one two three four five six seven eight nine ten eleven\n\ntwelve\nthirteen"
        )


async def test_view_stays_while_the_button_is_down_and_follows_afterwards() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.write(lines(59))
        await next_frame(app, pilot)
        before = [row for row in screen_text(app.left) if row]
        await mouse(pilot, events.MouseDown, app.left, (1, 3))
        await mouse(pilot, events.MouseMove, app.left, (5, 4))
        selected = app.screen.get_selected_text()
        app.left.write(lines(30, 59))
        await next_frame(app, pilot)
        app.left.end(None, FinishReason.STOP)
        await settle(pilot)
        assert screen_text(app.left)[: len(before)] == before
        await mouse(pilot, events.MouseMove, app.left, (5, 4))
        assert app.screen.get_selected_text() == selected
        await mouse(pilot, events.MouseUp, app.left, (5, 4))
        assert app.left.following
        assert screen_text(app.left)[-1] == " line 88"
        assert app.screen.get_selected_text() == selected


async def test_view_scrolled_while_the_button_is_down_stays() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.write(lines(60))
        await next_frame(app, pilot)
        await mouse(pilot, events.MouseDown, app.left, (1, 3))
        app.left.focus()
        await press(pilot, "pageup")
        before = screen_text(app.left)
        await mouse(pilot, events.MouseUp, app.left, (1, 3))
        app.left.write(lines(30, 60))
        await next_frame(app, pilot)
        assert not app.left.following
        assert screen_text(app.left) == before


async def test_click_acts_on_the_row_that_was_under_the_pointer() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.think("because")
        app.left.write(lines(14))
        await next_frame(app, pilot)
        row = screen_text(app.left).index(" ▸ thought for 0.0 s")
        await mouse(pilot, events.MouseDown, app.left, (3, row))
        app.left.write(lines(9, 14))
        await next_frame(app, pilot)
        await mouse(pilot, events.MouseUp, app.left, (3, row))
        assert screen_text(app.left)[row : row + 2] == [" ▾ thought for 0.0 s", "   because"]


async def test_end_of_a_selection_is_not_a_click() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Why")
        app.left.think("because")
        app.left.write("So.")
        app.left.end(None, FinishReason.STOP, 1000)
        row = screen_text(app.left).index(" ▸ thought for 1.0 s")
        await drag(pilot, app.left, (3, row + 2), (1, row))
        assert app.screen.get_selected_text() == "▸ thought for 1.0 s\n\nSo."
        assert "   because" not in screen_text(app.left)
        await drag(pilot, app.left, (3, row), (3, row))
        assert app.screen.get_selected_text() is None
        assert "   because" in screen_text(app.left)


async def test_selection_starts_and_ends_at_whole_characters() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.write("长江是e\u0301条河")
        await next_frame(app, pilot)
        await pilot.mouse_down(app.left, offset=(4, 2))
        await pilot.hover(app.left, offset=(7, 2))
        await pilot.mouse_up(app.left, offset=(7, 2))
        assert app.screen.get_selected_text() == "江是e\u0301"
        marked = [segment for segment in app.left.render_line(2) if segment.text == "江是e\u0301"]
        assert marked[0].style is not None
        assert marked[0].style.color != marked[0].style.bgcolor


async def test_new_rows_above_drop_a_selection_and_rows_below_keep_it() -> None:
    async with panes(height=40) as (app, pilot):
        app.left.show([exchange("one"), exchange("two")])
        await select(pilot, app.left, "Answer two.")
        app.left.sign({1: Signature("Ant", None)})
        assert app.screen.get_selected_text() == "Answer two."
        app.left.sign({0: Signature("Ant", None)})
        assert app.screen.get_selected_text() is None
        await select(pilot, app.left, "Answer one.")
        app.left.retell(1, exchange("two", thinking="hm"))
        app.left.begin("three")
        assert app.screen.get_selected_text() == "Answer one."
        app.left.retell(0, exchange("one", thinking="hm"))
        assert app.screen.get_selected_text() is None


async def test_selection_in_a_growing_paragraph_stays_until_it_wraps_differently() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        app.left.write("one two three four five six seven eig")
        await next_frame(app, pilot)
        await drag(pilot, app.left, (1, 2), (30, 9))
        app.left.write("h")
        await next_frame(app, pilot)
        assert app.screen.get_selected_text() == "one two three four five six seven eig"
        app.left.write("ht nine ten")
        await next_frame(app, pilot)
        assert "eight" not in screen_text(app.left)[2]
        assert app.screen.get_selected_text() is None


async def test_new_rows_above_drop_a_selection_in_progress() -> None:
    async with panes(height=40) as (app, pilot):
        app.left.show([exchange("one"), exchange("two")])
        y = screen_text(app.left).index(" Answer two.")
        await mouse(pilot, events.MouseDown, app.left, (1, y))
        await mouse(pilot, events.MouseMove, app.left, (8, y))
        app.left.sign({1: Signature("Ant", None)})
        assert app.screen.get_selected_text() == "Answer t"
        app.left.sign({0: Signature("Ant", None)})
        await mouse(pilot, events.MouseMove, app.left, (9, y))
        await mouse(pilot, events.MouseUp, app.left, (9, y))
        assert app.screen.get_selected_text() is None


async def test_selection_never_moves_to_other_text_during_layout() -> None:
    async with panes() as (app, pilot):
        app.left.show([exchange(f"{n}", RICH) for n in range(20)] + [exchange("last")])
        await select(pilot, app.left, "Answer last.")
        await until(pilot, lambda: app.left.column.unsettled() is None)
        assert app.screen.get_selected_text() in (None, "Answer last.")


async def test_two_clicks_select_a_word_and_three_a_line() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.write("some words here")
        await next_frame(app, pilot)
        await pilot.click(app.left, offset=(8, 2), times=2)
        assert app.screen.get_selected_text() == "words"
        await pilot.click(app.left, offset=(8, 2), times=3)
        assert app.screen.get_selected_text() == "some words here"


async def test_padding_replaces_the_margin_and_shifts_the_pointer() -> None:
    async with panes() as (app, pilot):
        app.left.styles.padding = (0, 2)
        await next_frame(app, pilot)
        app.left.begin("Hi")
        app.left.write("some words here")
        await next_frame(app, pilot)
        region = Region(0, 0, *app.left.outer_size)
        assert app.left.render_lines(region)[2].text.rstrip()[:18] == "  some words here"
        assert {line.cell_length for line in app.left.render_lines(region)} == {region.width}
        await pilot.click(app.left, offset=(8, 2), times=2)
        assert app.screen.get_selected_text() == "words"
