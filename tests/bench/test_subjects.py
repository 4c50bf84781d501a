"""Each subject measured with tiny models and few tokens; the values of speeds are not looked at."""

from pathlib import Path

import pytest

from tests.bench.harness import ONCE, TWICE, by_name, endless, harness, short
from tui.bench import buffers, screen, single_model, together
from tui.bench.figures import BenchError
from tui.chat.conversation import Side


async def test_both_together_against_all_threads_each(tmp_path: Path) -> None:
    async with harness(endless(tmp_path)) as made:
        (figure,) = await together.measure(made)
    assert (figure.name, figure.unit, figure.measure) == ("together", "x", "tokens/s")
    assert len(figure.pairs) == TWICE.repeats
    assert all(pair.measured > 0 and pair.against and pair.machine_load for pair in figure.pairs)


async def test_answers_that_end_too_soon_are_not_measured(tmp_path: Path) -> None:
    async with harness(short(tmp_path)) as made:
        with pytest.raises(BenchError, match="choose models that write more"):
            await together.measure(made)


async def test_shared_against_alone(tmp_path: Path) -> None:
    async with harness(endless(tmp_path)) as made:
        figures = by_name(await single_model.measure(made))
    assert set(figures) == {"shared-left", "first-token-left", "shared-right", "first-token-right"}
    assert all(len(figure.pairs) == TWICE.repeats for figure in figures.values())
    # A side that gets no CPU at all writes nothing, which is a speed, too.
    assert all(pair.against and pair.measured >= 0 for figure in figures.values() for pair in figure.pairs)


async def test_extra_buffers_against_none(tmp_path: Path) -> None:
    async with harness(endless(tmp_path)) as made:
        figures = by_name(await buffers.measure(made))
    assert list(figures) == [f"buffers-{doing}-{side}" for side in Side for doing in ("reading", "writing")]
    assert all(pair.measured > 0 and pair.against for figure in figures.values() for pair in figure.pairs)


async def test_endless_answers_end_at_their_limit(tmp_path: Path) -> None:
    async with harness(short(tmp_path)) as made:
        for _ in range(2):
            usages = [each.usage for each in (await made.duochat("hi", tokens=24, endless=True)).values()]
            assert [(usage.completion_tokens, usage.reused_tokens) for usage in usages if usage] == [(24, 0), (24, 0)]


async def test_what_the_screen_costs(tmp_path: Path) -> None:
    async with harness(endless(tmp_path), scale=ONCE) as made:
        figures = by_name(await screen.measure(made))
    names = {"screen-cpu", "screen-bytes", "key-p50", "key-p95", "screen-memory"}
    assert set(figures) == names | {f"{name}-20" for name in names}
    assert figures["screen-bytes"].value > 0
    assert figures["screen-memory"].value > 10
    assert all(pair.measured > 0 for name in ("key-p50", "key-p95-20") for pair in figures[name].pairs)
