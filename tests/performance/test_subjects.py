"""Each subject measured with tiny models and few tokens; the values of speeds are not looked at."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests import tiny
from tests.bench.harness import ONCE, by_name, endless, harness
from tests.performance import worker_memory
from tests.performance.__main__ import SUBJECTS
from tui.chat.conversation import Side

NAMES = {
    "crowded": ["together-crowded"],
    "both-done": ["both-done"],
    "rendering": ["screen-paints", "screen-end", "screen-paints-20", "screen-end-20", "screen-plain"],
    "second-turn": ["second-turn-left", "reused-left", "second-turn-right", "reused-right"],
    "stop": ["stop-writing", "stop-reading"],
    "startup": ["start-version", "start-models"],
    "menu": ["start-menu"],
}
"""The figures of each subject; the other subjects have tests of their own."""


@pytest.mark.parametrize("subject", NAMES)
async def test_a_subject_has_its_figures(subject: str, tmp_path: Path) -> None:
    async with harness(endless(tmp_path), scale=ONCE) as made:
        figures = await SUBJECTS[subject](made)
    assert [figure.name for figure in figures] == NAMES[subject]
    assert all(len(figure.pairs) >= ONCE.repeats for figure in figures)
    # The end of a scripted answer may be shown before it was due by the clock of another process.
    assert all(figure.value > 0 for figure in figures if not figure.name.startswith("screen-end"))
    assert all(pair.against for figure in figures if figure.unit == "x" for pair in figure.pairs)
    assert all(figure.value < 1 for figure in figures if figure.name.startswith("reused"))


async def test_memory_of_the_workers(tmp_path: Path) -> None:
    async with harness(endless(tmp_path), scale=ONCE) as made:
        figures = by_name(await worker_memory.measure(made))
    workers = {f"worker-{kind}-{side}" for kind in ("memory", "own") for side in Side}
    assert set(figures) == workers | {"same-file"}
    for side in Side:
        held, own = figures[f"worker-memory-{side}"], figures[f"worker-own-{side}"]
        assert held.against is not None
        assert 1 < own.value < held.against < held.value


async def test_a_second_worker_on_one_file_brings_no_second_copy_of_its_weights(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(2_500)]
    path = tiny.write(tmp_path / "wide.gguf", script={"\n": ["la", "\n"]}, words=words)
    async with harness(path, scale=replace(ONCE, words=16, context=512)) as made:
        figures = by_name(await worker_memory.measure(made))
    weights = path.stat().st_size / 1e6
    assert weights < sum(figures[f"worker-memory-{side}"].value for side in Side)
    assert 0 < figures["same-file"].value < weights
