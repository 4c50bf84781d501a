"""The view of surprise on the main screen: what it tells, how it ends, and when it is not to be had."""

import asyncio

import pytest
from textual.pilot import Pilot

from tests.screens.conftest import ANT, MakeDuo, MakeHost, model
from tests.screens.host import Host, press, screen_text, session, until
from tests.scripted import Death, Hold, ScriptedEngine
from tui.chat.conversation import Side
from tui.screens.compare.screen import CompareScreen
from tui.widgets.status import Status

EVIL = "[/x] [@click=app.quit]q[/] \x1b]52;c;aGk=\x07 ünde"


def states(app: Host) -> list[str]:
    return [app.screen_stack[1].query_one(f"#{side} Status", Status).view.state for side in Side]


def read(app: Host) -> bool:
    """Whether the figures are there."""
    return bool(app.screen.query("SurpriseScreen Grid"))


def shown(app: Host) -> str:
    """What the screen shows, without frames and line ends."""
    return " ".join(screen_text(app).replace("│", " ").split())


async def ask(app: Host, pilot: Pilot[None]) -> None:
    """Asks both, and waits until both are done and the talk has heard of it."""
    await until(pilot, lambda: states(app) == ["ready", "ready"])
    await pilot.press(*"Go", "enter")
    await until(pilot, lambda: states(app) == ["done", "done"] and not session(app).busy)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_both_are_shown_what_they_make_of_both_answers(
    make_duo: MakeDuo, host: MakeHost, size: tuple[int, int]
) -> None:
    app = host(make_duo(ScriptedEngine(["a cat"]), ScriptedEngine(["猫 and counterrevolutionaries"])))
    async with app.run_test(size=size) as pilot:
        await ask(app, pilot)
        await pilot.press("shift+f4")
        await until(pilot, lambda: read(app))
        text = shown(app)
        assert "Ant 1B wrote Bee 2B wrote" in text
        assert "Ant 1B read 1.443 1.443 Bee 2B read 1.443 1.443" in text
        assert "Ant 1B wrote, Bee 2B read: a cat most surprising (bits): cat 4.3 · a 1.4" in text
        assert (
            "read: 猫 and counterrevolutionaries most surprising (bits): counterrevolutionaries 31.7 · 猫 4.3" in text
        )
        assert {word: marked(app, word) for word in ("a", "cat", "猫", "and", "counterrevolutionaries")} == {
            "a": 0,
            "cat": 1,
            "猫": 1,
            "and": 1,
            "counterrevolutionaries": 3,
        }
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))


def marked(app: Host, word: str) -> int:
    """Which mark of the legend `word` bears where it stands last on the screen, 1 the faintest; 0 for none."""
    parts = [part for strip in app.screen._compositor.render_strips() for part in strip if part.style is not None]
    colors = {part.text.strip(): part.style.bgcolor for part in parts if part.style is not None}
    marks = [colors[f"1 in {odds}"] for odds in ("16", "256", "4,096")]
    return marks.index(colors[word]) + 1 if colors[word] in marks else 0


async def test_names_and_answers_are_shown_as_they_are(make_duo: MakeDuo, host: MakeHost) -> None:
    hostile = model("x", "[bold]X[/x] \x1b[2J")
    app = host(make_duo(ScriptedEngine([EVIL]), ScriptedEngine(["b"]), models=(hostile, hostile)))
    async with app.run_test(size=(120, 40)) as pilot:
        await ask(app, pilot)
        await pilot.press("shift+f4")
        await until(pilot, lambda: read(app))
        text = shown(app)
        assert "[bold]X[/x] ␛[2J (left) wrote" in text
        assert "[/x] [@click=app.quit]q[/] ␛]52;c;aGk=␇ ünde" in text


async def test_escape_stops_the_reading_and_both_can_be_asked_again(make_duo: MakeDuo, host: MakeHost) -> None:
    left = ScriptedEngine(["one"], reading=[Hold(asyncio.Event())])
    duo = make_duo(left, ScriptedEngine(["two"]))
    app = host(duo)
    async with app.run_test(size=(100, 30)) as pilot:
        await ask(app, pilot)
        await pilot.press("shift+f4")
        await until(pilot, lambda: "Bee 2B reads its own answer: 3 of 3 tokens" in shown(app))
        assert duo.answering == {Side.LEFT}
        assert "Ant 1B reads…" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        assert not duo.answering
        await pilot.press(*"On", "enter")
        await until(pilot, lambda: len(left.heard) == 2)


async def test_the_program_may_end_while_both_read(make_duo: MakeDuo, host: MakeHost) -> None:
    engines = [ScriptedEngine(reading=[Hold(asyncio.Event())]) for _ in Side]
    duo = make_duo(*engines)
    app = host(duo)
    async with app.run_test(size=(100, 30)) as pilot:
        await ask(app, pilot)
        await pilot.press("shift+f4")
        await until(pilot, lambda: len(duo.answering) == 2)
    assert not duo.answering
    assert all(engine.closed for engine in engines)


async def test_a_side_that_fails_says_its_sentence_and_the_other_figures_stand(
    make_duo: MakeDuo, host: MakeHost
) -> None:
    left = ScriptedEngine(["one"], reading=[Death("There is no memory to read [/x] tokens.")])
    app = host(make_duo(left, ScriptedEngine(["two"])))
    async with app.run_test(size=(100, 30)) as pilot:
        await ask(app, pilot)
        await pilot.press("shift+f4")
        await until(pilot, lambda: read(app))
        assert shown(app).count("Ant 1B: There is no memory to read [/x] tokens.") == 1
        assert "Ant 1B read - - Bee 2B read 1.443 1.443" in shown(app)


async def test_why_there_is_nothing_to_look_at_is_told(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    left = ScriptedEngine(["one"], ["two", Hold(gate)], [""])
    app = host(make_duo(left, ScriptedEngine(["eins"])))
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        for key in ("shift+f2", "shift+f4"):
            await pilot.press(key)
        await until(pilot, lambda: shown(app).count("No model has answered anything yet") == 2)
        await ask(app, pilot)
        await pilot.press(*"On", "enter")
        await until(pilot, lambda: states(app) == ["writing", "done"])
        for key in ("shift+f2", "shift+f4"):
            await pilot.press(key)
        await until(pilot, lambda: shown(app).count("A model is at work") == 2)
        gate.set()
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press(*"So", "enter")
        await until(pilot, lambda: len(left.heard) == 3 and not session(app).busy)
        await pilot.press("shift+f4")
        await until(pilot, lambda: "Only answers of both models that sit here now can be read" in shown(app))
        assert isinstance(app.screen, CompareScreen)


async def test_nothing_is_told_before_a_blind_vote_and_places_hold_after_it(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(["ants"]), ScriptedEngine(["bee"])), blind=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: "Which is better?" in shown(app))
        await press(pilot, "escape", "shift+f2", "shift+f4")
        await until(pilot, lambda: shown(app).count("That would tell which model is which") == 2)
        assert ANT.name not in shown(app)
        await press(pilot, "f12", "r", "shift+f4")
        await until(pilot, lambda: read(app))
        panes = [app.screen_stack[1].query_one(f"#{side}").border_title for side in Side]
        assert f"{panes[0]} wrote {panes[1]} wrote" in shown(app)
        wrote = {"Ant 1B": "ants", "Bee 2B": "bee"}
        assert f"{panes[0]} wrote, {panes[1]} read: {wrote[str(panes[0])]}" in shown(app)


async def test_attempts_made_by_answering_again_are_compared(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(["4"], ["5"]), ScriptedEngine(["6"])))
    async with app.run_test(size=(100, 40)) as pilot:
        await ask(app, pilot)
        await pilot.press("shift+f5")
        await until(pilot, lambda: "answer 2 of 2" in shown(app) and states(app) == ["done", "done"])
        await until(pilot, lambda: not session(app).busy)
        await pilot.press("shift+f2")
        await until(pilot, lambda: "agree across" in shown(app))
        assert "Ant 1B Bee 2B answers 2 2" in shown(app)
        assert "6 (2x)" in shown(app)


async def test_luck_needs_both_answers(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(["a cat"]), ScriptedEngine(["猫"])))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await press(pilot, "tab", *"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "ready"] and not session(app).busy)
        await pilot.press("shift+f2")
        await until(pilot, lambda: "Only one model was asked that" in shown(app))
        assert len(app.screen_stack) == 2
