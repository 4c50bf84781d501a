"""The main screen with scripted engines: asking, waiting, stopping, failing, saving."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import events

from tests.screens.conftest import ANT, BEE, MakeDuo, MakeHost
from tests.screens.host import Host, press, screen_text, session, until
from tests.scripted import Death, Hold, ScriptedEngine, Thought
from tui.archive.store import Archive
from tui.chat.conversation import FinishReason, Side
from tui.chat.events import Checking, Loading, Outdated
from tui.screens.compare.screen import CompareScreen
from tui.widgets.pane import READING, Pane
from tui.widgets.prompt import Prompt
from tui.widgets.status import Status
from tui.widgets.transcript.widget import Transcript

EVIL = "[/x] [Q4_K_M] [@click=app.quit]q[/] \x1b]52;c;aGk=\x07\x9b2J"
SHOWN = "[/x] [Q4_K_M] [@click=app.quit]q[/] ␛]52;c;aGk=␇\ufffd2J"


def state(app: Host, side: Side) -> str:
    return app.screen.query_one(f"#{side} Status", Status).view.state


def states(app: Host) -> list[str]:
    return [state(app, side) for side in Side]


def prompt(app: Host) -> Prompt:
    return app.screen.query_one(Prompt)


async def test_both_answers_appear_with_their_figures(make_duo: MakeDuo, host: MakeHost) -> None:
    left = ScriptedEngine(["Nile, ", "Amazon."])
    right = ScriptedEngine([Thought("Rivers!"), "长江", "、黄河。"])
    app = host(make_duo(left, right))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Rivers?", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await until(pilot, lambda: "长江、黄河。" in screen_text(app))
        text = screen_text(app)
    for shown in (
        "Ant 1B",
        "Bee 2B",
        "Q4_K_M · mit · FR",
        "Nile, Amazon.",
        "thought for",
        "50.0 tok/s shared",
        "12/4.1k",
    ):
        assert shown in text
    assert text.count("Rivers?") == 2
    assert "Rivers!" not in text, "thinking is folded"


async def test_the_user_may_type_while_the_models_load(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    app = host(make_duo(ScriptedEngine(loads=[[Loading(0.4), Hold(gate)]]), ScriptedEngine()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: state(app, Side.LEFT) == "loading 40 %")
        await pilot.press(*"Early", "enter")
        await until(pilot, lambda: "waits Early" in screen_text(app))
        gate.set()
        await until(pilot, lambda: states(app) == ["done", "done"])
        assert "waits" not in screen_text(app)


async def test_what_waits_comes_back_by_up_or_by_escape_which_also_stops(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(*(ScriptedEngine(["so far", Hold(asyncio.Event())]) for _ in Side)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"one", "enter")
        await until(pilot, lambda: states(app) == ["writing", "writing"])
        await press(pilot, *"two", "enter", *"three", "enter")
        await until(pilot, lambda: "waits two and 1 more" in screen_text(app))
        await pilot.press("up")
        await until(pilot, lambda: prompt(app).text == "three")
        await pilot.press("escape")
        await until(pilot, lambda: states(app) == ["stopped", "stopped"])
        assert prompt(app).text == "two\nthree"
        assert screen_text(app).count("so far") == 2


async def test_one_side_can_be_stopped_alone(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(*(ScriptedEngine(["so far", Hold(asyncio.Event())]) for _ in Side)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"one", "enter")
        await until(pilot, lambda: states(app) == ["writing", "writing"])
        await pilot.press("f9")
        await until(pilot, lambda: states(app) == ["writing", "stopped"])


async def test_a_dead_engine_costs_one_pane_and_f5_brings_it_back(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    left = ScriptedEngine(["Half an ans", Death(f"The engine died: {EVIL}. Load it again.")], ["Back."])
    app = host(make_duo(left, ScriptedEngine(["Whole."])))
    async with app.run_test(size=(160, 30)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["failed", "done"])
        await until(pilot, lambda: "Whole." in screen_text(app))
        text = screen_text(app)
        assert "Half an ans" in text
        assert SHOWN in text
        assert "F5 loads this model again." in text
        await pilot.press("f5")
        await until(pilot, lambda: state(app, Side.LEFT) == "ready")
        assert "F5 loads" not in screen_text(app)
        await pilot.press(*"More", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
    kept = archive.conversation(archive.latest_id() or 0).exchanges[0].answers
    assert (kept[Side.LEFT].text, kept[Side.LEFT].finish_reason) == ("Half an ans", FinishReason.FAILED)
    assert kept[Side.RIGHT].text == "Whole."


async def test_a_model_that_does_not_load_says_why(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(loads=[[Death(f"bad.gguf is damaged {EVIL}.")], []]), ScriptedEngine()))
    async with app.run_test(size=(160, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["failed", "ready"])
        assert f"bad.gguf is damaged {SHOWN}." in screen_text(app)
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["failed", "done"])


async def test_hashing_is_shown_while_a_model_loads_and_before_it_answers(make_duo: MakeDuo, host: MakeHost) -> None:
    loading, answering = asyncio.Event(), asyncio.Event()
    left = ScriptedEngine([Checking(429, 1000), Hold(answering), "Hi."], loads=[[Checking(70, 100), Hold(loading)]])
    app = host(make_duo(left, ScriptedEngine()))
    async with app.run_test(size=(160, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["verifying the weights 70 %", "ready"])
        assert "verifying the weights 70 %" in screen_text(app)
        loading.set()
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["verifying the weights 42 %", "done"])
        answering.set()
        await until(pilot, lambda: states(app) == ["done", "done"])


async def test_replaced_weights_are_named_in_the_pane_and_f5_loads_the_new_file(
    make_duo: MakeDuo, host: MakeHost
) -> None:
    left = ScriptedEngine([Outdated(f"Replaced: {EVIL}."), "Old."], ["New."])
    right = ScriptedEngine()
    duo = make_duo(left, right)
    app = host(duo)
    async with app.run_test(size=(160, 30)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        assert duo.outdated == {Side.LEFT}
        assert f"Replaced: {SHOWN}." in screen_text(app)
        assert "Old." in screen_text(app)
        await pilot.press("f5")
        await until(pilot, lambda: left.load_count == 2 and states(app) == ["ready", "done"])
        assert "Replaced" not in screen_text(app)
        assert not duo.outdated
        assert right.load_count == 1


async def test_ctrl_s_saves_both_formats_and_says_where(make_duo: MakeDuo, host: MakeHost, tmp_path: Path) -> None:
    app = host(make_duo(ScriptedEngine(), ScriptedEngine()))
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "nothing to save yet" in screen_text(app))
        await pilot.press(*"Hi", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Saved" in screen_text(app))
        saved = sorted((tmp_path / "transcripts").iterdir())
        shown = "".join(screen_text(app).split())
        assert [path.suffix for path in saved] == [".json", ".md"]
        for path in saved:
            assert path.name in shown
            assert "Hello." in path.read_text(encoding="utf-8")


async def test_everything_foreign_is_shown_whole_and_inert(make_duo: MakeDuo, host: MakeHost) -> None:
    models = (replace(ANT, name=EVIL, license=EVIL), replace(BEE, maker=EVIL))
    app = host(make_duo(ScriptedEngine([EVIL]), ScriptedEngine([Thought(EVIL), "ok"]), models=models))
    async with app.run_test(size=(200, 40)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        assert SHOWN in screen_text(app).splitlines()[0]
        assert screen_text(app).count(SHOWN) >= 3
        prompt(app).insert(EVIL)
        await pilot.press("enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("f4")
        await until(pilot, lambda: screen_text(app).count(SHOWN) >= 5)
        assert not set(screen_text(app)) & {"\x1b", "\x07", "\x9b"}


async def test_a_conversation_goes_on_where_it_was_left(make_duo: MakeDuo, host: MakeHost, archive: Archive) -> None:
    first = host(make_duo(ScriptedEngine(["First left."]), ScriptedEngine(["First right."])))
    async with first.run_test(size=(120, 30)) as pilot:
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(first) == ["done", "done"])
    left = ScriptedEngine(["Second left."])
    kept = archive.conversation(archive.latest_id() or 0)
    again = host(make_duo(left, ScriptedEngine(), conversation=kept))
    async with again.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "First left." in screen_text(again) and "First right." in screen_text(again))
        await press(pilot, "up")
        assert prompt(again).text == "One"
        await pilot.press("enter")
        await until(pilot, lambda: "Second left." in screen_text(again))
    assert [message.text for message in left.heard[0]] == ["One", "First left.", "One"]
    assert len(archive.conversation(kept.id or 0).exchanges) == 2


async def test_below_70_columns_one_side_is_shown_and_the_other_told(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(["On the left."]), ScriptedEngine(["On the right."])))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await until(pilot, lambda: "On the left." in screen_text(app))
        assert "right done  Ctrl+R shows it" in screen_text(app)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "On the right." in screen_text(app))
        assert "On the left." not in screen_text(app)
        await pilot.resize_terminal(60, 40)
        await until(pilot, lambda: "On the left." in screen_text(app))
        assert "On the right." in screen_text(app)


async def test_typing_in_a_pane_goes_to_the_prompt(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(), ScriptedEngine()))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+l")
        await until(pilot, lambda: app.screen.query_one("#left", Pane).has_focus_within)
        await press(pilot, *"Hi [", "]")
        assert prompt(app).has_focus
        assert prompt(app).text == "Hi []"
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.screen.query_one("#right", Pane).has_focus_within)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: prompt(app).has_focus)


async def test_what_is_pasted_into_a_pane_goes_to_the_prompt_once(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(), ScriptedEngine()))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+l")
        await until(pilot, lambda: app.screen.query_one("#left", Pane).has_focus_within)
        app.post_message(events.Paste("one\r\ntwo\x1b[2J"))
        await until(pilot, lambda: prompt(app).has_focus)
        app.post_message(events.Paste("!"))
        await until(pilot, lambda: prompt(app).text == "one\ntwo␛[2J!")


async def test_a_long_question_leaves_both_panes_at_the_end(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    app = host(make_duo(ScriptedEngine([Hold(gate), "so"]), ScriptedEngine([Hold(gate), "so"])))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        prompt(app).insert("\n".join(f"line {n}" for n in range(50)))
        await until(pilot, lambda: prompt(app).size.height == 6)
        await pilot.press("enter")
        await until(pilot, lambda: prompt(app).size.height == 1)
        await until(pilot, lambda: screen_text(app).count(READING) == 2)
        assert all(each.following for each in app.screen.query(Transcript))
        gate.set()


async def test_a_question_that_waited_leaves_the_reader_where_they_are(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    left = ScriptedEngine(["".join(f"line {n}\n\n" for n in range(60)), Hold(gate)], ["Second."])
    app = host(make_duo(left, ScriptedEngine()))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press("x", "enter")
        await until(pilot, lambda: "line 59" in screen_text(app))
        await press(pilot, "y", "enter", "ctrl+l")
        await until(pilot, lambda: app.screen.query_one("#left", Pane).has_focus_within)
        await press(pilot, "home")
        reading, following = app.screen.query(Transcript)
        gate.set()
        await until(pilot, lambda: done(app, left, 2) and not session(app).busy)
        assert [reading.scroll_offset.y, reading.following, following.following] == [0, False, True]
        await press(pilot, "z", "enter")
        await until(pilot, partial(done, app, left, 3))
        assert reading.following


async def test_the_prompt_names_the_keys_that_the_user_has_bound(make_duo: MakeDuo, tmp_path: Path) -> None:
    duo = make_duo(ScriptedEngine(), ScriptedEngine())
    app = Host(CompareScreen(duo, transcripts=tmp_path, keys={"send": "f12", "new-line": "enter"}))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "Ask both: F12 sends, Enter breaks the line" in screen_text(app))


async def test_a_question_that_cannot_be_saved_comes_back(make_duo: MakeDuo, host: MakeHost, archive: Archive) -> None:
    app = host(make_duo(ScriptedEngine(), ScriptedEngine()))
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        archive.close()
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: prompt(app).text == "Go")
        await until(pilot, lambda: screen_text(app).count("Not asked") == 2)


async def test_leaving_in_mid_answer_keeps_it(make_duo: MakeDuo, host: MakeHost, archive: Archive) -> None:
    engines = [ScriptedEngine(["so far", Hold(asyncio.Event())]) for _ in Side]
    app = host(make_duo(*engines))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "writing"])
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.results == [None])
    assert all(engine.closed for engine in engines)
    answers = archive.conversation(archive.latest_id() or 0).exchanges[0].answers
    assert {answer.finish_reason for answer in answers.values()} == {FinishReason.INTERRUPTED}
    assert {answer.text for answer in answers.values()} == {"so far"}


async def test_resizing_down_to_one_column_and_back(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    app = host(make_duo(*(ScriptedEngine(["word " * 50, Hold(gate), "| a | b |\n|---|---|\n"]) for _ in Side)))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["writing", "writing"])
        for width in (120, 70, 69, 40, 39, 20, 5, 2, 1, 80):
            await pilot.resize_terminal(width, max(1, width // 3))
        gate.set()
        await until(pilot, lambda: states(app) == ["done", "done"])


async def test_each_side_is_told_to_think_or_not_from_its_next_question_on(make_duo: MakeDuo, host: MakeHost) -> None:
    left, right = ScriptedEngine(["Yes."]), ScriptedEngine(["No."])
    app = host(make_duo(left, right))
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        for question, keys in enumerate(([], ["ctrl+t"], ["ctrl+t", "ctrl+g"], ["ctrl+t"]), 1):
            await press(pilot, *keys, "x", "enter")
            await until(pilot, partial(done, app, left, question))
        await until(pilot, lambda: "is told not to think" in screen_text(app))
    assert [setup.think for setup in left.setups] == [None, True, False, None]
    assert [setup.think for setup in right.setups] == [None, None, True, True]


def done(app: Host, engine: ScriptedEngine, questions: int) -> bool:
    return len(engine.setups) == questions and states(app) == ["done", "done"]
