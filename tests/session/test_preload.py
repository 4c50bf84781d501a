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
from tui.session.memory_check import Place, Places, Scales
from tui.session.preload import Ahead, Begun

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

    def ahead(self, ledger: Ledger | None = None) -> Ahead:
        scales = Scales(environ={}, available=self.available, ledger=ledger or TrustingLedger())
        return Ahead(scales, self.make)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return {name: tiny.write(tmp_path / f"{name}.gguf") for name in ("ant", "bee", "cow")}


def places(left: Path, right: Path) -> Places:
    pair = zip(Side, (left, right), strict=True)
    return {side: Place(spec=ModelSpec(id=path.stem, name=path.stem, file=path.name, path=path)) for side, path in pair}


async def said(engine: Engine) -> list[object]:
    return [event async for event in engine.load()]


async def test_what_was_begun_is_handed_over_and_loads_no_second_time(files: Files) -> None:
    made = Made()
    ahead = made.ahead()
    wanted = places(files["ant"], files["bee"])
    await ahead.begin(wanted)
    assert (await ahead.weigh(wanted)).refusal is None
    taken = [ahead.take(side, place.spec.path or Path(), place.context) for side, place in wanted.items()]
    assert [await said(engine) for engine in taken] == [[LOADED], [LOADED]]
    assert [engine.load_count for engine in made.engines] == [1, 1]
    await ahead.close()
    assert len(made.open) == 2


async def test_another_model_ends_what_loads_for_its_place_alone(files: Files) -> None:
    made = Made()
    ahead = made.ahead()
    await ahead.begin(places(files["ant"], files["bee"]))
    await ahead.weigh(places(files["ant"], files["cow"]))
    assert made.open == made.engines[:1]
    await ahead.close()
    assert made.open == []


async def test_another_context_and_a_file_that_changed_are_other_models(files: Files) -> None:
    made = Made()
    ahead = made.ahead()
    wanted = places(files["ant"], files["bee"])
    await ahead.begin(wanted)
    left, right = (ahead.take(side, place.spec.path or Path(), 256) for side, place in wanted.items())
    assert [left, right] == made.engines[2:]
    at = after_tick(files["ant"]).stat().st_mtime_ns
    os.utime(files["ant"], ns=(at, at))
    await ahead.weigh(wanted)
    assert made.engines[0].closed
    assert not made.engines[1].closed
    await ahead.close()


async def test_what_loads_ahead_takes_no_memory_from_what_is_chosen(files: Files) -> None:
    wanted = places(files["ant"], files["bee"])
    needed = Scales(environ={}, available=lambda: 0).balance(wanted).needed
    made = Made(free=needed, cost=needed // 2)
    ahead = made.ahead()
    await ahead.begin(wanted)
    assert len(made.open) == 2
    assert (await ahead.weigh(wanted)).refusal is None
    assert len(made.open) == 2
    assert (await ahead.weigh(places(files["cow"], files["bee"]))).refusal is None
    assert (await ahead.weigh(places(files["cow"], files["cow"]))).refusal is None
    assert made.open == []


async def test_what_does_not_fit_or_is_not_here_is_not_begun(files: Files, tmp_path: Path) -> None:
    short = Made(free=1)
    await short.ahead().begin(places(files["ant"], files["bee"]))
    made = Made()
    await made.ahead().begin(places(files["ant"], tmp_path / "gone.gguf"))
    files["bee"].write_bytes(b"GGUF")
    await made.ahead().begin(places(files["ant"], files["bee"]))
    assert short.engines == made.engines == []


async def test_only_verified_files_load_ahead(files: Files, tmp_path: Path) -> None:
    made, ledger = Made(), Ledger(tmp_path / "verified")
    wanted = places(files["ant"], files["bee"])
    for path in (files["ant"], files["bee"]):
        assert not made.engines
        stamp = stamp_of(path)
        assert stamp is not None
        ledger.remember(path, stamp, "ab" * 32)
        await made.ahead(ledger).begin(wanted)
    assert len(made.engines) == 2


async def test_file_with_another_hash_than_the_catalogue_names_does_not_load_ahead(files: Files) -> None:
    made = Made()
    [left, right] = places(files["ant"], files["bee"]).values()
    named = replace(right, spec=msgspec.structs.replace(right.spec, sha256="cd" * 32))
    await made.ahead(TrustingLedger("ab" * 32)).begin({Side.LEFT: left, Side.RIGHT: named})
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

    ahead = Ahead(Scales(environ={}, available=lambda: 2**40, ledger=TrustingLedger()), make)
    await ahead.begin(places(files["ant"], files["bee"]))
    first = asyncio.create_task(ahead.weigh(places(files["cow"], files["cow"])))
    await engines[0].closing.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(ahead.weigh(places(files["cow"], files["cow"])))
    done, _ = await asyncio.wait([second], timeout=0.1)
    assert not done
    assert not any(engine.closed for engine in engines)
    for engine in engines:
        engine.gate.set()
    await second
    assert all(engine.closed for engine in engines)


async def test_what_failed_ahead_is_tried_again() -> None:
    engine = ScriptedEngine(loads=[[Death("no")], [Loading(0.5)]])
    begun = Begun(engine)
    await asyncio.sleep(0.01)
    assert engine.load_count == 1
    assert await said(begun) == [Loading(0.5), LOADED]
    assert await said(begun) == [Loading(0.5), LOADED]


async def test_a_failure_in_the_hands_of_its_user_is_told() -> None:
    gate = asyncio.Event()
    begun = Begun(ScriptedEngine(loads=[[Hold(gate), Death("no")]]))
    async with aclosing(begun.load()) as events:
        first = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.01)
        gate.set()
        assert await first == Failed("no")


async def test_whoever_does_not_wait_ends_the_loading() -> None:
    engine = ScriptedEngine(loads=[[Loading(0.1), Hold(asyncio.Event())]])
    begun = Begun(engine)
    async with aclosing(begun.load()) as events:
        assert await anext(events) == Loading(0.1)
    async with asyncio.timeout(PATIENCE):
        await begun.close()
    assert engine.closed


async def test_what_is_closed_while_somebody_waits_for_it_loads_no_second_time() -> None:
    engine = ScriptedEngine(loads=[[Hold(asyncio.Event())], []])
    begun = Begun(engine)
    waiting = asyncio.create_task(said(begun))
    await asyncio.sleep(0.01)
    await begun.close()
    async with asyncio.timeout(PATIENCE):
        assert await waiting == [Failed("Loading was given up; load it again.")]
    assert engine.load_count == 1
