"""Two models come to the table: what is on disk is taken as it is, and a stranger's file is identified first."""

import asyncio
import os
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

import pytest

from tests import tiny
from tests.patience import PATIENCE
from tests.scripted import ScriptedEngine
from tui.ahead import Ahead
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.models.obtain import Ready, Verifying
from tui.models.spec import ModelSpec
from tui.seating import Seating
from tui.weighing import Place, Scales, SeatingError


def seating(archive: Archive, available: int = 2**40) -> Seating:
    scales = Scales(environ=os.environ, available=lambda: available)
    ahead = Ahead(scales, lambda *_: ScriptedEngine())
    return Seating(environ=os.environ, archive=archive, scales=scales, ahead=ahead, cores=Cores(2))


def places(path: Path, known: str | None = None) -> dict[Side, Place]:
    return {side: Place(spec=ModelSpec(id="m", name="M", file=path.name, path=path, sha256=known)) for side in Side}


async def test_a_file_that_nobody_knows_is_identified_once_for_both_sides(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    content = path.read_bytes()
    archive = Archive.open(tmp_path / "archive.db")
    said = [pair async for pair in seating(archive).obtain(places(path))]
    duo = await seating(archive).duo(places(path), {side: event for side, event in said if isinstance(event, Ready)})
    assert said[-2:] == [(side, Ready(path, sha256(content).hexdigest(), len(content), "disk")) for side in Side]
    assert (Side.LEFT, Verifying(len(content), len(content))) in said
    assert {seat.weights.sha256 for seat in duo.conversation.seats.values()} == {sha256(content).hexdigest()}
    await duo.close()
    archive.close()


async def test_whoever_leaves_does_not_wait_for_a_large_file(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    os.truncate(path, 200 * 2**30)
    archive = Archive.open(tmp_path / "archive.db")
    async with asyncio.timeout(PATIENCE), aclosing(seating(archive).obtain(places(path))) as events:
        async for _, event in events:
            if isinstance(event, Verifying):
                break
    archive.close()


async def test_a_file_whose_hash_is_known_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    archive = Archive.open(tmp_path / "archive.db")
    said = [pair async for pair in seating(archive).obtain(places(path, "ab" * 32))]
    assert said == [(side, Ready(path, "ab" * 32, path.stat().st_size, "disk")) for side in Side]
    archive.close()


async def test_what_does_not_fit_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    archive = Archive.open(tmp_path / "archive.db")
    with pytest.raises(SeatingError, match="close other programs"):
        await anext(seating(archive, available=1).obtain(places(path)))
    archive.close()


async def test_what_runs_now_makes_room_for_another_model(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    archive = Archive.open(tmp_path / "archive.db")
    both = places(path)
    plenty = await seating(archive).weigh_anew(both, {})
    taken = plenty.needed - path.stat().st_size
    refused = await seating(archive, available=plenty.needed - 1).weigh_anew(both, {})
    beside = await seating(archive, available=plenty.needed - taken).weigh_anew(both, both)
    assert refused.refusal is not None
    assert beside.refusal is None
    archive.close()
