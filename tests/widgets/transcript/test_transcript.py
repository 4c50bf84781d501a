"""The transcript: questions, answers, thinking, and what is restored."""

from datetime import UTC, datetime

from tests.screens.host import press, until
from tests.widgets.manual_clock import next_frame
from tests.widgets.markdown.samples import RICH
from tests.widgets.transcript.panes import MODEL, SAMPLING, backgrounds, lines, panes, screen_text
from tui.chat.conversation import (
    Answer,
    Exchange,
    FinishReason,
    Question,
    Setup,
    Side,
    Usage,
)
from tui.widgets.transcript.highlights import Passages


async def test_answer_is_below_its_question() -> None:
    async with panes() as (app, _):
        app.left.begin("Name\na river.")
        app.left.write("The **Nile**.")
        app.left.end(None, FinishReason.STOP)
        assert screen_text(app.left)[:5] == [" ▌ Name", " ▌ a river.", "", " The Nile.", ""]
        assert set(screen_text(app.right)) == {""}


async def test_waiting_label_is_shown_until_there_is_text() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.waiting("reading the prompt 120/400")
        await next_frame(app, pilot)
        assert " reading the prompt 120/400" in screen_text(app.left)
        app.left.write("Hello")
        await next_frame(app, pilot)
        assert screen_text(app.left)[:4] == [" ▌ Hi", "", " Hello", ""]


async def test_thinking_is_folded_under_a_line_that_counts_seconds() -> None:
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


async def test_click_and_enter_unfold_one_answer_and_toggle_all() -> None:
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


async def test_unfolding_keeps_the_readers_place() -> None:
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


async def test_unfolding_at_the_end_stops_following_and_folding_follows_again() -> None:
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


async def test_answer_can_turn_into_thinking() -> None:
    async with panes() as (app, _):
        app.left.begin("Why")
        app.left.write("let me think")
        app.left.recast()
        app.left.write("So.")
        app.left.end(None, FinishReason.STOP, 1000)
        assert app.left.answer_text() == "So."
        assert screen_text(app.left)[2:5] == [" ▸ thought for 1.0 s", "", " So."]


async def test_failure_is_shown_below_the_partial_answer() -> None:
    async with panes() as (app, _):
        app.left.begin("Hi")
        app.left.write("I was ab")
        app.left.end("The model's process ended [/x]. Press Ctrl+R.", FinishReason.FAILED)
        text = " ".join(" ".join(screen_text(app.left)).split())
        assert "I was ab The model's process ended [/x]. Press Ctrl+R." in text


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


async def test_theme_change_repaints() -> None:
    async with panes() as (app, pilot):
        app.left.begin("Hi")
        app.left.write("# Title\n\n```py\nx = 1\n```\n")
        app.left.end(None, FinishReason.STOP)
        dark = backgrounds(app.left)
        app.theme = "textual-light"
        await next_frame(app, pilot)
        assert not backgrounds(app.left) & dark


async def test_theme_change_repaints_hidden_text_when_it_is_shown_again() -> None:
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


async def test_restored_conversation_shows_this_sides_answers() -> None:
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


async def test_control_characters_are_shown_and_not_executed() -> None:
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


async def test_very_long_answer_is_cut_with_a_notice() -> None:
    async with panes() as (app, _):
        app.left.begin("Go")
        app.left.write("x" * 1_000_000)
        app.left.end(None, FinishReason.LENGTH)
        text = " ".join(" ".join(screen_text(app.left)[-6:]).split())
        assert "Only the first 400,000 characters are shown" in text
        assert text.endswith("reached its limit")
        assert len(app.left.answer_text()) == 1_000_000


async def test_withdrawn_question_does_not_count() -> None:
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
