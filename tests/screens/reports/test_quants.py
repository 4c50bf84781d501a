"""The view of how far two quants are apart: what it tells, how it ends, and when it is not to be had."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import gguf
import msgspec
import pytest
from textual.pilot import Pilot

from tests import tiny
from tests.cli.test_views import consoles
from tests.engines import engine as started
from tests.ledgers import TrustingLedger
from tests.requantized import requantized
from tests.screens.conftest import MakeDuo
from tests.screens.host import Host, find_command, press, screen_text, until
from tests.scripted import Hold, ScriptedEngine
from tui.app.lazy import sections
from tui.app.palette import Commands
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.chat.events import Loading
from tui.cli.quants import compare_quants
from tui.engine.cores import Cores
from tui.engine.process.fallback import FallbackEngine
from tui.engine.protocol import Engine
from tui.models.catalogue.spec import ModelSpec
from tui.screens.compare.replace_model import Stock
from tui.screens.compare.screen import CompareScreen
from tui.screens.help import HelpScreen, ids
from tui.screens.reports.quants import QuantsScreen
from tui.session.memory_check import MemoryCheck, Selection
from tui.session.preload import MakeEngine, Preloader
from tui.session.prepare import Preparer
from tui.session.quant_comparison import OWN, Over
from tui.widgets.status import Status

SHORT = Over(text=OWN.text[:1500], prompts=OWN.prompts[:3], max_tokens=16)
LONG = Over(text=OWN.text * 40, prompts=())
FOR_HOURS = Over(text=OWN.text * 10, prompts=OWN.prompts * 250, max_tokens=1500)
"""So much that nobody lives to see the end of it: a slow model takes seconds for each of the prompts."""
SPARE = 2**40
MakeStock = Callable[..., Stock]


class Paletted(Host):
    """The same with duochat's own commands."""

    COMMANDS = {Commands}  # noqa: RUF012


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "f16.gguf", context=4096)


@pytest.fixture(scope="module")
def quant(model: Path) -> Path:
    return requantized(model, model.with_name("q4_0.gguf"), gguf.GGMLQuantizationType.Q4_0)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of so many words that each token takes its time."""
    words = [f"word{number}" for number in range(20_000)]
    return tiny.write(tmp_path_factory.mktemp("slow") / "slow.gguf", words=words, context=4096)


@pytest.fixture
def made() -> list[FallbackEngine]:
    """The engines that the table's stock gave out, in order."""
    return []


def spec_of(path: Path, name: str) -> ModelSpec:
    return ModelSpec(id=name.lower(), name=name, file=path.name, path=path, size=path.stat().st_size)


@pytest.fixture
def stock(archive: Archive, made: list[FallbackEngine]) -> MakeStock:
    """Makes a stock whose places are two files, with real engines."""

    def real(path: Path, context: int, _: bool | None) -> Engine:
        made.append(started(path, context))
        return made[-1]

    def make(
        *paths: Path, names: tuple[str, str] = ("Ant", "Bee"), free: int = SPARE, engine: MakeEngine = real
    ) -> Stock:
        memory_check = MemoryCheck(environ={}, available=lambda: free, ledger=TrustingLedger())
        preparer = Preparer(
            environ={},
            archive=archive,
            memory_check=memory_check,
            preloader=Preloader(memory_check, engine),
            cores=Cores(2),
        )
        specs = [spec_of(path, name) for path, name in zip(paths, names, strict=True)]
        selections = {side: Selection(spec=spec) for side, spec in zip(Side, specs, strict=True)}
        return Stock(models=specs, memory_check=memory_check, preparer=preparer, selections=selections)

    return make


def view(stock: Stock, over: Over = SHORT) -> Host:
    """An app that compares what sits at the table."""
    return Host(QuantsScreen(stock, {side: selection.spec for side, selection in stock.selections.items()}, over))


def shown(app: Host) -> str:
    """What the screen shows, without frames and line ends."""
    return " ".join(screen_text(app).replace("│", " ").split())


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def at_work(pilot: Pilot[None], app: Host, made: list[FallbackEngine]) -> int:
    """Waits until both read, or answer already; the worker's process id."""
    await until(pilot, lambda: "Both read: " in shown(app) or "Both answer: " in shown(app))
    assert made[0].pid is not None
    return made[0].pid


async def test_it_tells_what_the_command_does_in_the_same_words(stock: MakeStock, model: Path, quant: Path) -> None:
    table = stock(model, quant)
    specs = {side: selection.spec for side, selection in table.selections.items()}
    out, err, said, _ = consoles(terminal=False)
    seated = table.preparer.preloader.take

    def engine(path: Path, context: int, _: bool | None) -> Engine:
        return seated(Side.LEFT, path, context)

    await compare_quants(table.preparer, specs, engine, Cores(2), SHORT, out=out, err=err, as_json=False)
    _, *lines = said.getvalue().splitlines()
    assert len(lines) == 10
    app = view(table)
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: "the capital of" in shown(app) and "prompts." not in shown(app))
        text = shown(app)
        assert "Ant (f16.gguf) and Bee (q4_0.gguf)" in text
        for line in lines:
            assert " ".join(line.split()) in text


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)], ids=str)
async def test_everything_can_be_reached(stock: MakeStock, model: Path, size: tuple[int, int]) -> None:
    app = view(stock(model, model))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: len(app.screen.query("Grid Static")) == 2 * 9)
        await until(pilot, lambda: "Both answer" not in shown(app))
        await pilot.press("end")
        await until(pilot, lambda: "the same, 16 tokens duochat quants LEFT RIGHT --text FILE" in shown(app))


async def test_how_far_it_is_is_told(stock: MakeStock, model: Path) -> None:
    gate = asyncio.Event()
    worker = ScriptedEngine(loads=[[Loading(0.5), Hold(gate)]])
    app = view(stock(model, model, engine=lambda *_: worker), LONG)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Loading the left model: 50%." in shown(app))
        gate.set()
        await until(pilot, lambda: "KL divergence (nats) mean 0.00000" in shown(app))
        await until(pilot, lambda: "Loading" not in shown(app) and "Both read" not in shown(app))
    assert worker.closed


@pytest.mark.parametrize("which", Side)
async def test_file_with_another_hash_than_it_must_have_is_not_compared(
    stock: MakeStock, model: Path, quant: Path, which: Side
) -> None:
    table = stock(model, quant)
    specs = {side: selection.spec for side, selection in table.selections.items()}
    specs[which] = msgspec.structs.replace(specs[which], sha256="ab" * 32)
    app = Host(QuantsScreen(table, specs, SHORT))
    async with app.run_test(size=(160, 50)) as pilot:
        await until(pilot, lambda: "has a wrong checksum: its bytes changed." in shown(app))


async def test_escape_ends_it_long_before_it_is_done(stock: MakeStock, slow: Path, made: list[FallbackEngine]) -> None:
    app = view(stock(slow, slow), FOR_HOURS)
    async with app.run_test(size=(80, 24)) as pilot:
        pid = await at_work(pilot, app, made)
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
        assert not running(pid)


async def test_escape_does_not_wait_for_a_worker_that_hears_nothing(
    stock: MakeStock, slow: Path, made: list[FallbackEngine]
) -> None:
    app = view(stock(slow, slow), FOR_HOURS)
    async with app.run_test(size=(80, 24)) as pilot:
        pid = await at_work(pilot, app, made)
        os.kill(pid, signal.SIGSTOP)
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
        assert not running(pid)


async def test_the_program_may_end_meanwhile(stock: MakeStock, slow: Path, made: list[FallbackEngine]) -> None:
    app = view(stock(slow, slow), FOR_HOURS)
    async with app.run_test(size=(80, 24)) as pilot:
        pid = await at_work(pilot, app, made)
    assert not running(pid)


async def test_names_are_shown_as_they_are(stock: MakeStock, model: Path) -> None:
    app = view(stock(model, model, names=("[bold]X[/x] \x1b[2J", "[@click=app.quit]q[/]")))
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: "[bold]X[/x] ␛[2J (f16.gguf) and [@click=app.quit]q[/] (f16.gguf)" in shown(app))


@pytest.mark.parametrize("word", ["straw and hay", "maize"], ids=["counted", "compared"])
async def test_other_vocabularies_are_refused_in_the_engines_words(
    stock: MakeStock, tmp_path: Path, made: list[FallbackEngine], word: str
) -> None:
    """Where the files tell it, nothing is loaded for it."""
    one = tiny.write(tmp_path / "one.gguf", words=["straw"], context=4096)
    two = tiny.write(tmp_path / "two.gguf", words=word.split(), context=4096)
    app = view(stock(one, two))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "different vocabularies" in shown(app) and "of one model." in shown(app))
        assert len(made) == (0 if " " in word else 1)
        assert all(engine.pid is None for engine in made)


async def test_too_little_memory_is_told_before_anything_loads(
    stock: MakeStock, model: Path, made: list[FallbackEngine]
) -> None:
    app = view(stock(model, model, free=1_000_000))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "close other programs" in shown(app))
        assert "Without the screen, duochat quants does with less" in shown(app)
    assert not made


async def test_weights_that_are_gone_are_told(stock: MakeStock, model: Path, tmp_path: Path) -> None:
    gone = tiny.write(tmp_path / "gone.gguf", context=4096)
    table = stock(model, gone)
    gone.unlink()
    app = view(table)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Bee (gone.gguf) are not on this disk any more: fetch them again." in shown(app))


def states(app: Host) -> list[str]:
    return [app.screen_stack[1].query_one(f"#{side} Status", Status).view.state for side in Side]


@pytest.fixture
def main(make_duo: MakeDuo, stock: MakeStock, model: Path, quant: Path, tmp_path: Path) -> Callable[..., Host]:
    """Makes the main screen, its duo scripted, above a stock with two quants."""

    def make(left: ScriptedEngine, *, blind: bool = False, seated: bool = True) -> Host:
        table = stock(model, quant) if seated else None
        duo = make_duo(left, ScriptedEngine())
        return Paletted(CompareScreen(duo, transcripts=tmp_path, keys={}, blind=blind, stock=table))

    return make


async def choose(app: Host, pilot: Pilot[None]) -> None:
    """Runs the comparison from the palette."""
    await until(pilot, lambda: states(app) == ["ready", "ready"] or "writing" in states(app) or "done" in states(app))
    await find_command(pilot, "two quants")
    assert "How far are two quants of one model apart? no key" in shown(app)
    await pilot.press("enter")


async def test_the_commands_open_it_and_both_can_be_asked_afterwards(main: Callable[..., Host]) -> None:
    left = ScriptedEngine()
    app = main(left)
    async with app.run_test(size=(120, 40)) as pilot:
        await choose(app, pilot)
        await until(pilot, lambda: "Ant (f16.gguf) and Bee (q4_0.gguf)" in shown(app))
        await until(pilot, lambda: "KL divergence (nats) mean" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press(*"Go", "enter")
        await until(pilot, lambda: states(app) == ["done", "done"])
    assert left.load_count == 1


async def test_who_is_shown_on_the_left_is_the_left_one(main: Callable[..., Host]) -> None:
    app = main(ScriptedEngine())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press("shift+f11")
        await choose(app, pilot)
        await until(pilot, lambda: "Bee (q4_0.gguf) and Ant (f16.gguf)" in shown(app))


async def test_it_waits_for_nobody_and_tells_nothing(main: Callable[..., Host]) -> None:
    app = main(ScriptedEngine(["so far", Hold(asyncio.Event())]))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press(*"Go", "enter")
        await choose(app, pilot)
        await until(pilot, lambda: "A model is at work" in shown(app))
        assert isinstance(app.screen, CompareScreen)


async def test_nothing_is_compared_while_names_are_hidden(main: Callable[..., Host]) -> None:
    app = main(ScriptedEngine(), blind=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await choose(app, pilot)
        await until(pilot, lambda: "That would tell which model is which" in shown(app))
        assert isinstance(app.screen, CompareScreen)


async def test_it_is_not_offered_where_nobody_knows_the_weights(main: Callable[..., Host]) -> None:
    app = main(ScriptedEngine(), seated=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await press(pilot, "ctrl+p", *"apart")
        await until(pilot, lambda: "No matches found" in shown(app))


async def test_whoever_wants_to_gives_it_a_key(main: Callable[..., Host]) -> None:
    app = main(ScriptedEngine())
    app.set_keymap({"quants": "f10"})
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: states(app) == ["ready", "ready"])
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, QuantsScreen))


async def test_the_help_lists_it_without_a_key() -> None:
    assert {"quants", "close-quants"} & ids(sections(())) == {"quants"}
    app = Host(HelpScreen([each for each in sections(()) if each.title == "Comparing"], {}))
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: "no key How far are two quants of one model apart?" in shown(app))
