"""Engines that load before they are chosen: handed over as they are, ended for others, and never in the way."""

import asyncio
import os
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests import tiny
from tests.ledgers import TrustingLedger
from tests.patience import PATIENCE
from tests.scripted import LOADED, Death, Hold, ScriptedEngine
from tests.ticks import after_tick
from tui.chat.conversation import Side
from tui.chat.events import Failed, Loading
from tui.engine.protocol import Engine
from tui.models.catalogue.spec import ModelSpec
from tui.models.weights.ledger import Ledger
from tui.models.weights.stamps import stamp_of
from tui.session.memory_check import MemoryCheck, Selection, Selections
from tui.session.preload import Preloader, PreloadingEngine

Files = dict[str, Path]


class Made:
    """Makes scripted engines and keeps them; each that is open takes `cost` bytes of the `free` ones."""

    def __init__(self, free: int = 2**40, cost: int = 0) -> None:
        self.engines: list[ScriptedEngine] = []
        self._free = free
        self._cost = cost

    def make(self, _path: Path, _context: int, _extra_buffers: bool | None) -> Engine:
        self.engines.append(ScriptedEngine())
        return self.engines[-1]

    def available(self) -> int:
        return self._free - self._cost * len(self.open)

    @property
    def open(self) -> list[ScriptedEngine]:
        return [engine for engine in self.engines if not engine.closed]

    def preloader(self, ledger: Ledger | None = None) -> Preloader:
        memory_check = MemoryCheck(environ={}, available=self.available, ledger=ledger or TrustingLedger())
        return Preloader(memory_check, self.make)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return {name: tiny.write(tmp_path / f"{name}.gguf") for name in ("ant", "bee", "cow")}


def selections(left: Path, right: Path) -> Selections:
    pair = zip(Side, (left, right), strict=True)
    return {
        side: Selection(spec=ModelSpec(id=path.stem, name=path.stem, file=path.name, path=path)) for side, path in pair
    }


async def said(engine: Engine) -> list[object]:
    return [event async for event in engine.load()]


async def test_what_was_begun_is_handed_over_and_loads_no_second_time(files: Files) -> None:
    made = Made()
    preloader = made.preloader()
    wanted = selections(files["ant"], files["bee"])
    await preloader.begin(wanted)
    assert (await preloader.check_memory(wanted)).refusal is None
    taken = [
        preloader.take(side, selection.spec.path or Path(), selection.context) for side, selection in wanted.items()
    ]
    assert [await said(engine) for engine in taken] == [[LOADED], [LOADED]]
    assert [engine.load_count for engine in made.engines] == [1, 1]
    await preloader.close()
    assert len(made.open) == 2


async def test_another_model_ends_what_loads_for_its_place_alone(files: Files) -> None:
    made = Made()
    preloader = made.preloader()
    await preloader.begin(selections(files["ant"], files["bee"]))
    await preloader.check_memory(selections(files["ant"], files["cow"]))
    assert made.open == made.engines[:1]
    await preloader.close()
    assert made.open == []


async def test_another_context_and_a_file_that_changed_are_other_models(files: Files) -> None:
    made = Made()
    preloader = made.preloader()
    wanted = selections(files["ant"], files["bee"])
    await preloader.begin(wanted)
    left, right = (preloader.take(side, selection.spec.path or Path(), 256) for side, selection in wanted.items())
    assert [left, right] == made.engines[2:]
    at = after_tick(files["ant"]).stat().st_mtime_ns
    os.utime(files["ant"], ns=(at, at))
    await preloader.check_memory(wanted)
    assert made.engines[0].closed
    assert not made.engines[1].closed
    await preloader.close()


async def test_what_loads_ahead_takes_no_memory_from_what_is_chosen(files: Files) -> None:
    wanted = selections(files["ant"], files["bee"])
    needed = MemoryCheck(environ={}, available=lambda: 0).fit(wanted).needed
    made = Made(free=needed, cost=needed // 2)
    preloader = made.preloader()
    await preloader.begin(wanted)
    assert len(made.open) == 2
    assert (await preloader.check_memory(wanted)).refusal is None
    assert len(made.open) == 2
    assert (await preloader.check_memory(selections(files["cow"], files["bee"]))).refusal is None
    assert (await preloader.check_memory(selections(files["cow"], files["cow"]))).refusal is None
    assert made.open == []


async def test_what_does_not_fit_or_is_not_here_is_not_begun(files: Files, tmp_path: Path) -> None:
    short = Made(free=1)
    await short.preloader().begin(selections(files["ant"], files["bee"]))
    made = Made()
    await made.preloader().begin(selections(files["ant"], tmp_path / "gone.gguf"))
    files["bee"].write_bytes(b"GGUF")
    await made.preloader().begin(selections(files["ant"], files["bee"]))
    assert short.engines == made.engines == []


async def test_only_verified_files_load_ahead(files: Files, tmp_path: Path) -> None:
    made, ledger = Made(), Ledger(tmp_path / "verified")
    wanted = selections(files["ant"], files["bee"])
    for path in (files["ant"], files["bee"]):
        assert not made.engines
        stamp = stamp_of(path)
        assert stamp is not None
        ledger.remember(path, stamp, "ab" * 32)
        await made.preloader(ledger).begin(wanted)
    assert len(made.engines) == 2


async def test_file_with_another_hash_than_the_catalogue_names_does_not_load_ahead(files: Files) -> None:
    made = Made()
    [left, right] = selections(files["ant"], files["bee"]).values()
    named = replace(right, spec=msgspec.structs.replace(right.spec, sha256="cd" * 32))
    await made.preloader(TrustingLedger("ab" * 32)).begin({Side.LEFT: left, Side.RIGHT: named})
    assert made.engines == []


class Slow(ScriptedEngine):
    """Says when it is to end, and ends once `gate` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.closing, self.gate = asyncio.Event(), asyncio.Event()

    async def close(self) -> None:
        self.closing.set()
        await self.gate.wait()
        await super().close()


async def test_what_is_being_ended_is_waited_for_by_the_next(files: Files) -> None:
    engines: list[Slow] = []

    def make(_path: Path, _context: int, _extra_buffers: bool | None) -> Engine:
        engines.append(Slow())
        return engines[-1]

    preloader = Preloader(MemoryCheck(environ={}, available=lambda: 2**40, ledger=TrustingLedger()), make)
    await preloader.begin(selections(files["ant"], files["bee"]))
    first = asyncio.create_task(preloader.check_memory(selections(files["cow"], files["cow"])))
    await engines[0].closing.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(preloader.check_memory(selections(files["cow"], files["cow"])))
    done, _ = await asyncio.wait([second], timeout=0.1)
    assert not done
    assert not any(engine.closed for engine in engines)
    for engine in engines:
        engine.gate.set()
    await second
    assert all(engine.closed for engine in engines)


async def test_what_failed_ahead_is_tried_again() -> None:
    engine = ScriptedEngine(loads=[[Death("no")], [Loading(0.5)]])
    begun = PreloadingEngine(engine)
    await asyncio.sleep(0.01)
    assert engine.load_count == 1
    assert await said(begun) == [Loading(0.5), LOADED]
    assert await said(begun) == [Loading(0.5), LOADED]


async def test_a_failure_in_the_hands_of_its_user_is_told() -> None:
    gate = asyncio.Event()
    begun = PreloadingEngine(ScriptedEngine(loads=[[Hold(gate), Death("no")]]))
    async with aclosing(begun.load()) as events:
        first = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.01)
        gate.set()
        assert await first == Failed("no")


async def test_whoever_does_not_wait_ends_the_loading() -> None:
    engine = ScriptedEngine(loads=[[Loading(0.1), Hold(asyncio.Event())]])
    begun = PreloadingEngine(engine)
    async with aclosing(begun.load()) as events:
        assert await anext(events) == Loading(0.1)
    async with asyncio.timeout(PATIENCE):
        await begun.close()
    assert engine.closed


async def test_what_is_closed_while_somebody_waits_for_it_loads_no_second_time() -> None:
    engine = ScriptedEngine(loads=[[Hold(asyncio.Event())], []])
    begun = PreloadingEngine(engine)
    waiting = asyncio.create_task(said(begun))
    await asyncio.sleep(0.01)
    await begun.close()
    async with asyncio.timeout(PATIENCE):
        assert await waiting == [Failed("Loading was given up; load it again.")]
    assert engine.load_count == 1
