"""Another model comes to one side, and the conversation goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests import tiny
from tests.ledgers import TrustingLedger
from tests.screens.host import Host, press, screen_text, states, until
from tests.scripted import Death, Hold, ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.chat.generation_settings import Overrides
from tui.engine.cores import Cores
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.events import Ready
from tui.screens.compare.choose_model import ChoiceScreen
from tui.screens.compare.replace_model import Stock
from tui.screens.compare.screen import CompareScreen
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer

SPARE = 64 * 10**9
MakeTable = Callable[..., Awaitable[Host]]


@pytest.fixture
def table(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeTable:
    """Makes the screen of Ant and Bee, with Cat at hand; engines are given out in that order."""
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))
    file = tiny.write(tmp_path / "tiny.gguf")
    models = [
        ModelSpec(id=name.lower(), name=name, file=file.name, path=file, sha256="00" * 32, size=file.stat().st_size)
        for name in ("Ant", "Bee", "Cat")
    ]

    async def make(*engines: ScriptedEngine, free: Callable[[], int] = lambda: SPARE, blind: bool = False) -> Host:
        waiting = list(engines)
        memory_check = MemoryCheck(environ={"HF_HOME": str(tmp_path)}, available=free, ledger=TrustingLedger())
        preloader = Preloader(memory_check, lambda *_: waiting.pop(0))
        preparer = Preparer(
            environ={"HF_HOME": str(tmp_path)},
            archive=archive,
            memory_check=memory_check,
            preloader=preloader,
            cores=Cores(2),
        )
        overrides = Overrides(system="Be brief.")
        places = {side: Selection(spec=spec, overrides=overrides) for side, spec in zip(Side, models, strict=False)}
        ready = dict.fromkeys(Side, Ready(path=file, sha256="00" * 32, size=file.stat().st_size, source="disk"))
        duo = await preparer.duo(places, ready)
        stock = Stock(models=models, memory_check=memory_check, preparer=preparer, selections=places)
        return Host(CompareScreen(duo, transcripts=tmp_path, keys={}, blind=blind, stock=stock))

    return make


def at_table(app: Host, *wanted: str) -> bool:
    return isinstance(app.screen, CompareScreen) and states(app) == list(wanted)


async def test_another_model_goes_on_with_what_was_said_on_its_side(table: MakeTable, archive: Archive) -> None:
    ant, bee, cat = ScriptedEngine(["From Ant."]), ScriptedEngine(["From Bee."]), ScriptedEngine(["From Cat."])
    app = await table(ant, bee, cat)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: at_table(app, "ready", "ready"))
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: at_table(app, "done", "done"))
        await pilot.press("shift+f6")
        await until(pilot, lambda: "Another model on the left, in place of Ant." in screen_text(app))
        await pilot.press(*"cat", "enter")
        await until(pilot, lambda: at_table(app, "ready", "done"))
        assert "─ Cat ─" in screen_text(app)
        await until(pilot, lambda: "— Ant" in screen_text(app))
        await pilot.press(*"Two", "enter")
        await until(pilot, lambda: at_table(app, "done", "done"))
        await until(pilot, lambda: "From Cat." in screen_text(app))
    assert ant.closed
    assert [message.text for message in cat.heard[0]] == ["Be brief.", "One", "From Ant.", "Two"]
    kept = archive.conversation(archive.latest_id() or 0).exchanges
    assert [exchange.answers[Side.LEFT].model.model for exchange in kept] == ["ant", "cat"]


async def test_a_model_that_does_not_fit_is_refused_and_the_one_that_sits_there_stays(table: MakeTable) -> None:
    free = [SPARE]
    ant = ScriptedEngine()
    app = await table(ant, ScriptedEngine(), free=lambda: free[0])
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: at_table(app, "ready", "ready"))
        free[0] = -SPARE
        await press(pilot, "shift+f6", *"cat", "enter")
        await until(pilot, lambda: "close other programs" in screen_text(app))
        assert isinstance(app.screen, ChoiceScreen)
        await pilot.press("escape")
        await until(pilot, lambda: at_table(app, "ready", "ready"))
        assert "─ Ant ─" in screen_text(app)
    assert ant.load_count == 1


async def test_nobody_is_sent_away_in_the_middle_of_an_answer(table: MakeTable) -> None:
    app = await table(ScriptedEngine(["so far", Hold(asyncio.Event())]), ScriptedEngine())
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: at_table(app, "ready", "ready"))
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: at_table(app, "writing", "done"))
        await pilot.press("shift+f7")
        await until(pilot, lambda: "A model is at work" in screen_text(app))


async def test_nobody_is_sent_away_while_names_are_hidden(table: MakeTable) -> None:
    app = await table(ScriptedEngine(), ScriptedEngine(), blind=True)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: at_table(app, "ready", "ready"))
        await pilot.press("shift+f7")
        await until(pilot, lambda: "Names are hidden" in screen_text(app))


async def test_a_newcomer_that_does_not_load_says_so_and_can_be_replaced_again(table: MakeTable) -> None:
    broken, last = ScriptedEngine(loads=[[Death("cat.gguf is damaged.")]]), ScriptedEngine(["At last."])
    app = await table(ScriptedEngine(), ScriptedEngine(), broken, last)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: at_table(app, "ready", "ready"))
        await press(pilot, "shift+f7", *"cat", "enter")
        await until(pilot, lambda: at_table(app, "ready", "failed"))
        assert "cat.gguf is damaged." in screen_text(app)
        await press(pilot, "shift+f7", *"ant", "enter")
        await until(pilot, lambda: at_table(app, "ready", "ready"))
        assert "damaged" not in screen_text(app)
        await pilot.press(*"One", "enter")
        await until(pilot, lambda: "At last." in screen_text(app))
