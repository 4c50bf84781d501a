"""The way through where two answers part: marked in both panes, told in a line, one fact after the other."""

import asyncio

from tests.screens.conftest import MakeDuo, MakeHost
from tests.screens.host import Host, press, screen_text, states, until
from tests.scripted import Hold, ScriptedEngine
from tui.chat.conversation import Side
from tui.widgets.prompt import Prompt
from tui.widgets.transcript.widget import Transcript

NILE = "The **Nile** is 6,650 km long."
AMAZON = "The Nile is 6,400 km long, said Ant on 3 May 1998."


def marks(app: Host, name: str) -> list[str]:
    """What is painted in the component style `name`, left pane first."""
    found = []
    for side in Side:
        view = app.screen.query_one(f"#{side} Transcript", Transcript)
        style = view.get_component_rich_style(f"transcript--{name}")
        for y in range(view.size.height):
            found += [
                segment.text
                for segment in view.render_line(y)
                if segment.style is not None and segment.style.bgcolor == style.bgcolor
            ]
    return found


async def test_every_fact_on_one_side_is_marked_and_told(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine([NILE]), ScriptedEngine([AMAZON])))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"How long?", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "quantity 6,400 km only on the right (1 of 4)" in screen_text(app))
        assert (marks(app, "here"), marks(app, "found")) == (["6,400 km"], ["6,650 km", "Ant", "3 May 1998"])
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "quantity 6,650 km only on the left (2 of 4)" in screen_text(app))
        assert marks(app, "here") == ["6,650 km"]
        await press(pilot, "ctrl+f", "ctrl+f", "ctrl+f")
        await until(pilot, lambda: "(1 of 4)" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "only on the" not in screen_text(app))
        assert marks(app, "here") + marks(app, "found") == []


async def test_a_fact_that_is_out_of_view_comes_into_it(make_duo: MakeDuo, host: MakeHost) -> None:
    long = "First 1,234 apples.\n\n" + "\n\n".join("Nothing here." for _ in range(60)) + "\n\nThen 99 pears."
    app = host(make_duo(ScriptedEngine([long]), ScriptedEngine(["None."])))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Count", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await until(pilot, lambda: "Then 99 pears." in screen_text(app))
        await pilot.press("ctrl+f")
        await until(pilot, lambda: marks(app, "here") == ["1,234"])
        await pilot.press("ctrl+f")
        await until(pilot, lambda: marks(app, "here") == ["99"])
        await pilot.resize_terminal(100, 24)
        await until(pilot, lambda: marks(app, "here") == ["99"])


async def test_in_a_narrow_terminal_the_side_of_the_fact_is_shown(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(["One has 12."]), ScriptedEngine(["The other one has 345."])))
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "number 12 only on the left" in screen_text(app))
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "number 345 only on the right" in screen_text(app))
        await until(pilot, lambda: marks(app, "here") == ["345"])
        assert "The other one has" in screen_text(app)


async def test_nothing_to_point_out_is_told(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    app = host(make_duo(ScriptedEngine(["Same.", Hold(gate)]), ScriptedEngine(["Same."])))
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "done"])
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "no two whole answers to the last question yet" in screen_text(app))
        gate.set()
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "stands on one side only." in screen_text(app))


async def test_another_question_or_answer_ends_it(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine([NILE], ["It is 5 km."]), ScriptedEngine([AMAZON])))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"How long?", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "(1 of 4)" in screen_text(app))
        await pilot.press("shift+f8")
        await until(pilot, lambda: "It is 5 km." in screen_text(app) and states(app) == ["done", "done"])
        assert "only on the" not in screen_text(app)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "name Nile only on the right (1 of 5)" in screen_text(app))
        assert app.screen.query_one(Prompt).has_focus


async def test_before_a_blind_vote_only_what_is_shown_is_compared(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine([NILE]), ScriptedEngine(["I am Bee 2B: 6,650 km."])), blind=True)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"How long?", "enter")
        await until(pilot, lambda: states(app) == ["answered", "answered"])
        await press(pilot, "escape", "ctrl+f")
        await until(pilot, lambda: "only on" in screen_text(app) or "on one side only" in screen_text(app))
        assert "Bee" not in screen_text(app)
