"""Weights are hashed once for each change before they are used, and refused if they are wrong."""

import hashlib
import os
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.models.download.loopback import Fault, LoopbackHub, closed_port, weights
from tests.models.download.package_index import serving, write_model
from tests.models.gguf.cached import COMMIT, REPO, flip, lay_out
from tests.ticks import after_tick
from tui.models import local
from tui.models.catalogue.spec import ModelSpec
from tui.models.download import child
from tui.models.download.events import Verify
from tui.models.download.parent import FetchEvent, FetchFailed, Note, Progress, Ready, Verifying
from tui.models.weights.ledger import Ledger
from tui.models.weights.verifier import Verifier

CONTENT = weights(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CATALOGUE = ModelSpec(id="m", name="M", repo=REPO, file="m.gguf", size=len(CONTENT), sha256=SHA256)
HUB = ModelSpec(id="hf", name="M", repo=REPO, file="m.gguf")


class Machine:
    """A hub cache and a ledger under one folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ = {**os.environ, "HF_HUB_CACHE": str(home / "hub")}

    @property
    def entries(self) -> list[Path]:
        return list((self.home / "verified").glob("*"))

    async def fetch_or_check(self, spec: ModelSpec, *, anew: bool = False) -> list[FetchEvent]:
        verifier = Verifier(Ledger(self.home / "verified"), self.environ)
        return [event async for event in verifier.fetch_or_check(spec, local.find(spec, self.environ), anew=anew)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path / "duochat"))
    return Machine(tmp_path)


def was_read(said: list[FetchEvent]) -> bool:
    return any(isinstance(event, Verifying) for event in said)


def own(machine: Machine) -> ModelSpec:
    """Return a model that the user named by its path."""
    path = machine.home / "own.gguf"
    path.write_bytes(CONTENT)
    return ModelSpec(id=str(path), name="Own", file=path.name, path=path)


@pytest.mark.parametrize("spec", [CATALOGUE, HUB], ids=["catalogue", "hf"])
async def test_flipped_byte_is_refused(machine: Machine, spec: ModelSpec) -> None:
    path = lay_out(machine.home, CONTENT)
    assert isinstance((await machine.fetch_or_check(spec))[-1], Ready)
    flip(after_tick(path))
    said = await machine.fetch_or_check(spec)
    assert said[-1] == FetchFailed(
        f"m.gguf ({path.resolve()}) has a wrong checksum: its bytes changed. Remove it, then `duochat pull` it again."
    )


async def test_flipped_byte_in_an_unknown_file_is_refused(machine: Machine) -> None:
    flip(lay_out(machine.home, CONTENT))
    assert isinstance((await machine.fetch_or_check(CATALOGUE))[-1], FetchFailed)
    assert machine.entries == []


async def test_named_file_can_be_removed_and_fetched_again(machine: Machine) -> None:
    flip(lay_out(machine.home, CONTENT))
    [refused] = [event for event in await machine.fetch_or_check(HUB) if isinstance(event, FetchFailed)]
    os.unlink(re.findall(r"\((.*)\)", refused.message)[0])  # noqa: PTH108
    with LoopbackHub({f"{REPO}/m.gguf": CONTENT}) as hub:
        machine.environ |= {"HF_ENDPOINT": hub.endpoint}
        assert isinstance((await machine.fetch_or_check(HUB))[-1], Ready)


@pytest.mark.parametrize("spec", [CATALOGUE, HUB], ids=["catalogue", "hf"])
async def test_verified_file_is_not_hashed_again(machine: Machine, spec: ModelSpec) -> None:
    path = lay_out(machine.home, CONTENT)
    first, second = await machine.fetch_or_check(spec), await machine.fetch_or_check(spec)
    assert was_read(first)
    assert second == [first[-1]]
    assert isinstance(first[-1], Ready)
    assert (first[-1].path, first[-1].sha256, first[-1].size) == (path, SHA256, len(CONTENT))


async def test_touched_file_is_accepted(machine: Machine) -> None:
    path = lay_out(machine.home, CONTENT)
    await machine.fetch_or_check(CATALOGUE)
    after_tick(path).touch()
    assert [was_read(await machine.fetch_or_check(CATALOGUE)) for _ in range(2)] == [True, False]


async def test_flipped_byte_with_the_old_time_is_refused(machine: Machine) -> None:
    path = lay_out(machine.home, CONTENT)
    await machine.fetch_or_check(CATALOGUE)
    at = after_tick(path).stat().st_mtime_ns
    flip(path)
    os.utime(path, ns=(at, at))
    assert isinstance((await machine.fetch_or_check(CATALOGUE))[-1], FetchFailed)


async def test_file_is_hashed_again_after_a_damaged_ledger(machine: Machine) -> None:
    lay_out(machine.home, CONTENT)
    await machine.fetch_or_check(CATALOGUE)
    [entry] = machine.entries
    entry.write_bytes(entry.read_bytes()[:-1])
    assert [was_read(await machine.fetch_or_check(CATALOGUE)) for _ in range(2)] == [True, False]


async def test_entry_with_another_hash_is_ignored(machine: Machine) -> None:
    lay_out(machine.home, CONTENT)
    await machine.fetch_or_check(CATALOGUE)
    other = msgspec.structs.replace(CATALOGUE, sha256="0" * 64, revision=COMMIT)
    path = local.find(HUB, machine.environ)
    said = [e async for e in Verifier(Ledger(machine.home / "verified"), machine.environ).fetch_or_check(other, path)]
    assert isinstance(said[-1], FetchFailed)


async def test_file_without_a_known_hash_is_recorded(machine: Machine) -> None:
    path = lay_out(machine.home, CONTENT, links=False)
    said = await machine.fetch_or_check(HUB)
    assert isinstance(said[-1], Ready)
    assert (said[-1].path, said[-1].sha256) == (path, SHA256)


async def test_changed_file_of_the_user_is_accepted_with_a_note(machine: Machine) -> None:
    spec = own(machine)
    assert not any(isinstance(event, Note) for event in await machine.fetch_or_check(spec))
    assert spec.path is not None
    flip(after_tick(spec.path))
    now = hashlib.sha256(spec.path.read_bytes()).hexdigest()
    said = await machine.fetch_or_check(spec)
    assert isinstance(said[-1], Ready)
    assert said[-1].sha256 == now
    assert said[-2] == Note(
        f"own.gguf changed since it was last used: its sha256 is now {now[:8]}…, it was {SHA256[:8]}…", lasting=True
    )
    assert not any(isinstance(event, Note) for event in await machine.fetch_or_check(spec))


async def test_downloaded_file_is_not_hashed_again(machine: Machine) -> None:
    with LoopbackHub({f"{REPO}/m.gguf": CONTENT}) as hub:
        machine.environ |= {"HF_ENDPOINT": hub.endpoint}
        first = await machine.fetch_or_check(HUB)
    assert any(isinstance(event, Progress) for event in first)
    assert await machine.fetch_or_check(HUB) == [msgspec.structs.replace(first[-1], source="disk")]


async def test_file_from_the_package_index_is_not_hashed_again(machine: Machine) -> None:
    spec = write_model(machine.home / "index", CONTENT)
    with serving(machine.home / "index") as pip, closed_port() as address:
        machine.environ |= {**pip, "HF_ENDPOINT": address}
        first = await machine.fetch_or_check(msgspec.structs.replace(spec, repo=REPO))
    assert await machine.fetch_or_check(spec) == [msgspec.structs.replace(first[-1], source="disk")]


async def test_damaged_download_is_not_recorded(machine: Machine) -> None:
    with LoopbackHub({f"{REPO}/m.gguf": CONTENT}, faults=deque([Fault(flips=1000)])) as hub:
        machine.environ |= {"HF_ENDPOINT": hub.endpoint}
        assert isinstance((await machine.fetch_or_check(HUB))[-1], FetchFailed)
    assert machine.entries == []


@pytest.mark.parametrize("spec_of", [lambda _: CATALOGUE, lambda _: HUB, own], ids=["catalogue", "hf", "path"])
async def test_verify_option_hashes_a_verified_file(machine: Machine, spec_of: Callable[[Machine], ModelSpec]) -> None:
    lay_out(machine.home, CONTENT)
    spec = spec_of(machine)
    await machine.fetch_or_check(spec)
    assert not was_read(await machine.fetch_or_check(spec))
    assert was_read(await machine.fetch_or_check(spec, anew=True))


def test_file_that_changes_while_hashed_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(CONTENT)
    after_tick(path)
    settled = child.verify(Verify(path, None), lambda _: None)
    changing = child.verify(Verify(path, None), lambda _: path.touch())
    assert isinstance(settled, Ready)
    assert isinstance(changing, Ready)
    assert settled.stamp is not None
    assert changing.stamp is None
