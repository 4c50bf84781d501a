"""The last pair loads while the menu is open, in real workers; what becomes of them when it is chosen, or is not."""

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from textual.message import Message
from textual.worker import Worker, WorkerState

from tests import tiny
from tests.engines import engine as made
from tests.ledgers import TrustingLedger
from tests.screens.host import press, screen_text, until
from tui.app.app import DuoApp
from tui.archive.store import Archive
from tui.chat.events import Loaded, LoadEvent
from tui.engine.cores import Cores
from tui.models.catalogue.catalogue import STARTER_PAIR, Catalogue
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.screen import CompareScreen
from tui.screens.menu.screen import MenuScreen
from tui.session.memory_check import MemoryCheck
from tui.session.preload import Preloader
from tui.session.prepare import Preparer
from tui.settings import Settings
from tui.widgets.status import Status


class Watched:
    """An engine that notes which worker loaded the model, each time that one did."""

    def __init__(self, path: Path, context: int) -> None:
        self._engine = engine = made(path, context)
        self.pids: list[int | None] = []
        self.reply, self.score, self.contrast = engine.reply, engine.score, engine.contrast
        self.stop, self.set_threads, self.close = engine.stop, engine.set_threads, engine.close

    @property
    def pid(self) -> int | None:
        return self._engine.pid

    async def load(self) -> AsyncGenerator[LoadEvent, None]:
        async for event in self._engine.load():
            if isinstance(event, Loaded):
                self.pids.append(self._engine.pid)
            yield event


class Program:
    """The app with three tiny models on disk, the first two of them the usual pair, and its engines."""

    def __init__(self, place: Path, archive: Archive, *, warm: bool) -> None:
        self.engines: list[Watched] = []
        memory_check = MemoryCheck(
            environ={"HF_HOME": str(place)}, available=lambda: 64 * 10**9, ledger=TrustingLedger()
        )
        preloader = Preloader(memory_check, self._make)
        self.app = DuoApp(
            catalogue=Catalogue(tuple(_spec(place, name) for name in (*STARTER_PAIR, "cow"))),
            settings=Settings(warm=warm),
            settings_file=place / "settings.toml",
            archive=archive,
            memory_check=memory_check,
            preparer=lambda: Preparer(
                environ={}, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2)
            ),
            selections={},
            resume=None,
        )

    def _make(self, path: Path, context: int, _: bool | None) -> Watched:
        self.engines.append(Watched(path, context))
        return self.engines[-1]

    @property
    def pids(self) -> list[int | None]:
        """The workers that have loaded their model, in the order in which they were made."""
        return [pid for engine in self.engines for pid in engine.pids]


def _spec(place: Path, name: str) -> ModelSpec:
    file = tiny.write(place / f"{name}.gguf", script={"\n": ["Hello", " there"]})
    return ModelSpec(id=name, name=name, file=file.name, path=file, sha256="00" * 32, size=file.stat().st_size)


@pytest.fixture
def program(tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Program]:
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))
    return lambda *, warm=True: Program(tmp_path, archive, warm=warm)


def alive(pid: int | None) -> bool:
    return pid is not None and Path(f"/proc/{pid}").exists()


async def test_the_last_pair_is_loaded_before_it_is_chosen(program: Callable[..., Program]) -> None:
    run = program()
    async with run.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(run.pids) == 2)
        assert isinstance(run.app.screen, MenuScreen)
        assert all(map(alive, run.pids))
        await press(pilot, "enter", "enter")
        await until(pilot, lambda: isinstance(run.app.screen, CompareScreen))
        await pilot.press(*"Hi", "enter")
        await until(pilot, lambda: [each.view.state for each in run.app.screen.query(Status)] == ["done", "done"])
        assert "Hello there" in screen_text(run.app)
        assert [engine.pid for engine in run.engines] == run.pids
        assert len(run.pids) == 2
    assert not any(map(alive, run.pids))


async def test_what_is_not_chosen_is_ended_and_what_is_stays(program: Callable[..., Program]) -> None:
    run = program()
    async with run.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(run.pids) == 2)
        left, right = run.pids
        await pilot.press(*"cow", "enter")
        await until(pilot, lambda: not alive(left))
        assert alive(right)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(run.app.screen, CompareScreen) and len(run.pids) == 3)
        assert [alive(pid) for pid in (left, right, run.pids[2])] == [False, True, True]
        assert [engine.pid for engine in run.engines] == [None, right, run.pids[2]]


async def test_whoever_leaves_the_menu_leaves_no_worker(program: Callable[..., Program]) -> None:
    run = program()
    async with run.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(run.pids) == 2)
        await pilot.press("ctrl+q")
    assert not any(map(alive, run.pids))


async def test_nothing_loads_before_it_is_chosen_where_that_is_not_wanted(program: Callable[..., Program]) -> None:
    run = program(warm=False)
    looked: list[Message] = []

    def hear(message: Message) -> None:
        if isinstance(message, Worker.StateChanged) and message.worker.group == "ahead":
            looked.extend([message] if message.state is WorkerState.SUCCESS else [])

    async with run.app.run_test(size=(100, 30), message_hook=hear) as pilot:
        await until(pilot, lambda: looked)
        assert isinstance(run.app.screen, MenuScreen)
        assert run.engines == []
        await press(pilot, "enter", "enter")
        await until(pilot, lambda: len(run.pids) == 2)
