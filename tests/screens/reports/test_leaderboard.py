"""The leaderboard on the screen: there at once, filled once the votes are counted, part by part, and its looks."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from numpy.random import default_rng
from textual.pilot import Pilot
from textual.widgets import Tab

from tests import tiny
from tests.archive import sample
from tests.archive.test_store import keep
from tests.arena.ratings.voters import Voter, vote, votes
from tests.ledgers import TrustingLedger
from tests.patience import PATIENCE
from tests.reports.test_leaderboard import SPECS
from tests.screens.host import Host, find_command, press, screen_text, settle, until
from tests.scripted import ScriptedEngine
from tui.app.app import DuoApp
from tui.archive.errors import ArchiveError
from tui.archive.store import Archive
from tui.arena.ratings.from_votes import rate
from tui.arena.ratings.leaderboard import Leaderboard
from tui.chat.conversation import Exchange, Side
from tui.chat.judgment import Judgment, Verdict
from tui.engine.cores import Cores
from tui.models.catalogue.catalogue import Catalogue
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.screen import CompareScreen
from tui.screens.menu.screen import MenuScreen
from tui.screens.reports.leaderboard import LeaderboardScreen
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer
from tui.settings import Settings
from tui.widgets.prompt import Prompt

TAGGED = rate([*votes(("ant", "bee", 20, 2, 9)), *(vote("ant", "bee", Verdict.TIE, tags=("[/x]",)) for _ in range(4))])
STRENGTHS = [1.2, 0.9, 0.5, 0.2, 0.0, -0.2, -0.5, -0.8]
NAMES = (
    "Ant 1B",
    "Bee 2B Instruct",
    "Cicada 7B Distill 1.5B",
    "蜻蜓 4B",
    "Earwig 8B",
    "Firefly 9B",
    "Gnat 135M",
    "Hornet",
)
ZOO = {
    f"model-{k:02}": ModelSpec(id=f"model-{k:02}", name=name, maker="Formica", country="FR", file="x.gguf")
    for k, name in enumerate(NAMES[:-1])
}


def parts(app: Host) -> int:
    return len(app.screen.query(Tab))


def host(board: Leaderboard) -> Host:
    return Host(LeaderboardScreen(lambda: board, SPECS))


async def test_it_is_there_at_once_and_stays_awake_while_votes_are_counted() -> None:
    counted = Event()

    def count() -> Leaderboard:
        counted.wait(PATIENCE)
        return TAGGED

    app = Host(LeaderboardScreen(count, SPECS))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "Counting the votes" in screen_text(app))
        await press(pilot, "right", "down", "end")
        await pilot.resize_terminal(80, 24)
        assert "Counting the votes" in screen_text(app)
        counted.set()
        await until(pilot, lambda: "Ant 1B Instruct" in screen_text(app))
        assert "all 35 votes" in screen_text(app)


async def test_each_part_of_the_votes_has_its_own_standings() -> None:
    app = host(TAGGED)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "taken out" in screen_text(app))
        await pilot.press("right")
        await until(pilot, lambda: "taken out" not in screen_text(app))
        assert "#[/x] 4" in screen_text(app)
        assert "Too few votes to say: 4 votes" in screen_text(app)
        await pilot.press("left")
        await until(pilot, lambda: "taken out" in screen_text(app))


async def test_the_page_scrolls_and_fits_a_terminal_that_changes() -> None:
    app = Host(LeaderboardScreen(lambda: rate(Voter(STRENGTHS).cast(300, default_rng(1))), ZOO))
    async with app.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: "Formica, FR" in screen_text(app))
        await pilot.press("end")
        await until(pilot, lambda: "Bright: the votes say" in screen_text(app))
        await pilot.press("home")
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: "Formica" not in screen_text(app))
        rows = [row for row in screen_text(app).split("\n") if "●" in row]
        assert len(rows) >= len(STRENGTHS)


@pytest.mark.parametrize(
    ("board", "sentence"),
    [
        (rate([]), "No vote yet. Ask two models something"),
        (rate([vote("ant", "ant", Verdict.LEFT)]), "1 vote between a model and itself not counted."),
    ],
)
async def test_without_votes_it_says_what_to_do(board: Leaderboard, sentence: str) -> None:
    app = host(board)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: sentence in screen_text(app))
        assert parts(app) == 0
        await press(pilot, "left", "right", "escape")
        await until(pilot, lambda: app.results == [None])


async def test_an_archive_that_cannot_be_read_is_a_sentence() -> None:
    def fail() -> Leaderboard:
        raise ArchiveError("archive.db is damaged. Start duochat again.\x1b[2J")

    app = Host(LeaderboardScreen(fail, SPECS))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "archive.db is damaged. Start duochat again.␛[2J" in screen_text(app))


@pytest.fixture
def program(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., DuoApp]:
    """Makes the whole program, with one vote in its archive."""
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))
    file = tiny.write(tmp_path / "tiny.gguf")
    there = partial(ModelSpec, file=file.name, path=file, sha256="00" * 32, size=file.stat().st_size)
    specs = [there(id=each, name=each) for each in ("a", "b")]
    answers = {side: sample.answered(side, "yes") for side in Side}
    judgment = Judgment(verdict=Verdict.LEFT, at=sample.WHEN)
    keep(archive, sample.conversation(Exchange(sample.question(), answers, judgment=judgment)))
    memory_check = MemoryCheck(
        environ={"HF_HOME": str(tmp_path)}, available=lambda: 64 * 10**9, ledger=TrustingLedger()
    )
    preloader = Preloader(memory_check, lambda *_: ScriptedEngine())
    preparer = Preparer(environ={}, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2))

    def make(*, skip: bool) -> DuoApp:
        return DuoApp(
            catalogue=Catalogue(tuple(specs)),
            settings=Settings(),
            settings_file=tmp_path / "settings.toml",
            archive=archive,
            memory_check=memory_check,
            preparer=lambda: preparer,
            selections={side: Selection(spec=spec) for side, spec in zip(Side, specs, strict=True)} if skip else {},
            resume=None,
        )

    return make


async def test_a_key_opens_it_from_the_main_screen_and_the_draft_stays(program: Callable[..., DuoApp]) -> None:
    app = program(skip=True)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await press(pilot, *"Hi", "ctrl+o", "ctrl+o")
        await until(pilot, lambda: "qwen-small, smol are not in the catalogue" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        assert app.screen.query_one(Prompt).text == "Hi"


async def test_the_palette_opens_it_from_the_menu(program: Callable[..., DuoApp]) -> None:
    app = program(skip=False)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
        await find_command(pilot, "leaderb")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LeaderboardScreen))
        await until(pilot, lambda: "1 vote" in screen_text(app))


async def test_a_screen_that_ends_takes_along_what_was_opened_above_it(program: Callable[..., DuoApp]) -> None:
    app = program(skip=True)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        duo = app.screen
        await press(pilot, "ctrl+o", "f1")
        await until(pilot, lambda: len(app.screen_stack) == 4)
        await duo.run_action("menu")
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
        assert len(app.screen_stack) == 2


@pytest.mark.parametrize(
    ("size", "theme", "keys"),
    [((80, 24), "duochat-dark", ()), ((120, 40), "duochat-light", ()), ((200, 50), "duochat-dark", ("end",))],
    ids=str,
)
def test_looks(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str, keys: tuple[str, ...]) -> None:
    few = [vote("model-00", "model-07", verdict, tags=("code",)) for verdict in Verdict]
    cast = Voter(STRENGTHS[:-1], pull=(0.1, 0.3, 0.1)).cast(400, default_rng(1))
    app = Host(LeaderboardScreen(lambda: rate([*cast, *few]), ZOO), theme)

    async def show(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: parts(app) == 2 and "●" in screen_text(app))
        await pilot.press(*keys)
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=show)
