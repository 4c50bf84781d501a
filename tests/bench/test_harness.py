"""Which engines stay loaded: both arrangements where memory suffices, else one after the other."""

import os
from itertools import repeat
from pathlib import Path

import pytest

from tests import tiny
from tests.bench.harness import TWICE, endless, harness
from tui.bench import together
from tui.bench.figures import BenchError, LeftOut
from tui.bench.loaded_engine import Barriers
from tui.bench.machine_load import family

MUCH = 1 << 40


def children() -> set[int]:
    """Return the processes below this one."""
    return set(family(os.getpid())[1:])


async def test_both_arrangements_stay_loaded_where_memory_suffices(tmp_path: Path) -> None:
    async with harness(endless(tmp_path), available=repeat(MUCH).__next__) as made:
        ours, theirs = await made.engines(), await made.engines(Barriers.LLAMA_CPP)
        assert (await made.engines(), await made.engines(Barriers.LLAMA_CPP)) == (ours, theirs)
        assert {engine.pid for engine in (*ours.values(), *theirs.values())} <= children()


async def test_one_arrangement_replaces_the_other_where_memory_does_not_suffice(tmp_path: Path) -> None:
    async with harness(endless(tmp_path), available=iter([MUCH, 0, MUCH, 0, MUCH]).__next__) as made:
        pids = []
        for barriers in (Barriers.DUOCHAT, Barriers.LLAMA_CPP, Barriers.DUOCHAT):
            pids.append({engine.pid for engine in (await made.engines(barriers)).values()})
            assert pids[-1] <= children()
            assert not (set().union(*pids[:-1]) & children())


async def test_all_threads_each_are_measured_where_four_workers_do_not_fit(tmp_path: Path) -> None:
    async with harness(endless(tmp_path), available=iter([MUCH, *[0, MUCH] * 3]).__next__) as made:
        (figure,) = await together.measure(made)
    assert len(figure.pairs) == TWICE.repeats
    assert all(pair.measured > 0 and pair.against for pair in figure.pairs)


async def test_two_models_that_never_fit_are_left_out(tmp_path: Path) -> None:
    before = children()
    async with harness(endless(tmp_path), available=iter([MUCH, 0, 0]).__next__) as made:
        await made.engines()
        with pytest.raises(LeftOut, match="choose smaller models"):
            await made.engines(Barriers.LLAMA_CPP)
        assert children() <= before


async def test_a_model_that_fails_to_load_leaves_no_worker_of_the_other(tmp_path: Path) -> None:
    before = children()
    broken = tiny.write(tmp_path / "broken.gguf", template="{{ raise_exception('no') }}")
    async with harness(endless(tmp_path), broken, available=repeat(MUCH).__next__) as made:
        for _ in range(2):
            with pytest.raises(BenchError, match="chat template"):
                await made.engines()
            assert children() <= before


async def test_missing_weights_raise(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "gone.gguf")
    async with harness(path) as made:
        path.unlink()
        with pytest.raises(BenchError, match=r"gone\.gguf"):
            await made.engines()
