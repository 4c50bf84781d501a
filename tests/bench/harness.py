"""A harness for tests: two weights files, few tokens, no progress."""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import tiny
from tests.engines import engines
from tui.archive.store import Archive
from tui.bench.figures import Figure
from tui.bench.harness import Harness, LocalModel, Scale
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.models import memory
from tui.models.catalogue import catalogue

TWICE = Scale(repeats=2, seconds=0.3, tokens=24, words=2_000, panes=48, part=20, context=32_768)

ONCE = replace(TWICE, repeats=1)


@asynccontextmanager
async def harness(
    left: Path,
    right: Path | None = None,
    *,
    scale: Scale = TWICE,
    cores: int = 2,
    environ: Mapping[str, str] = os.environ,
    available: Callable[[], int] = memory.available,
) -> AsyncIterator[Harness]:
    """Make a harness for the weights in two files, or in one for both sides; its workers end with the block."""
    known = catalogue.Catalogue(())
    files = {Side.LEFT: left, Side.RIGHT: right or left}
    with TemporaryDirectory(prefix="duochat-tests-") as folder:
        archive = Archive.open(Path(folder) / "archive.db")
        made = Harness(
            pair={side: LocalModel(known.find(str(path)), path) for side, path in files.items()},
            archive=archive,
            make=engines(environ),
            cores=Cores(cores),
            scale=scale,
            say=lambda _: None,
            available=available,
        )
        try:
            yield made
        finally:
            await made.close()
            archive.close()


def by_name(figures: Sequence[Figure]) -> dict[str, Figure]:
    """Return the figures by their names."""
    return {figure.name: figure for figure in figures}


def endless(folder: Path) -> Path:
    """Write a tiny model whose answers never end."""
    return tiny.write(folder / "endless.gguf", context=100_000, script={"\n": ["la", "\n"]})


def short(folder: Path) -> Path:
    """Write a tiny model whose answers have one token."""
    return tiny.write(folder / "short.gguf", context=100_000, script={"\n": ["Hello"]})
