"""The turns that a comparison needs, on the main screen: another answer, a question to one side."""

import asyncio
from collections import Counter

from textual.binding import Binding

from tests.screens.conftest import MakeDuo, MakeHost
from tests.screens.host import Host, press, screen_text, states, until
from tests.scripted import Death, Hold, ScriptedEngine
from tui.app.app import DuoApp
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.screens.compare.screen import CompareScreen
from tui.widgets.prompt import Prompt


def prompt(app: Host) -> Prompt:
    return app.screen.query_one(Prompt)


async def test_a_side_answers_again_and_both_answers_can_be_read(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    left = ScriptedEngine(["The first."], ["The second."], ["The third."])
    app = host(make_duo(left, ScriptedEngine(["Other."])))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f8")
        await until(pilot, lambda: "The second." in screen_text(app) and states(app) == ["done", "done"])
        assert "The first." not in screen_text(app)
        assert "← answer 2 of 2" in screen_text(app)
        await press(pilot, "ctrl+l", "left")
        await until(pilot, lambda: "answer 1 of 2 →" in screen_text(app))
        assert "The first." in screen_text(app)
        assert "The second." not in screen_text(app)
        await press(pilot, "left", "right", "right")
        await until(pilot, lambda: "← answer 2 of 2" in screen_text(app))
        await pilot.press("shift+f5")
        await until(pilot, lambda: "← answer 3 of 3" in screen_text(app) and states(app) == ["done", "done"])
        assert "← answer 2 of 2" in screen_text(app), "the right side answered twice"
    kept = archive.conversation(archive.latest_id() or 0).exchanges
    assert len(kept) == 1
    assert [answer.text for answer in kept[0].earlier[Side.LEFT]] == ["The first.", "The second."]
    assert kept[0].answers[Side.LEFT].text == "The third."


async def test_a_click_turns_to_the_answer_before(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(["The first."], ["The second."]), ScriptedEngine()))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f8")
        await until(pilot, lambda: "The second." in screen_text(app) and states(app) == ["done", "done"])
        rows = screen_text(app).splitlines()
        line = next(y for y, row in enumerate(rows) if "answer 2 of 2" in row)
        await pilot.click(offset=(5, line))
        await until(pilot, lambda: "The first." in screen_text(app))
        await pilot.click(offset=(5, line))
        await until(pilot, lambda: "The second." in screen_text(app))


async def test_the_next_question_goes_on_from_the_newest_answer(make_duo: MakeDuo, host: MakeHost) -> None:
    left = ScriptedEngine(["The first."], ["The second."])
    app = host(make_duo(left, ScriptedEngine()))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f8")
        await until(pilot, lambda: "answer 2 of 2" in screen_text(app) and states(app) == ["done", "done"])
        await press(pilot, "ctrl+l", "left")
        await until(pilot, lambda: "answer 1 of 2" in screen_text(app))
        await pilot.press(*"On", "enter")
        await until(pilot, lambda: len(left.heard) == 3 and states(app) == ["done", "done"])
        assert "answer 2 of 2" in screen_text(app)
    assert [message.text for message in left.heard[-1]] == ["Go", "The second.", "On"]


async def test_answering_again_waits_for_nothing_but_says_why_it_cannot(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    app = host(make_duo(ScriptedEngine(["a", Hold(gate), "b"]), ScriptedEngine(["c"])))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("shift+f5")
        await until(pilot, lambda: "ask something first" in screen_text(app))
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "done"])
        await pilot.press("shift+f9")
        await until(pilot, lambda: "A model is at work" in screen_text(app))
        gate.set()
        await until(pilot, lambda: states(app) == ["done", "done"])
        assert "answer 2" not in screen_text(app)


async def test_a_resumed_conversation_shows_its_earlier_answers(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    duo = make_duo(ScriptedEngine(["The first."], ["The second."]), ScriptedEngine())
    app = host(duo)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f8")
        await until(pilot, lambda: "answer 2 of 2" in screen_text(app) and states(app) == ["done", "done"])
    resumed = archive.conversation(archive.latest_id() or 0)
    app = host(make_duo(ScriptedEngine(), ScriptedEngine(), conversation=resumed))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "← answer 2 of 2" in screen_text(app))
        await press(pilot, "ctrl+l", "left")
        await until(pilot, lambda: "The first." in screen_text(app))


async def test_a_question_to_one_side_leaves_the_other_as_it_is(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    left, right = ScriptedEngine(["L1"], ["L2"]), ScriptedEngine(["R1"], ["R2"])
    app = host(make_duo(left, right))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await press(pilot, "tab", "tab")
        await until(pilot, lambda: "Ask the right model only:" in screen_text(app))
        assert "to the right only" in screen_text(app)
        assert app.screen.query_one("#left").has_class("-not-asked")
        assert app.screen.query_one("#right").has_class("-asked-alone")
        await pilot.press(*"Two", "enter")
        await until(pilot, lambda: "R2" in screen_text(app) and states(app) == ["done", "done"])
        assert screen_text(app).count("▌ Two") == 1
        await pilot.press("tab")
        await until(pilot, lambda: "Ask both:" in screen_text(app))
        assert not app.screen.query(".-not-asked, .-asked-alone")
        await pilot.press(*"Three", "enter")
        await until(pilot, lambda: len(left.heard) == 2 and states(app) == ["done", "done"])
    assert [message.text for message in left.heard[-1]] == ["One", "L1", "Three"]
    assert [message.text for message in right.heard[-1]] == ["One", "R1", "Two", "R2", "Three"]
    kept = archive.conversation(archive.latest_id() or 0).exchanges
    assert [exchange.question.sides for exchange in kept] == [(Side.LEFT, Side.RIGHT), (Side.RIGHT,), tuple(Side)]


async def test_what_waits_goes_to_whom_it_was_sent(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    left, right = ScriptedEngine([Hold(gate), "L"]), ScriptedEngine(["R"])
    app = host(make_duo(left, right))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app)[1] == "done")
        await press(pilot, "tab", *"Two", "enter", "tab", "tab")
        await until(pilot, lambda: "waits for the left only Two" in screen_text(app))
        gate.set()
        await until(pilot, lambda: len(left.heard) == 2 and states(app) == ["done", "done"])
        assert len(right.heard) == 1


async def test_only_whoever_was_asked_answers_again(make_duo: MakeDuo, host: MakeHost) -> None:
    left, right = ScriptedEngine(["L1"], ["L2"]), ScriptedEngine(["R"])
    app = host(make_duo(left, right))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await press(pilot, "tab", *"One", "enter")
        await until(pilot, lambda: states(app) == ["done", "ready"])
        await pilot.press("shift+f9")
        await until(pilot, lambda: "put to the left model only" in screen_text(app))
        await pilot.press("shift+f5")
        await until(pilot, lambda: "L2" in screen_text(app) and states(app) == ["done", "ready"])
    assert right.heard == []


async def test_a_one_sided_question_that_cannot_be_kept_touches_one_pane(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["L"]), ScriptedEngine(["R"])))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        archive.close()
        await press(pilot, "tab", *"Two", "enter")
        await until(pilot, lambda: "Not asked:" in screen_text(app))
        assert screen_text(app).count("Not asked:") == 1
        assert prompt(app).text == "Two"
        assert states(app) == ["ready", "done"]


async def test_models_change_places_and_keep_their_own_past(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    ant, bee = ScriptedEngine(["From Ant."], ["Ant once more."], ["Ant again."]), ScriptedEngine(["From Bee."])
    app = host(make_duo(ant, bee))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f11")
        await until(pilot, lambda: columns(app, "Bee 2B", "Ant 1B"))
        assert columns(app, "— Ant 1B", "— Bee 2B"), "what was said before stays where it was, with its name"
        await pilot.press(*"Two", "enter")
        await until(pilot, lambda: columns(app, "From Bee.", "Ant once more.") and states(app) == ["done", "done"])
        await press(pilot, "tab", "tab", *"Three", "enter")
        await until(pilot, lambda: "Ant again." in screen_text(app) and states(app) == ["done", "done"])
        assert len(bee.heard) == 2, "the right place is Ant's now"
    assert [message.text for message in ant.heard[1]] == ["One", "From Ant.", "Two"]
    kept = archive.conversation(archive.latest_id() or 0)
    assert [exchange.question.swapped for exchange in kept.exchanges] == [False, True, True]
    app = host(make_duo(ScriptedEngine(), ScriptedEngine(), conversation=kept))
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: columns(app, "─ Bee 2B", "─ Ant 1B"))
        await until(pilot, lambda: columns(app, "From Bee.", "Ant once more."))
        await pilot.press(*"Four", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
    assert archive.conversation(kept.id or 0).exchanges[-1].question.swapped


async def test_nobody_answers_again_below_the_answer_of_the_other(make_duo: MakeDuo, host: MakeHost) -> None:
    ant, bee = ScriptedEngine(["ants"], ["ants again"]), ScriptedEngine(["flies"], ["flies again"])
    app = host(make_duo(ant, bee))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await press(pilot, "shift+f11", "shift+f8")
        await until(pilot, lambda: "changed panes since" in screen_text(app))
        assert (len(ant.heard), len(bee.heard)) == (1, 1)
        await press(pilot, "shift+f11", "shift+f8")
        await until(pilot, lambda: columns(app, "ants again", "flies"))


async def test_a_side_that_failed_says_so_in_its_new_place(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine([Death("The engine died.")], ["Back."]), ScriptedEngine()))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app) == ["failed", "done"])
        await pilot.press("shift+f11")
        await until(pilot, lambda: states(app) == ["ready", "failed"])
        await pilot.press("f5")
        await until(pilot, lambda: states(app) == ["ready", "ready"])


async def test_nobody_changes_places_in_the_middle_of_an_answer(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine([Hold(asyncio.Event())]), ScriptedEngine()))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app)[1] == "done")
        await pilot.press("shift+f11")
        await until(pilot, lambda: "A model is at work" in screen_text(app))
        assert columns(app, "Ant 1B", "Bee 2B")


def columns(app: Host, left: str, right: str) -> bool:
    """Whether `left` stands on the left and `right` on the right, somewhere on the screen."""
    rows = screen_text(app).splitlines()
    return any(left in row[:50] for row in rows) and any(right in row[50:] for row in rows)


def test_every_key_of_the_main_screen_does_one_thing() -> None:
    parts = (*CompareScreen.__mro__, DuoApp)
    bindings = [each for part in parts for each in part.__dict__.get("BINDINGS", ()) if isinstance(each, Binding)]
    keys = Counter(key for each in bindings if each.id for key in each.key.split(","))
    assert [key for key, count in keys.items() if count > 1] == []
