"""What a blind comparison shows while models fail, load again, or the archive does not write: nothing that tells."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.archive.locks import locked
from tests.patience import PATIENCE
from tests.screens.compare.test_voting import MakeHost, ask, bar, held, host, states, titles, told
from tests.screens.conftest import MakeDuo
from tests.screens.host import Host, beats, press, screen_text, session, settle, until
from tests.scripted import LOADED, Death, Hold, LoadStep, ScriptedEngine
from tui.archive.errors import ArchiveError
from tui.archive.store import Archive
from tui.chat.conversation import Conversation, Side
from tui.chat.events import Loading, Outdated, Restarted
from tui.widgets.transcript.answer import BETTER
from tui.widgets.vote_bar import JudgeBar

__all__ = ["host"]
WIDE = (120, 30)


@pytest.fixture
def archive(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Archive]:
    """An archive that does not wait long for a lock, unless it is opened in another way."""
    opened: Archive = getattr(request, "param", partial(Archive.open, patience=0.1))(tmp_path / "archive.db")
    yield opened
    opened.close()


def failed_panes(app: Host) -> list[str | None]:
    return [pane.id for pane in app.screen.query(".-failed") if pane.id in tuple(Side)]


async def ask_in_vain(app: Host, pilot: Pilot[None], folder: Path, text: str) -> None:
    """Sends `text`, which the archive in `folder` does not take."""
    with locked(folder):
        await pilot.press(*text, "enter")
        await until(pilot, lambda: screen_text(app).count("Not asked") == 2)


class Watch:
    """Notes every pair of states that the panes ever show."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self.seen: set[tuple[str, ...]] = set()

    def __call__(self, condition: Callable[[], object]) -> Callable[[], object]:
        def watched() -> object:
            self.seen.add(tuple(states(self._app)))
            return condition()

        return watched


Loads = list[list[LoadStep]]


@pytest.mark.parametrize("participant", Side)
async def test_a_side_that_dies_and_is_loaded_again_in_mid_round_tells_nothing(
    make_duo: MakeDuo, host: MakeHost, participant: Side
) -> None:
    loading, writing = asyncio.Event(), asyncio.Event()
    dying = ScriptedEngine([Death("It died.")], ["back"], loads=[[], [Loading(0.4), Hold(loading), Loading(0.9)]])
    other = ScriptedEngine([Hold(writing), "whole"], ["more"])
    duo = make_duo(*((dying, other) if participant is Side.LEFT else (other, dying)))
    app = host(duo)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: held(app) and not duo.ready(participant))
        watch = Watch(app)
        await pilot.press("f5")
        await until(pilot, watch(lambda: dying.load_count == 2))
        loading.set()
        await until(pilot, watch(lambda: duo.ready(participant)))
        await beats(pilot)
        watch(lambda: True)()
        assert all(left == right and left.startswith("answering") for left, right in watch.seen)
        assert titles(app) == ("left", "right")
        assert not told(app)
        writing.set()
        await until(pilot, lambda: sorted(states(app)) == ["done", "ready"])
        assert failed_panes(app) == []
        assert "It died." in screen_text(app)
        await ask(app, pilot, "Next")
        assert "back" in screen_text(app)
        assert titles(app) == ("left", "right")
        assert "tok/s" not in screen_text(app)


async def test_what_became_of_an_engine_is_said_only_after_the_vote(make_duo: MakeDuo, host: MakeHost) -> None:
    replaced = Outdated("The weights file ant.gguf was replaced.")
    restarted = Restarted(replace(LOADED, notes=("It runs in a safe mode.",)))
    app = host(make_duo(ScriptedEngine([restarted, replaced, "one"]), ScriptedEngine(["two"])))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await ask(app, pilot, "Go")
        assert "ant.gguf" not in screen_text(app)
        assert "safe mode" not in screen_text(app)
        await press(pilot, "left")
        await until(pilot, lambda: "ant.gguf" in screen_text(app))
        assert "It runs in a safe mode." in screen_text(app)


async def test_what_is_still_being_loaded_when_a_round_ends_is_shown_as_that(make_duo: MakeDuo, host: MakeHost) -> None:
    loading, writing = asyncio.Event(), asyncio.Event()
    dying = ScriptedEngine([Death("It died.")], loads=[[], [Loading(0.4), Hold(loading)]])
    duo = make_duo(dying, ScriptedEngine([Hold(writing), "whole"]))
    app = host(duo)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: held(app) and not duo.ready(Side.LEFT))
        await pilot.press("f5")
        await until(pilot, lambda: dying.load_count == 2)
        writing.set()
        await until(pilot, lambda: sorted(states(app)) == ["done", "loading 40 %"])
        assert failed_panes(app) == []
        loading.set()
        await until(pilot, lambda: sorted(states(app)) == ["done", "ready"])


async def test_a_second_failure_waits_for_the_end_of_the_round_too(make_duo: MakeDuo, host: MakeHost) -> None:
    writing = asyncio.Event()
    loads: Loads = [[], [Death("It does not load.")], []]
    dying = ScriptedEngine([Death("It died.")], loads=loads)
    duo = make_duo(dying, ScriptedEngine(["half", Hold(writing), " and whole"]))
    app = host(duo)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: held(app) and not duo.ready(Side.LEFT))
        await pilot.press("f5")
        await until(pilot, lambda: dying.load_count == 2 and session(app).failed)
        await beats(pilot)
        assert held(app)
        assert not told(app)
        assert "half" not in screen_text(app)
        writing.set()
        await until(pilot, lambda: sorted(states(app)) == ["done", "failed"])
        assert "It does not load." in screen_text(app)
        assert "half and whole" in screen_text(app)
        assert len(failed_panes(app)) == 1
        await pilot.press("f5")
        await until(pilot, lambda: sorted(states(app)) == ["done", "ready"])
        assert failed_panes(app) == []


async def test_nothing_is_revealed_while_answers_are_held_back(make_duo: MakeDuo, host: MakeHost) -> None:
    writing = asyncio.Event()
    app = host(make_duo(ScriptedEngine(["ant"]), ScriptedEngine(["bee", Hold(writing)])))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: held(app))
        app.screen.post_message(JudgeBar.Revealed())
        await beats(pilot)
        assert held(app)
        assert not told(app)
        writing.set()
        await until(pilot, lambda: bar(app).has_focus)
        await pilot.press("r")


async def test_names_are_not_hidden_as_long_as_a_model_has_failed(make_duo: MakeDuo, host: MakeHost) -> None:
    loads: Loads = [[Death("It does not load.")], []]
    app = host(make_duo(ScriptedEngine(loads=loads), ScriptedEngine()), blind=False)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["failed", "ready"])
        await pilot.press("shift+f12")
        await until(pilot, lambda: "without names" in screen_text(app))
        assert states(app) == ["failed", "ready"]
        assert "It does not load." in screen_text(app)
        assert titles(app) == ("Ant 1B", "Bee 2B")
        await pilot.press("f5")
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await ask(app, pilot)
        assert titles(app) == ("left", "right")


@pytest.mark.parametrize("archive", [partial(Archive.open, patience=PATIENCE)], indirect=True)
async def test_a_question_under_way_stays_open_when_the_next_are_made_blind(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])), blind=False)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        with locked(tmp_path):
            await press(pilot, *"Go", "enter", "shift+f12")
            assert titles(app) == ("Ant 1B", "Bee 2B")
        await until(pilot, lambda: states(app) == ["done", "done"])
        assert titles(app) == ("Ant 1B", "Bee 2B")


async def test_a_question_that_is_not_kept_leaves_names_as_they_were(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])), blind=False)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("shift+f12")
        await ask_in_vain(app, pilot, tmp_path, "Two")
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        assert titles(app) == ("Ant 1B", "Bee 2B")


async def test_an_answer_given_again_after_a_question_that_was_not_kept_is_hidden_and_where_it_was(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path, archive: Archive
) -> None:
    writing = asyncio.Event()
    ant, bee = ScriptedEngine(["ants"], ["ants again"]), ScriptedEngine(["flies"], ["flies again", Hold(writing)])
    app = host(make_duo(ant, bee))
    async with app.run_test(size=WIDE) as pilot:
        await ask(app, pilot, "One")
        swapped = archive.conversation(archive.latest_id() or 0).exchanges[0].question.swapped
        await pilot.press("escape")
        for _ in range(4):  # each is dealt anew
            with locked(tmp_path):
                await pilot.press(*"Two", "enter")
                await until(pilot, lambda: app.screen.query_one("#prompt").text == "Two")  # type: ignore[attr-defined]
            await press(pilot, "backspace", "backspace", "backspace")
        await pilot.press("shift+f5")
        await until(pilot, lambda: held(app) and len(bee.heard) == 2)
        assert "again" not in screen_text(app)
        writing.set()
        await until(pilot, lambda: bar(app).has_focus)
        assert screen_text(app).count("answer 2 of 2") == 2
        assert "Not asked" not in screen_text(app)
        assert not told(app)
        rows = [row for row in screen_text(app).splitlines() if "again" in row]
        assert ("ants again" in rows[0][:60]) is not swapped
        await pilot.press("left")
        await until(pilot, lambda: BETTER in screen_text(app))


async def test_a_vote_after_a_question_that_was_not_kept_tells_of_its_own_answers(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["I am Ant."]), ScriptedEngine(["I am Bee."])))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await ask_in_vain(app, pilot, tmp_path, "One")
        await pilot.press("enter")
        await until(pilot, lambda: bar(app).has_focus)
        assert "Not asked" not in screen_text(app)
        assert not told(app)
        await pilot.press("left")
        await until(pilot, lambda: "I am Ant." in screen_text(app) and "I am Bee." in screen_text(app))
        assert screen_text(app).count("▌ One") == 2


@pytest.mark.parametrize("blind", [True, False])
async def test_an_answer_that_is_not_given_again_after_all_stays_signed_and_judged(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path, archive: Archive, blind: bool
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])), blind=blind)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: bar(app).has_focus or states(app) == ["done", "done"])
        await press(pilot, *([] if blind else ["f12"]), "left")
        await until(pilot, lambda: BETTER in screen_text(app))
        signed, seated = screen_text(app).count("— "), titles(app)
        with locked(tmp_path):
            await pilot.press("shift+f5")
            await until(pilot, lambda: "is locked" in screen_text(app))
        assert "answer 2 of 2" not in screen_text(app)
        assert BETTER in screen_text(app)
        assert (screen_text(app).count("— "), titles(app)) == (signed, seated)


@pytest.mark.parametrize("blind", [True, False])
async def test_names_come_and_go_with_the_choice_after_a_first_question_that_was_not_kept(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path, archive: Archive, blind: bool
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])), blind=blind)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await ask_in_vain(app, pilot, tmp_path, "One")
        await pilot.press("shift+f12")
        await until(pilot, lambda: titles(app) == (("Ant 1B", "Bee 2B") if blind else ("left", "right")))


class Slow(Archive):
    """Takes no conversation, and says so only once it is let go."""

    def __init__(self, *opened: Any) -> None:
        super().__init__(*opened)
        self.began, self.let_go = Event(), Event()

    def begin(self, conversation: Conversation) -> Conversation:
        self.began.set()
        self.let_go.wait(PATIENCE)
        raise ArchiveError("The archive is full. Make room on the disk.")


@pytest.mark.parametrize("archive", [Slow.open], indirect=True)
@pytest.mark.parametrize("blind", [True, False])
async def test_a_choice_made_while_the_first_question_is_being_kept_holds_when_it_was_not(
    make_duo: MakeDuo, host: MakeHost, archive: Slow, blind: bool
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])), blind=blind)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"One", "enter")
        await until(pilot, archive.began.is_set)
        await pilot.press("shift+f12")
        await settle(pilot)
        assert "Not asked" not in screen_text(app)
        archive.let_go.set()
        await until(pilot, lambda: screen_text(app).count("Not asked") == 2)
        assert titles(app) == (("Ant 1B", "Bee 2B") if blind else ("left", "right"))


async def test_nothing_is_secret_of_a_question_that_was_not_kept(
    make_duo: MakeDuo, host: MakeHost, tmp_path: Path, archive: Archive
) -> None:
    app = host(make_duo(ScriptedEngine(["yes"]), ScriptedEngine(["no"])))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await ask_in_vain(app, pilot, tmp_path, "One")
        await press(pilot, "shift+f12", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
        await pilot.press("ctrl+s")
        await until(pilot, lambda: [*(tmp_path / "transcripts").glob("*-ant-vs-bee.md")])
