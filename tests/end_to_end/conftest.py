"""The starter pair's real weights, fetched once and kept in pytest's cache for the next run."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.patience import GUARD
from tui.archive.store import Archive

PAIR = ("smollm2-135m", "qwen2.5-coder-0.5b")
DUOCHAT = (sys.executable, "-m", "tui")
GREEDY = "".join(f'[[model]]\nid = "{name}"\nsampling = {{ temperature = 0.0 }}\n' for name in PAIR)
"""The user's own models.toml, under which the story about the lighthouse is a long one on both sides."""

_TRIES = 3
"""How often the weights are asked for: what was fetched of them is kept in between."""


def environ_for(home: Path) -> dict[str, str]:
    """The environment of a duochat whose every place, the hub's cache included, lies under `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "DUOCHAT_"))}
    # Port 9 is "discard": nothing answers there, so that the hub is out of reach wherever the tests run.
    return {**kept, "DUOCHAT_HOME": str(home), "HF_HOME": str(home / "hub"), "HF_ENDPOINT": "http://127.0.0.1:9"}


def run(
    arguments: tuple[str, ...], environ: Mapping[str, str], seconds: float = GUARD
) -> subprocess.CompletedProcess[str]:
    """A finished `duochat` command."""
    return subprocess.run(
        [*DUOCHAT, *arguments], env=environ, capture_output=True, text=True, timeout=seconds, check=False
    )


def both_write(home: Path) -> bool:
    """Whether the archive of `home` holds the beginnings of both answers to the first question."""
    file = home / "data" / "archive.db"
    if not file.exists():
        return False
    with closing(Archive.open(file)) as archive:
        first = [exchange for each in archive.conversations() for exchange in archive.conversation(each.id).exchanges]
    return bool(first) and all(answer.text for answer in first[0].answers.values())


def marks(folder: Path) -> dict[str, tuple[int, int]]:
    """What tells whether the files of `folder` are what they were: each one's size and when it was last written."""
    return {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in folder.iterdir()}


@pytest.fixture(scope="session")
def starter(request: pytest.FixtureRequest) -> Path:
    """The folder `data/weights` of a home into which the starter pair was pulled."""
    home = request.config.cache.mkdir("starter")
    for _ in range(_TRIES):
        pulled = run(("pull", "--verify", *PAIR), environ_for(home), seconds=1800)
        if pulled.returncode == 0:
            break
    assert pulled.returncode == 0, pulled.stderr
    return home / "data" / "weights"


@pytest.fixture
def home(tmp_path: Path, starter: Path) -> Iterator[Path]:
    """A home of its own for one test, with the starter pair on disk and nothing else.

    Its folder is real and holds a link to each file, so that what a test removes or replaces there is a link. A test
    that writes through a link changes what all tests share, and fails.
    """
    there = tmp_path / "home"
    own = there / "data" / "weights"
    own.mkdir(parents=True)
    for file in starter.iterdir():
        (own / file.name).symlink_to(file)
    before = marks(starter)
    yield there
    assert marks(starter) == before, "The test changed the weights that all tests share."


@pytest.fixture
def greedy(home: Path) -> Path:
    """A home in which the same question always gets the same answers."""
    (home / "config").mkdir()
    (home / "config" / "models.toml").write_text(GREEDY, encoding="utf-8")
    return home
