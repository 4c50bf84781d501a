"""Which engines stay loaded: both arrangements where memory allows it, one after the other where it does not."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import repeat
from pathlib import Path

import pytest

from tests import tiny
from tests.engines import engines
from tui.archive.store import Archive
from tui.bench import together
from tui.bench.figures import BenchError, LeftOut
from tui.bench.kept import Barriers
from tui.bench.lab import Chosen, Lab, Scale
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.engine.footprint import family
from tui.models.catalogue import catalogue

SCALE = Scale(repeats=2, seconds=0.3, context=32_768)
MUCH = 1 << 40

Lend = Callable[[Path, Path, Iterator[int]], Lab]
"""A lab for the models in two files; what it finds to be free, each time that it looks, comes last."""


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "endless.gguf", context=100_000, script={"\n": ["la", "\n"]})


@pytest.fixture
async def lend(tmp_path: Path) -> AsyncIterator[Lend]:
    archive = Archive.open(tmp_path / "archive.db")
    labs: list[Lab] = []

    def made(left: Path, right: Path, free: Iterator[int]) -> Lab:
        known = catalogue.Catalogue(())
        pair = {side: Chosen(known.find(str(path)), path) for side, path in zip(Side, (left, right), strict=True)}
        lab = Lab(
            pair=pair,
            archive=archive,
            engines=engines(),
            cores=Cores(2),
            scale=SCALE,
            say=lambda _: None,
            available=lambda: next(free),
        )
        labs.append(lab)
        return lab

    yield made
    for lab in labs:
        await lab.close()
    archive.close()


def children() -> set[int]:
    """What runs below this process."""
    return set(family(os.getpid())[1:])


async def test_both_arrangements_stay_loaded_where_memory_allows_it(endless: Path, lend: Lend) -> None:
    lab = lend(endless, endless, repeat(MUCH))
    ours, plain = await lab.engines(), await lab.engines(Barriers.PLAIN)
    assert (await lab.engines(), await lab.engines(Barriers.PLAIN)) == (ours, plain)
    assert {engine.pid for engine in (*ours.values(), *plain.values())} <= children()


async def test_one_arrangement_gives_way_to_the_other_where_there_is_no_memory_for_both(
    endless: Path, lend: Lend
) -> None:
    lab = lend(endless, endless, iter([MUCH, 0, MUCH, 0, MUCH]))
    pids = []
    for barriers in (Barriers.OURS, Barriers.PLAIN, Barriers.OURS):
        pids.append({engine.pid for engine in (await lab.engines(barriers)).values()})
        assert pids[-1] <= children()
        assert not (set().union(*pids[:-1]) & children())


async def test_all_threads_each_are_measured_where_four_workers_do_not_fit(endless: Path, lend: Lend) -> None:
    lab = lend(endless, endless, iter([MUCH, *[0, MUCH] * 3]))
    (figure,) = await together.quiet(lab)
    assert len(figure.pairs) == SCALE.repeats
    assert all(pair.measured > 0 and pair.against for pair in figure.pairs)


async def test_two_models_that_never_fit_are_left_out(endless: Path, lend: Lend) -> None:
    before = children()
    lab = lend(endless, endless, iter([MUCH, 0, 0]))
    await lab.engines()
    with pytest.raises(LeftOut, match="choose smaller models"):
        await lab.engines(Barriers.PLAIN)
    assert children() <= before


async def test_a_model_that_cannot_be_loaded_leaves_none_of_the_other(
    tmp_path: Path, endless: Path, lend: Lend
) -> None:
    before = children()
    broken = tiny.write(tmp_path / "broken.gguf", template="{{ raise_exception('no') }}")
    lab = lend(endless, broken, repeat(MUCH))
    for _ in range(2):
        with pytest.raises(BenchError, match="chat template"):
            await lab.engines()
        assert children() <= before
