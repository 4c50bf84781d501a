"""The transcript: following, staying put, folding, selecting, resizing, in a real app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar, Self

import pytest
from textual import events, messages
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot

from tests.screens.host import press, settle, until
from tests.widgets.manual_clock import ManualClockApp, next_frame
from tests.widgets.markdown.samples import RICH
from tui.chat.conversation import (
    Answer,
    Exchange,
    FinishReason,
    ModelInfo,
    PaneSide,
    Question,
    Setup,
    Side,
    Usage,
    Weights,
)
from tui.chat.sampling import resolve
from tui.session.events import Signature
from tui.widgets.transcript.highlights import Passages
from tui.widgets.transcript.widget import Transcript

SAMPLING = resolve(seed=1, user={}, catalogue={}, gguf={})
MODEL = ModelInfo(model="m", name="M", weights=Weights(None, "m.gguf", 1, ""))


class Panes(ManualClockApp):
    """Two transcripts side by side; `now` is their clock."""

    CSS = "Transcript { width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.laid_out = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Transcript(PaneSide.LEFT, id="left", frame_clock=self.frame_clock, clock=lambda: self.now)
            yield Transcript(PaneSide.RIGHT, id="right", frame_clock=self.frame_clock, clock=lambda: self.now)

    @property
    def left(self) -> Transcript:
        return self.query_one("#left", Transcript)

    @property
    def right(self) -> Transcript:
        return self.query_one("#right", Transcript)

    def count(self, message: Message) -> None:
        self.laid_out += isinstance(message, messages.Layout)


@asynccontextmanager
async def panes(width: int = 80, height: int = 20) -> AsyncIterator[tuple[Panes, Pilot[None]]]:
    app = Panes()
    async with app.run_test(size=(width, height), message_hook=app.count) as pilot:
        await settle(pilot)
        yield app, pilot


async def mouse(
    pilot: Pilot[None], kind: type[events.MouseEvent], transcript: Transcript, place: tuple[int, int]
) -> None:
    """Lets the app hear of the mouse as from a terminal: it makes a click of what goes down and up in one place."""
    x, y = transcript.region.offset + place
    pilot.app.post_message(kind(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y))
    await settle(pilot)


async def drag(pilot: Pilot[None], transcript: Transcript, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Presses the button at one place and releases it at another."""
    await mouse(pilot, events.MouseDown, transcript, start)
    await mouse(pilot, events.MouseMove, transcript, end)
    await mouse(pilot, events.MouseUp, transcript, end)


def screen_text(transcript: Transcript) -> list[str]:
    return [transcript.render_line(y).text.rstrip() for y in range(transcript.size.height)]


def backgrounds(transcript: Transcript) -> set[str]:
    strips = [transcript.render_line(y) for y in range(transcript.size.height)]
    return {str(segment.style.bgcolor) for strip in strips for segment in strip if segment.style}


def lines(count: int, first: int = 0) -> str:
    return "".join(f"line {n}\n" for n in range(first, first + count))


def exchange(question: str, text: str = "", thinking: str = "") -> Exchange:
    """A question to the left side and its answer, as the archive has them."""
    answer = Answer(
        model=MODEL,
        setup=Setup(sampling=SAMPLING, max_tokens=9),
        text=text or f"Answer {question}.",
        thinking=thinking,
        finish_reason=FinishReason.STOP,
    )
    return Exchange(Question(question, datetime(2025, 1, 1, tzinfo=UTC)), {Side.LEFT: answer})


async def test_a_question_and_its_answer_stand_under_each_other() -> None:
    async with panes() as (app, _):
        app.left.begin("Name\na river.")
        app.left.write("The **Nile**.")
        app.left.end(None, FinishReason.STOP)
        assert screen_text(app.left)[:5] == [" ▌ Name", " ▌ a river.", "", " The Nile.", ""]
        assert set(screen_text(app.right)) == {""}


async def test_waiting_is_said_until_there_is_text() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.waiting("reading the prompt 120/400")
        await next_frame(app, pilot)
        assert " reading the prompt 120/400" in screen_text(app.left)
        app.left.write("Hello")
        await next_frame(app, pilot)
        assert screen_text(app.left)[:4] == [" ▌ Hi", "", " Hello", ""]


async def test_the_end_is_followed_and_never_lost() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        for n in range(60):
            app.left.write(f"line {n}\n")
            if n % 20 == 0:
                await next_frame(app, pilot)
                assert any(f"line {n}" in row for row in screen_text(app.left))
        app.left.end("stopped early", FinishReason.STOPPED)
        assert screen_text(app.left)[-3:] == [" line 59", "", " stopped early"]


async def test_scrolled_up_the_view_stays_put_while_text_streams_in() -> None:
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


async def test_a_question_that_need_not_be_seen_leaves_the_view_where_it_is() -> None:
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


async def test_the_wheel_scrolls_and_a_click_on_the_mark_goes_to_the_end() -> None:
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


async def test_growing_lays_nothing_out() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Count")
        await next_frame(app, pilot)
        before = app.laid_out
        for n in range(50):
            app.left.write(f"line {n}\n")
            await next_frame(app, pilot)
        assert any("line 49" in row for row in screen_text(app.left))
        assert app.laid_out == before


async def test_only_the_rows_that_change_are_painted() -> None:
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


async def test_thinking_is_folded_under_a_line_that_counts() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Why")
        app.left.think("because\n\nof *this*")
        await next_frame(app, pilot)
        assert " ▸ thinking… 0 s" in screen_text(app.left)
        app.now = 3.2
        await until(pilot, lambda: app.frame_clock.is_waited_for)
        await next_frame(app, pilot)
        assert " ▸ thinking… 3 s" in screen_text(app.left)
        app.left.write("So.")
        app.now = 9.0
        app.left.end(None, FinishReason.STOP)
        assert screen_text(app.left)[:5] == [" ▌ Why", "", " ▸ thought for 3.2 s", "", " So."]


async def test_a_click_and_enter_unfold_one_and_the_call_all() -> None:
    async with panes() as (app, pilot):
        for n in range(2):
            app.left.begin(f"Why {n}")
            app.left.think(f"reason {n}")
            app.left.write("So.")
            app.left.end(None, FinishReason.STOP, 65_000)
        row = screen_text(app.left).index(" ▸ thought for 1 min 5 s")
        await pilot.click(app.left, offset=(5, row))
        assert ["   reason 0" in screen_text(app.left), "   reason 1" in screen_text(app.left)] == [True, False]
        app.left.focus()
        await press(pilot, "enter")
        assert "   reason 1" in screen_text(app.left)
        app.left.toggle_thinking()
        assert not any("reason" in row for row in screen_text(app.left))


async def test_unfolding_keeps_what_the_reader_looks_at() -> None:
    async with panes() as (app, pilot):
        for n in range(3):
            app.left.begin(f"Question {n}")
            app.left.think(lines(30))
            app.left.write(lines(30))
            app.left.end(None, FinishReason.STOP)
        app.left.focus()
        await press(pilot, "left_square_bracket", "left_square_bracket")
        row = screen_text(app.left).index(" ▸ thought for 0.0 s")
        await pilot.click(app.left, offset=(3, row))
        assert screen_text(app.left)[0] == " ▌ Question 1"
        assert screen_text(app.left)[row + 1] == "   line 0"
        await press(pilot, "right_square_bracket")
        assert screen_text(app.left)[0] == " ▌ Question 2"
        app.left.toggle_thinking()
        assert screen_text(app.left)[0] == " ▌ Question 2"


async def test_unfolding_at_the_end_shows_the_thinking_and_folding_follows_again() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Why")
        app.left.think(lines(50))
        app.left.write("So.")
        await next_frame(app, pilot)
        await pilot.click(app.left, offset=(3, 2))
        assert screen_text(app.left)[2:4] == [" ▾ thought for 0.0 s", "   line 0"]
        assert not app.left.following
        await pilot.click(app.left, offset=(3, 2))
        assert app.left.following


async def test_an_answer_can_turn_out_to_be_thinking() -> None:
    async with panes() as (app, _):
        app.left.begin("Why")
        app.left.write("let me think")
        app.left.recast()
        app.left.write("So.")
        app.left.end(None, FinishReason.STOP, 1000)
        assert app.left.answer_text() == "So."
        assert screen_text(app.left)[2:5] == [" ▸ thought for 1.0 s", "", " So."]


async def test_a_failure_is_said_in_the_pane_with_what_there_was() -> None:
    async with panes() as (app, _):
        app.left.begin("Hi")
        app.left.write("I was ab")
        app.left.end("The model's process ended [/x]. Press Ctrl+R.", FinishReason.FAILED)
        text = " ".join(" ".join(screen_text(app.left)).split())
        assert "I was ab The model's process ended [/x]. Press Ctrl+R." in text


async def test_a_selection_stays_in_its_pane_and_joins_what_was_wrapped() -> None:
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


async def test_the_view_stands_still_while_the_button_is_held_and_then_follows_on() -> None:
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


async def test_a_view_that_was_scrolled_while_the_button_is_held_stays_there() -> None:
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


async def test_a_click_is_meant_for_what_stood_under_the_pointer() -> None:
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


async def test_what_ends_a_selection_is_no_click() -> None:
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


async def test_a_selection_starts_and_ends_at_whole_characters() -> None:
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


async def select(pilot: Pilot[None], transcript: Transcript, words: str) -> None:
    """Selects the row that says `words`."""
    y = screen_text(transcript).index(f" {words}")
    await drag(pilot, transcript, (1, y), (30, y))
    assert pilot.app.screen.get_selected_text() == words


async def test_a_selection_goes_when_rows_come_in_above_it_and_stays_when_they_do_below() -> None:
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


async def test_a_selection_in_a_paragraph_that_grows_stays_until_it_is_wrapped_anew() -> None:
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


async def test_what_is_being_selected_goes_when_rows_come_in_above_where_it_began() -> None:
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


async def test_a_selection_never_moves_onto_other_text_as_what_stands_above_is_laid_out() -> None:
    async with panes() as (app, pilot):
        app.left.show([exchange(f"{n}", RICH) for n in range(20)] + [exchange("last")])
        await select(pilot, app.left, "Answer last.")
        await until(pilot, lambda: app.left.column.unsettled() is None)
        assert app.screen.get_selected_text() in (None, "Answer last.")


async def test_two_clicks_take_a_word_and_three_a_line() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.write("some words here")
        await next_frame(app, pilot)
        await pilot.click(app.left, offset=(8, 2), times=2)
        assert app.screen.get_selected_text() == "words"
        await pilot.click(app.left, offset=(8, 2), times=3)
        assert app.screen.get_selected_text() == "some words here"


async def test_padding_stands_in_for_the_margin_and_moves_the_pointer_along() -> None:
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


async def test_answers_and_code_are_copied_raw() -> None:
    async with panes() as (app, _):
        app.left.begin("Hi")
        app.left.write(RICH)
        app.left.end(None, FinishReason.STOP)
        app.left.begin("Again")
        assert app.left.answer_text(-2) == RICH
        assert app.left.answer_text() == ""
        assert app.left.answer_text(-3) == ""
        assert app.left.code_block().startswith("def longest(")


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (0, 0, 0, 1), (0, 1, 0, 1)])
@pytest.mark.parametrize("width", [14, 30, 80])
async def test_the_scrollbar_stands_on_no_text(width: int, padding: tuple[int, int, int, int]) -> None:
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
async def test_resizing_in_mid_stream_never_fails_and_keeps_the_place(follow: bool) -> None:
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


async def test_after_a_resize_it_looks_as_if_it_had_always_been_so() -> None:
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


async def test_light_and_dark_draw_anew() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.write("# Title\n\n```py\nx = 1\n```\n")
        app.left.end(None, FinishReason.STOP)
        dark = backgrounds(app.left)
        app.theme = "textual-light"
        await next_frame(app, pilot)
        assert not backgrounds(app.left) & dark


async def test_what_is_out_of_sight_as_the_theme_changes_is_drawn_anew_when_it_comes_back() -> None:
    code = "```py\nx = 1\n```\n"
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.think(code)
        app.left.write(code)
        app.left.end(None, FinishReason.STOP, 1000)
        app.left.toggle_thinking()
        await next_frame(app, pilot)
        dark = backgrounds(app.left)
        app.left.toggle_thinking()
        app.left.begin_again()
        app.theme = "textual-light"
        await next_frame(app, pilot)
        app.left.withdraw("Not asked.")
        app.left.toggle_thinking()
        await next_frame(app, pilot)
        assert screen_text(app.left)[2:8] == [" ▾ thought for 1.0 s", "    py", "    x = 1", "", "  py", "  x = 1"]
        assert not backgrounds(app.left) & dark


async def test_a_restored_conversation_shows_this_sides_part() -> None:
    setup = Setup(sampling=SAMPLING, max_tokens=9)
    usage = Usage(
        prompt_tokens=1, reused_tokens=0, completion_tokens=2, started_ms=0, ended_ms=9, threads=1, thinking_ms=1500
    )
    answer = Answer(
        model=MODEL, setup=setup, text="*Hello*", thinking="hm", finish_reason=FinishReason.STOP, usage=usage
    )
    cut = Answer(model=MODEL, setup=setup, text="Hel", finish_reason=None)
    when = datetime(2025, 1, 1, tzinfo=UTC)
    exchanges = [
        Exchange(Question("Hi", when), {Side.LEFT: answer}),
        Exchange(Question("Right only", when, (Side.RIGHT,)), {}),
        Exchange(Question("Again", when), {Side.LEFT: cut}),
    ]
    async with panes() as (app, _):
        app.left.show(exchanges)
        assert [row for row in screen_text(app.left) if row] == [
            " ▌ Hi", " ▸ thought for 1.5 s", " Hello", " ▌ Again", " Hel", " interrupted",
        ]  # fmt: skip
        app.left.show([])
        assert set(screen_text(app.left)) == {""}


async def test_hostile_text_reaches_the_screen_inert() -> None:
    hostile = (
        "\x1b]0;title\x07\x1b[2J\x9b31m\u202e[@click=app.quit]x[/] &#x1b;]52;c;eA==&#7;\r\n```\x1b[31m\n\x1b]8;;x\x07\n"
    )
    async with panes(200, 40) as (app, pilot):
        app.left.begin(hostile)
        app.left.think(hostile)
        app.left.toggle_thinking()
        for character in hostile:
            app.left.write(character)
        app.left.end(hostile, FinishReason.FAILED)
        await next_frame(app, pilot)
        shown = "".join(screen_text(app.left))
        assert "[@click=app.quit]x[/]" in shown
        assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)


async def test_an_endless_answer_is_cut_with_a_notice() -> None:
    async with panes() as (app, _):
        app.left.begin("Go")
        app.left.write("x" * 1_000_000)
        app.left.end(None, FinishReason.LENGTH)
        text = " ".join(" ".join(screen_text(app.left)[-6:]).split())
        assert "Only the first 400,000 characters are shown" in text
        assert text.endswith("reached its limit")
        assert len(app.left.answer_text()) == 1_000_000


async def test_what_was_not_asked_after_all_has_no_place_among_what_was() -> None:
    async with panes() as (app, pilot):
        app.left.begin("One")
        app.left.write("first")
        app.left.end(None, FinishReason.STOP)
        app.left.begin("Two")
        app.left.waiting("reading…")
        app.left.withdraw("Not asked.")
        await next_frame(app, pilot)
        assert " Not asked." in screen_text(app.left)
        assert app.left.answer_text() == "first"
        assert app.left.highlight(Passages("first", ((0, 5),), ((0, 5),)))
        app.left.highlight(None)
        app.left.begin_again()
        app.left.withdraw("Not asked.")
        await next_frame(app, pilot)
        assert [row.strip() for row in screen_text(app.left) if row] == ["▌ One", "first"]
        app.left.begin("Three")
        assert app.left.answer_text(0) == "first"
        assert app.left.whole_text().count("Two") == 0
