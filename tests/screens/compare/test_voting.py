"""Judging on the main screen: blind and open votes, and what may be known before them."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tests.screens.conftest import ANT, BEE, MakeDuo
from tests.screens.host import Host, beats, press, screen_text, until
from tests.scripted import Death, Hold, LoadStep, ScriptedEngine, Step, Thought
from tui.archive.store import Archive
from tui.chat.conversation import Exchange, ModelInfo, PaneSide, Side
from tui.chat.events import Loading
from tui.chat.judgment import Verdict
from tui.screens.compare.screen import CompareScreen
from tui.session.duo import Duo
from tui.widgets.pane import HELD
from tui.widgets.prompt import Prompt
from tui.widgets.status import Status
from tui.widgets.transcript.answer import BETTER
from tui.widgets.vote_bar import JudgeBar

MakeHost = Callable[..., Host]
TELLING = ("Ant", "Bee", "1B", "2B", "FR", "JP", "mit", "apache", "Q4", "Q8", "tok/s", "4.1k", "first 0", "thought")
WIDE = (120, 30)
NEVER = 86_400.0
"""Seconds that no test takes."""


@pytest.fixture
def host(tmp_path: Path) -> MakeHost:
    """Makes an app that shows a duo, blind unless told otherwise, and saves into a temporary folder."""

    def make(duo: Duo, *, blind: bool = True) -> Host:
        return Host(CompareScreen(duo, transcripts=tmp_path / "transcripts", keys={}, blind=blind))

    return make


def states(app: Host) -> list[str]:
    return [status.view.state for status in app.screen.query(Status)]


def prompt(app: Host) -> Prompt:
    return app.screen.query_one(Prompt)


def bar(app: Host) -> JudgeBar:
    return app.screen.query_one(JudgeBar)


def told(app: Host) -> list[str]:
    """Which telling words are on the screen."""
    text = screen_text(app)
    return [word for word in TELLING if word in text]


def last(archive: Archive) -> Exchange:
    return archive.conversation(archive.latest_id() or 0).exchanges[-1]


def titles(app: Host) -> tuple[str, ...]:
    return tuple(str(app.screen.query_one(f"#{place}").border_title) for place in Side)


def held(app: Host) -> bool:
    """Whether both places say that they answer, and the same of it."""
    left, right = states(app)
    return left == right and left.startswith("answering")


async def ask(app: Host, pilot: Pilot[None], text: str = "Who?") -> None:
    """Asks, and waits until the bar asks which answer is better."""
    await until(pilot, lambda: not {"loading", "waiting"} & {each.partition(" ")[0] for each in states(app)})
    await pilot.press(*text, "enter")
    await until(pilot, lambda: bar(app).has_focus)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["I say", " yes."], [Thought("Hm."), "I say no."]),
        (["I am Be", "e, made by nobody."], ["As An", "t I say no."]),
    ],
)
async def test_nothing_tells_before_the_vote_and_everything_after_it(
    make_duo: MakeDuo, host: MakeHost, left: Sequence[Step], right: Sequence[Step]
) -> None:
    app = host(make_duo(ScriptedEngine(left), ScriptedEngine(right)))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        assert not told(app)
        await ask(app, pilot)
        await beats(pilot)
        assert not told(app)
        assert states(app) == ["answered", "answered"]
        await pilot.press("left")
        await until(pilot, lambda: BETTER in screen_text(app))
        assert set(titles(app)) == {"Ant 1B", "Bee 2B"}
        assert {"Ant", "Bee", "FR", "JP", "tok/s", "4.1k"} <= set(told(app))
        assert prompt(app).has_focus
        assert not bar(app).display


async def test_the_vote_is_kept_by_player_wherever_each_was_shown(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["from the ant"]), ScriptedEngine(["from the fly"])))
    deals: set[bool] = set()  # dealt anew for each question, so that both come sooner or later
    async with app.run_test(size=WIDE) as pilot:
        while deals != {True, False}:
            await ask(app, pilot)
            row = next(line for line in reversed(screen_text(app).splitlines()) if "from the ant" in line)
            ant = PaneSide.LEFT if row.index("from the ant") < row.index("from the fly") else PaneSide.RIGHT
            await pilot.press(str(ant))
            await until(pilot, lambda: last(archive).judgment is not None and not bar(app).display)
            exchange = last(archive)
            deals.add(exchange.question.swapped)
            assert exchange.question.side(ant) is Side.LEFT
            assert exchange.judgment is not None
            assert (exchange.judgment.verdict, exchange.judgment.blind) == (Verdict.LEFT, True)
            assert titles(app)[list(PaneSide).index(ant)] == "Ant 1B"


async def test_an_answer_that_names_itself_marks_the_vote(make_duo: MakeDuo, host: MakeHost, archive: Archive) -> None:
    app = host(make_duo(ScriptedEngine(["I am Qwen, made by Alibaba Cloud."]), ScriptedEngine(["I am nobody."])))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot)
        assert "Qwen" not in screen_text(app)
        assert "Alibaba" not in screen_text(app)
        await pilot.press("up")
        await until(pilot, lambda: "I am Qwen, made by Alibaba Cloud." in screen_text(app))
    judgment = last(archive).judgment
    assert judgment is not None
    assert (judgment.verdict, judgment.blind, judgment.masked) == (Verdict.TIE, True, True)


async def test_neither_answer_comes_before_the_other(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    duo = make_duo(ScriptedEngine(["quick"]), ScriptedEngine(["slow ", Hold(gate), "one"]))
    app = host(duo)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: screen_text(app).count(HELD[:30]) == 2 and duo.answering == {Side.RIGHT})
        await beats(pilot)
        assert "quick" not in screen_text(app)
        assert held(app)
        gate.set()
        await until(pilot, lambda: "quick" in screen_text(app) and "slow one" in screen_text(app))


@pytest.mark.parametrize("key", ["escape", "enter", "f12"])
async def test_long_answers_come_at_one_pace_unless_a_key_hurries_them(
    make_duo: MakeDuo, tmp_path: Path, key: str
) -> None:
    duo = make_duo(ScriptedEngine(["a" * 50_000 + "end"]), ScriptedEngine(["b" * 90]))
    screen = CompareScreen(duo, transcripts=tmp_path, keys={}, blind=True, step_s=NEVER)
    app = Host(screen)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: screen_text(app).count(HELD[:30]) == 2 and not duo.answering)
        await beats(pilot)
        assert "aaa" not in screen_text(app)
        screen._reveal.step()
        await until(pilot, lambda: "aaa" in screen_text(app))
        await beats(pilot)
        assert "aend" not in screen_text(app)
        assert not bar(app).has_focus
        await pilot.press(key)
        await until(pilot, lambda: bar(app).has_focus)
        await until(pilot, lambda: "aend" in screen_text(app))


async def test_what_is_typed_while_the_bar_stands_there_is_the_next_question(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot)
        await pilot.press(*"1 2=0 now to use", "enter")
        await until(pilot, lambda: len(archive.conversation(1).exchanges) == 2)
        await until(pilot, lambda: bar(app).has_focus)
        assert all(each.judgment is None for each in archive.conversation(1).exchanges)
        assert archive.conversation(1).exchanges[1].question.text == "1 2=0 now to use"
        assert not told(app), "the first answers stay hidden, too"
        await pilot.press("left")
        await until(pilot, lambda: BETTER in screen_text(app))
        assert "— Ant 1B" in screen_text(app)
        assert screen_text(app).count("— ") == 2, "the first answers are hidden still"
        await press(pilot, "f12", "r")
        await until(pilot, lambda: screen_text(app).count("— ") == 4)
        await press(pilot, "f12")
        assert prompt(app).has_focus


async def test_enter_sends_what_was_typed_however_soon_it_follows(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot)
        for key, character in (("h", "h"), ("i", "i"), ("enter", "\r")):
            bar(app).post_message(events.Key(key, character))
        await until(pilot, lambda: len(archive.conversation(1).exchanges) == 2)
        assert archive.conversation(1).exchanges[1].question.text == "hi"
        assert not prompt(app).text


async def test_a_question_sent_right_after_a_vote_stays_hidden(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot)
        app.screen.post_message(JudgeBar.Voted(Verdict.LEFT))
        app.screen.post_message(Prompt.Submitted("And now?"))
        await until(pilot, lambda: BETTER in screen_text(app))
        await until(pilot, lambda: bar(app).has_focus)
        assert titles(app) == ("left", "right")
        assert screen_text(app).count("— ") == 2, "only whose the first answers are is told"
        await pilot.press("right")
        await until(pilot, lambda: last(archive).judgment is not None)
        judged = [each.judgment for each in archive.conversation(1).exchanges]
        assert [each.blind for each in judged if each is not None] == [True, True]


async def test_whoever_writes_already_is_not_asked(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    app = host(make_duo(ScriptedEngine([Hold(gate), "yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: held(app))
        await pilot.press(*"and then")
        gate.set()
        await until(pilot, lambda: states(app) == ["answered", "answered"])
        await until(pilot, lambda: "F12 judges" in screen_text(app))
        assert prompt(app).has_focus
        assert not bar(app).display


async def test_open_votes_are_changed_annotated_and_taken_back(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])), blind=False)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("f12")
        await until(pilot, lambda: "no two whole answers" in screen_text(app))
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await press(pilot, "f12", "n", *"up=1", "up", "enter", "t", *"code, #math", "enter", "0")
        await until(pilot, lambda: screen_text(app).count("both bad") == 2)
        judgment = last(archive).judgment
        assert judgment is not None
        assert (judgment.verdict, judgment.blind) == (Verdict.BOTH_BAD, False)
        assert (judgment.note, judgment.tags) == ("up=1", ("code", "math"))
        await press(pilot, "f12", "n", *"!", "enter")
        await until(pilot, lambda: getattr(last(archive).judgment, "note", "") == "up=1!")
        await pilot.press("2")
        await until(pilot, lambda: getattr(last(archive).judgment, "verdict", "") == Verdict.RIGHT)
        await until(pilot, lambda: BETTER in screen_text(app))
        await press(pilot, "f12", "u")
        await until(pilot, lambda: last(archive).judgment is None and BETTER not in screen_text(app))
        await press(pilot, "escape")
        assert prompt(app).has_focus


async def test_a_vote_after_the_reveal_or_a_second_one_is_open(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot)
        await press(pilot, "escape", "f12", "r")
        await until(pilot, lambda: "Ant 1B" in screen_text(app))
        await pilot.press("1")
        await until(pilot, lambda: last(archive).judgment is not None)
        assert getattr(last(archive).judgment, "blind", None) is False
        await ask(app, pilot)
        await pilot.press("left")
        await until(pilot, lambda: getattr(last(archive).judgment, "blind", False))
        await press(pilot, "f12", "=")
        await until(pilot, lambda: getattr(last(archive).judgment, "verdict", "") == Verdict.TIE)
        assert getattr(last(archive).judgment, "blind", None) is False


async def test_a_failure_shows_who_failed_and_leaves_nothing_to_vote_on(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    gate = asyncio.Event()
    duo = make_duo(ScriptedEngine(["half", Death("It died.")]), ScriptedEngine([Hold(gate), "whole"]))
    app = host(duo)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: not duo.ready(Side.LEFT))
        await beats(pilot)
        assert held(app)
        assert "died" not in screen_text(app)
        gate.set()
        await until(pilot, lambda: sorted(states(app)) == ["done", "failed"])
        await until(pilot, lambda: "It died." in screen_text(app) and "whole" in screen_text(app))
        assert "half" in screen_text(app)
        assert titles(app)[states(app).index("failed")] == "Ant 1B"
        await pilot.press("f12")
        await until(pilot, lambda: "no two whole answers" in screen_text(app))
        await pilot.press("f5")
        await until(pilot, lambda: "ready" in states(app))
        assert last(archive).judgment is None


async def test_loading_tells_nothing_unless_it_fails(make_duo: MakeDuo, host: MakeHost) -> None:
    gate = asyncio.Event()
    loads: list[list[LoadStep]] = [[Loading(0.4), Hold(gate), Death("ant.gguf is damaged.")], []]
    duo = make_duo(ScriptedEngine(loads=loads), ScriptedEngine(loads=[[Loading(0.1)]]))
    app = host(duo)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["loading", "loading"] and duo.ready(Side.RIGHT))
        await beats(pilot)
        assert states(app) == ["loading", "loading"]
        gate.set()
        await until(pilot, lambda: states(app) == ["failed", "ready"])
        assert "ant.gguf is damaged." in screen_text(app)
        assert titles(app) == ("Ant 1B", "Bee 2B")
        await pilot.press("f5")
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await ask(app, pilot)
        assert titles(app) == ("left", "right")


async def test_keys_act_on_what_is_shown_where(make_duo: MakeDuo, host: MakeHost, archive: Archive) -> None:
    engines = [ScriptedEngine([f"{name} so far", Hold(asyncio.Event())]) for name in ("ants", "flies")]
    app = host(make_duo(*engines))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: archive.latest_id() is not None)
        left = last(archive).question.side(PaneSide.LEFT)
        await pilot.press("f8")
        await until(pilot, lambda: last(archive).answers[left].finish_reason == "stopped")
        assert last(archive).answers[left.other].finish_reason is None
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "It is hidden which model is where" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: bar(app).has_focus)
        assert "stopped" not in screen_text(app)
        await press(pilot, "f2")
        assert app.clipboard == ("ants so far" if left is Side.LEFT else "flies so far")
        await pilot.press("right")
        await until(pilot, lambda: last(archive).judgment is not None)
        assert getattr(last(archive).judgment, "blind", None) is False, "how far they came tells their speed"


async def test_no_side_answers_alone_while_names_are_hidden(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    left, right = ScriptedEngine(["one"], ["three"]), ScriptedEngine(["two"], ["four"])
    app = host(make_duo(left, right))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await ask(app, pilot)
        await press(pilot, "escape", "shift+f8")
        await until(pilot, lambda: "how long one takes alone" in screen_text(app))
        await press(pilot, "tab", *"Go", "enter")
        assert prompt(app).text == "Go"
        assert len(left.heard) + len(right.heard) == 2
        await press(pilot, "backspace", "backspace", "shift+f5")
        await until(pilot, lambda: bar(app).has_focus)
        await until(pilot, lambda: "three" in screen_text(app) and "four" in screen_text(app))
        assert not told(app)
        await pilot.press("left")
        await until(pilot, lambda: "Ant 1B" in screen_text(app))
        assert screen_text(app).count("answer 2 of 2") == 2
        await pilot.press("shift+f8")
        await until(pilot, lambda: "answer 3 of 3" in screen_text(app))
        await until(pilot, lambda: BETTER not in screen_text(app))
    assert getattr(last(archive), "judgment", "") is None


@pytest.mark.parametrize("tabs", [1, 2])
async def test_a_question_to_one_side_that_waited_comes_back_once_names_are_hidden(
    make_duo: MakeDuo, host: MakeHost, tabs: int
) -> None:
    gate = asyncio.Event()
    left, right = ScriptedEngine(["one", Hold(gate)], ["three"]), ScriptedEngine(["two"], ["four"])
    app = host(make_duo(left, right), blind=False)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await press(pilot, *"Open", "enter", "shift+f12", *"Blind", "enter", *["tab"] * tabs, *"Alone", "enter")
        await until(pilot, lambda: "and 1 more" in screen_text(app))
        gate.set()
        await until(pilot, lambda: "how long one takes alone" in screen_text(app))
        assert prompt(app).text == "Alone"
        assert "waits" not in screen_text(app)
        await until(pilot, lambda: states(app) == ["answered", "answered"])
        assert (len(left.heard), len(right.heard)) == (2, 2)
        assert titles(app) == ("left", "right")
        await press(pilot, "f12", "left")
        await until(pilot, lambda: BETTER in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(left.heard) + len(right.heard) == 5)


async def test_what_is_copied_or_saved_before_the_vote_names_nobody(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path
) -> None:
    say = "I am Ant.\n\n```\nAnt = 1\n```\n"
    app = host(make_duo(ScriptedEngine([say]), ScriptedEngine([say]), models=(tiny("ant-1b", "Ant"), BEE)))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await ask(app, pilot)
        await press(pilot, "f2")
        assert "▒▒▒" in app.clipboard
        assert "Ant." not in app.clipboard
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Saved" in screen_text(app))
        saved = sorted((tmp_path / "transcripts").iterdir())
        assert not any(word in path.name for path in saved for word in ("ant", "bee", "vs"))
        assert json.loads(saved[0].read_text("utf-8"))["exchanges"]


def tiny(model: str, name: str) -> ModelInfo:
    return ModelInfo(model=model, name=name, weights=ANT.weights)


async def test_the_next_questions_are_blind_or_open_by_a_key(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])), blind=False)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f12")
        await until(pilot, lambda: "without names" in screen_text(app))
        assert titles(app) == ("Ant 1B", "Bee 2B")
        await ask(app, pilot, "Two")
        assert titles(app) == ("left", "right")
        await until(pilot, lambda: screen_text(app).count("— ") == 2)
        await press(pilot, "escape", "shift+f12", *"Three", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        assert titles(app) == ("Ant 1B", "Bee 2B")
        await until(pilot, lambda: screen_text(app).count("— ") == 4)
    assert not last(archive).question.swapped


async def test_a_resumed_conversation_shows_answers_where_they_were_shown(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    first = host(make_duo(ScriptedEngine(["from the ant"]), ScriptedEngine(["from the fly"])))
    async with first.run_test(size=WIDE) as pilot:
        await ask(first, pilot)
        while not last(archive).question.swapped:
            await pilot.press("escape")
            await ask(first, pilot)
    kept = archive.conversation(archive.latest_id() or 0)
    again = host(make_duo(ScriptedEngine(), ScriptedEngine(), conversation=kept), blind=False)
    async with again.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(again) == ["ready", "ready"])
        assert titles(again) == ("Bee 2B", "Ant 1B")
        row = next(line for line in reversed(screen_text(again).splitlines()) if "from the ant" in line)
        assert row.index("from the fly") < row.index("from the ant")
        assert "— Bee 2B" in screen_text(again)
        await press(pilot, "f12", "left")
        await until(pilot, lambda: last(archive).judgment is not None)
    judgment = last(archive).judgment
    assert judgment is not None
    assert (judgment.verdict, judgment.blind) == (Verdict.RIGHT, False)


async def test_a_vote_that_cannot_be_saved_is_said_and_reveals_nothing(
    make_duo: MakeDuo, host: MakeHost, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await ask(app, pilot)
        archive.close()
        await pilot.press("left")
        await until(pilot, lambda: app.screen.query("Toast"))
        assert not told(app)
        assert titles(app) == ("left", "right")


async def test_the_bar_and_the_border_name_the_keys_that_the_user_has_bound(make_duo: MakeDuo, tmp_path: Path) -> None:
    duo = make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"]))
    keys = {"judge": "f11", "judge.left": "a", "judge.tie": "ctrl+e,x"}
    app = Host(CompareScreen(duo, transcripts=tmp_path, keys=keys))
    app.set_keymap(keys)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: "F11 judges" in screen_text(app))
        await pilot.press("f11")
        await until(pilot, lambda: "a left  → right  Ctrl+E tie  ↓ bad" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: BETTER in screen_text(app))


@pytest.mark.parametrize("width", [40, 60])
async def test_a_narrow_terminal_can_judge_too(make_duo: MakeDuo, host: MakeHost, archive: Archive, width: int) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=(width, 20)) as pilot:
        await ask(app, pilot)
        assert "right answered" in screen_text(app)
        assert "← left  → right" in screen_text(app)
        assert not told(app)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "left answered" in screen_text(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: bar(app).has_focus)
        await pilot.press("right")
        await until(pilot, lambda: last(archive).judgment is not None)
        await until(pilot, lambda: BETTER in screen_text(app))


async def test_the_prompt_has_the_keyboard_from_the_first_letter_on(make_duo: MakeDuo, host: MakeHost) -> None:
    app = host(make_duo(ScriptedEngine(["A."]), ScriptedEngine(["B."])))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot)
        assert bar(app).has_focus
        # As the app hands them over: nobody has a turn in between, so that no later key can overtake an earlier one.
        for letter in "1 or":
            assert app.screen.focused is not None
            app.screen.focused.post_message(events.Key("space" if letter == " " else letter, letter))
            assert app.screen.focused is prompt(app)
        await until(pilot, lambda: prompt(app).text == "1 or")
