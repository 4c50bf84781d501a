"""What stands behind two answers: both prompts, all conditions, and a line when the pair is unfair."""

import asyncio
from dataclasses import replace

import pytest

from tests.screens.conftest import MakeDuo, MakeHost
from tests.screens.host import Host, press, screen_text, states, until
from tests.scripted import LOADED, Hold, ScriptedEngine
from tui.archive.store import Archive
from tui.screens.compare.conditions import ConditionsScreen
from tui.screens.compare.screen import CompareScreen
from tui.widgets.vote_bar import JudgeBar

CHATML = "<|system|>\nYou are Bee.\n<|user|>\n{}\n<|assistant|>\n"
EVIL = "[/x] [@click=app.quit]q[/] \x1b]52;c;aGk=\x07"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_both_prompts_are_shown_with_what_the_templates_added(
    make_duo: MakeDuo, host: MakeHost, size: tuple[int, int]
) -> None:
    plain = replace(LOADED, template_sha256="")
    left, right = ScriptedEngine(template="User: {}", loaded=plain), ScriptedEngine(template=CHATML + EVIL)
    app = host(make_duo(left, right))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Hi!", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f1")
        await until(pilot, lambda: "You are Bee." in screen_text(app))
        text = screen_text(app)
        assert "User: Hi!" in text
        assert "no template: plain text" in text
        assert "10 tokens, 0 reused · turns left out: none" in text
        assert "template abababababab" in text
        assert "[/x] [@click=app.quit]q[/] ␛]52;c;aGk=␇" in text
        assert [content_style(app, "Hi!"), content_style(app, "You are Bee.")] == [True, False]
        await pilot.press("right")
        await until(pilot, lambda: "0.8 (default)" in screen_text(app))
        assert "You are Bee." not in screen_text(app)
        await pilot.press("end")
        await until(pilot, lambda: "scripted 1" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))


def content_style(app: Host, text: str) -> bool:
    """Whether `text` is bold where it stands last on the screen."""
    found = [
        segment.style.bold
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if text in segment.text and segment.style is not None
    ]
    return bool(found[-1])


async def test_there_is_nothing_to_see_before_the_first_question(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(), ScriptedEngine()))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("shift+f1")
        await until(pilot, lambda: "No model has read anything yet" in screen_text(app))


async def test_a_side_that_was_not_asked_and_a_prompt_from_before_say_so(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(template="L {}"), ScriptedEngine(template="R {}")))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await press(pilot, "tab", *"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "ready"])
        await pilot.press("shift+f1")
        await until(pilot, lambda: "L Go" in screen_text(app))
        assert "The question was not put to this side." in screen_text(app)
    resumed = archive.conversation(archive.latest_id() or 0)
    app = host(make_duo(ScriptedEngine(), ScriptedEngine(), conversation=resumed))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press("shift+f1")
        await until(pilot, lambda: "Not known" in screen_text(app))


async def test_an_unfair_pair_says_so_in_a_line_until_a_fair_one_comes(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    app = host(make_duo(ScriptedEngine(["so far", Hold(gate)], ["All."]), ScriptedEngine()))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "done"])
        assert "was stopped" not in screen_text(app)
        await pilot.press("f8")
        await until(pilot, lambda: "Only the left answer was stopped.  Shift+F1 tells all" in screen_text(app))
        await pilot.press(*"On", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await until(pilot, lambda: "was stopped" not in screen_text(app))


async def test_more_than_one_reason_is_counted_and_told_in_full(make_duo: MakeDuo, host: MakeHost) -> None:
    short = replace(LOADED, context=512)
    app = host(make_duo(ScriptedEngine(["so far", Hold(asyncio.Event())], loaded=short), ScriptedEngine()))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "done"])
        await pilot.press("f8")
        await until(pilot, lambda: "4,096 on the right. And 1 more." in screen_text(app))
        await press(pilot, "shift+f1", "right")
        await until(pilot, lambda: "Only the left answer was stopped." in screen_text(app))
        assert isinstance(app.screen, ConditionsScreen)


async def test_before_a_blind_vote_it_is_not_said_who_was_favored(make_duo: MakeDuo, host: MakeHost) -> None:
    short = replace(LOADED, context=512)
    duo = make_duo(ScriptedEngine(["One."], loaded=short, template="L {}"), ScriptedEngine(["Two."]))
    app = host(duo, blind=True)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: "These two answers were not given under the same" in screen_text(app))
        assert "512" not in screen_text(app)
        await pilot.press("shift+f1")
        await until(pilot, lambda: "That would tell which model is which" in screen_text(app))
        assert isinstance(app.screen, CompareScreen)


async def test_prompts_that_hold_answers_without_a_name_are_not_shown_before_it_is_told(
    make_duo: MakeDuo, host: MakeHost
) -> None:
    engines = [ScriptedEngine([f"From the {name}."], template=f"{name} read: {{}}") for name in ("ant", "bee")]
    app = host(make_duo(*engines), blind=True)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Blind", "enter")
        await until(pilot, lambda: app.screen.query_one(JudgeBar).has_focus)
        await press(pilot, "escape", "shift+f12", *"Open", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f1")
        await until(pilot, lambda: "The prompts hold earlier answers" in screen_text(app))
        assert [*app._notifications][-1].message.endswith("F12, then R, shows all names.")
        assert isinstance(app.screen, CompareScreen)
        assert screen_text(app).count("— ") == 2, "whose the answers to the first question are is not told"
        await press(pilot, "f12", "r", "escape", "shift+f1")
        await until(pilot, lambda: "ant read: Open" in screen_text(app) and "bee read: Open" in screen_text(app))
