"""Two models are prepared: what was verified before is taken at once, and any other file is hashed first."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

import pytest

from tests import tiny
from tests.broken_engine import Break, another_processor, no_library, no_package
from tests.patience import PATIENCE
from tests.scripted import ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import FetchFailed, Note, Ready, Verifying
from tui.models.weights.ledger import NO_LEDGER, Ledger
from tui.models.weights.stamps import stamp_of
from tui.session.memory_check import MemoryCheck, PrepareError, Selection
from tui.session.preload import Preloader
from tui.session.prepare import Preparer


def preparer(
    archive: Archive,
    available: int = 2**40,
    environ: Mapping[str, str] = os.environ,
    ledger: Ledger = NO_LEDGER,
) -> Preparer:
    memory_check = MemoryCheck(environ=os.environ, available=lambda: available, ledger=ledger)
    preloader = Preloader(memory_check, lambda *_: ScriptedEngine())
    return Preparer(environ=environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2))


def selections(path: Path, known: str | None = None) -> dict[Side, Selection]:
    return {side: Selection(spec=ModelSpec(id="m", name="M", file=path.name, path=path, sha256=known)) for side in Side}


async def test_a_file_that_nobody_knows_is_identified_once_for_both_sides(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    content = path.read_bytes()
    archive = Archive.open(tmp_path / "archive.db")
    said = [pair async for pair in preparer(archive).obtain(selections(path))]
    duo = await preparer(archive).duo(
        selections(path), {side: event for side, event in said if isinstance(event, Ready)}
    )
    ready = Ready(path, sha256(content).hexdigest(), len(content), "disk", stamp_of(path))
    assert said[-2:] == [(side, ready) for side in Side]
    assert (Side.LEFT, Verifying(len(content), len(content))) in said
    assert {model.weights.sha256 for model in duo.conversation.models.values()} == {sha256(content).hexdigest()}
    await duo.close()
    archive.close()


async def test_whoever_leaves_does_not_wait_for_a_large_file(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    os.truncate(path, 200 * 2**30)
    archive = Archive.open(tmp_path / "archive.db")
    async with asyncio.timeout(PATIENCE), aclosing(preparer(archive).obtain(selections(path))) as events:
        async for _, event in events:
            if isinstance(event, Verifying):
                break
    archive.close()


async def test_verified_file_is_ready_at_once(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    archive, ledger = Archive.open(tmp_path / "archive.db"), Ledger(tmp_path / "verified")
    first = [pair async for pair in preparer(archive, ledger=ledger).obtain(selections(path))]
    known = sha256(path.read_bytes()).hexdigest()
    second = [pair async for pair in preparer(archive, ledger=ledger).obtain(selections(path, known))]
    assert second == first[-2:]
    archive.close()


async def test_file_with_another_hash_than_the_catalogue_names_is_refused(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    archive = Archive.open(tmp_path / "archive.db")
    said = [pair async for pair in preparer(archive).obtain(selections(path, "ab" * 32))]
    wrong = f"{path} has a wrong checksum: its bytes changed. Remove it, then `duochat pull` it again."
    assert said[-2:] == [(side, FetchFailed(wrong)) for side in Side]
    archive.close()


async def test_what_does_not_fit_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    archive = Archive.open(tmp_path / "archive.db")
    with pytest.raises(PrepareError, match="close other programs"):
        await anext(preparer(archive, available=1).obtain(selections(path)))
    archive.close()


async def test_what_runs_now_makes_room_for_another_model(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf")
    archive = Archive.open(tmp_path / "archive.db")
    both = selections(path)
    plenty = await preparer(archive).check_memory_again(both, {})
    taken = plenty.needed - path.stat().st_size
    refused = await preparer(archive, available=plenty.needed - 1).check_memory_again(both, {})
    beside = await preparer(archive, available=plenty.needed - taken).check_memory_again(both, both)
    assert refused.refusal is not None
    assert beside.refusal is None
    archive.close()


ABSENT = ModelSpec(id="absent", name="Absent", file="absent.gguf", repo="nobody/absent")


@pytest.mark.parametrize("break_engine", [no_package, no_library, another_processor])
async def test_nothing_is_fetched_for_an_engine_that_cannot_be_used(tmp_path: Path, break_engine: Break) -> None:
    archive = Archive.open(tmp_path / "archive.db")
    broken = preparer(archive, environ=break_engine(tmp_path, os.environ))
    pair = selections(tiny.write(tmp_path / "m.gguf"), "ab" * 32) | {Side.RIGHT: Selection(spec=ABSENT)}
    for fetching in (broken.obtain(pair), broken.bring(ABSENT)):
        async with aclosing(fetching):
            with pytest.raises(PrepareError, match=r"^llama.cpp cannot be used here"):
                await anext(fetching)
    archive.close()


async def test_the_engine_is_not_asked_where_nothing_is_to_be_fetched(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive.db")
    broken = preparer(archive, environ=no_library(tmp_path, os.environ))
    said = [event async for _, event in broken.obtain(selections(tiny.write(tmp_path / "m.gguf")))]
    assert [type(event) for event in said if not isinstance(event, Verifying)] == [Ready, Ready]
    archive.close()


async def test_an_engine_that_works_is_asked_once(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive.db")
    environ = dict(os.environ)
    table = preparer(archive, environ=environ)
    for _ in range(2):
        async with aclosing(table.bring(ABSENT)) as events:
            assert await anext(events) == Note("looking for absent.gguf")
        environ |= no_library(tmp_path, environ)
    archive.close()
