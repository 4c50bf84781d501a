"""Each subject measured for real, with tiny endless models and few tokens; how fast anything was is not looked at."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests import tiny
from tests.engines import engines
from tui.archive.store import Archive
from tui.bench import alone, buffers, drawn, finish, memory, screen, startup, stopping, together, turns
from tui.bench.figures import BenchError, Bound, Figure
from tui.bench.lab import Chosen, Lab, Scale
from tui.bench.run import Measure
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.models.catalogue import catalogue

TWICE = Scale(repeats=2, seconds=0.3, tokens=24, long=8_000, panes=48, context=32_768)

ONCE = replace(TWICE, repeats=1)

Lend = Callable[..., Lab]
"""A lab for the model in a file, on both sides; a scale may be named, too."""


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "endless.gguf"
    return tiny.write(path, context=100_000, script={"\n": ["la", "\n"]})


@pytest.fixture
async def lend(tmp_path: Path) -> AsyncIterator[Lend]:
    archive = Archive.open(tmp_path / "archive.db")
    labs: list[Lab] = []

    def made(path: Path, scale: Scale = ONCE) -> Lab:
        spec = catalogue.Catalogue(()).find(str(path))
        pair = {side: Chosen(spec, path) for side in Side}
        labs.append(Lab(pair=pair, archive=archive, engines=engines(), cores=Cores(2), scale=scale, say=lambda _: None))
        return labs[-1]

    yield made
    for lab in labs:
        await lab.close()
    archive.close()


def by_name(figures: Sequence[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


@pytest.mark.parametrize(("measure", "name"), [(together.quiet, "together"), (together.crowded, "together-crowded")])
async def test_both_together_against_all_threads_each(endless: Path, lend: Lend, measure: Measure, name: str) -> None:
    (figure,) = await measure(lend(endless, TWICE))
    assert (figure.name, figure.unit, figure.measure) == (name, "x", "tokens/s")
    assert len(figure.pairs) == TWICE.repeats
    assert all(pair.measured > 0 and pair.against and pair.weather for pair in figure.pairs)


async def test_drawn_against_not_drawn_and_keys_meanwhile(endless: Path, lend: Lend) -> None:
    figures = by_name(await drawn.measure(lend(endless)))
    assert list(figures) == ["drawn", "key-p50-computing", "key-p95-computing"]
    assert figures["drawn"].pairs[0].weather is not None
    assert figures["key-p95-computing"].bound == Bound("at most", 50)
    assert all(figure.value > 0 for figure in figures.values())


async def test_extra_buffers_against_none(endless: Path, lend: Lend) -> None:
    figures = by_name(await buffers.measure(lend(endless, TWICE)))
    assert list(figures) == [f"buffers-{doing}-{side}" for side in Side for doing in ("reading", "writing")]
    assert all(pair.measured > 0 and pair.against for figure in figures.values() for pair in figure.pairs)


async def test_shared_against_alone(endless: Path, lend: Lend) -> None:
    figures = by_name(await alone.measure(lend(endless)))
    assert set(figures) == {"shared-left", "first-token-left", "shared-right", "first-token-right"}
    assert all(len(figure.pairs) == ONCE.repeats for figure in figures.values())
    # Whoever was kept from writing for the whole while wrote nothing, which is a speed, too.
    assert all(pair.against and pair.measured >= 0 for figure in figures.values() for pair in figure.pairs)


async def test_until_both_have_ended(tmp_path: Path, lend: Lend) -> None:
    short = tiny.write(tmp_path / "short.gguf", context=100_000, script={"\n": ["Hello"]})
    lab = lend(short)
    (figure,) = await finish.measure(lab)
    assert figure.name == "both-done"
    assert figure.compared.startswith("from the question until two answers of 24 tokens are done")
    assert figure.value > 0
    for _ in range(2):
        forced = [each.usage for each in (await lab.ours("hi", tokens=24, forced=True)).values()]
        assert [(usage.completion_tokens, usage.reused_tokens) for usage in forced if usage] == [(24, 0), (24, 0)]


async def test_a_second_turn_reads_only_what_is_new(endless: Path, lend: Lend) -> None:
    figures = by_name(await turns.measure(lend(endless)))
    for side in Side:
        assert 0.9 < figures[f"reused-{side}"].value < 1
        assert figures[f"second-turn-{side}"].value > 0


async def test_a_stop_in_an_answer_and_in_a_long_question(endless: Path, lend: Lend) -> None:
    figures = by_name(await stopping.measure(lend(endless)))
    assert set(figures) == {"stop-writing", "stop-reading"}
    assert all(pair.measured >= 0 and pair.against is None for each in figures.values() for pair in each.pairs)


async def test_answers_that_end_too_soon_are_no_measurement(tmp_path: Path, lend: Lend) -> None:
    path = tiny.write(tmp_path / "short.gguf", context=100_000, script={"\n": ["Hello"]})
    with pytest.raises(BenchError, match="choose models that write more"):
        await together.quiet(lend(path))


async def test_weights_that_are_gone_are_told(tmp_path: Path, lend: Lend) -> None:
    path = tiny.write(tmp_path / "gone.gguf")
    lab = lend(path)
    path.unlink()
    with pytest.raises(BenchError, match=r"gone\.gguf"):
        await lab.engines()


async def test_what_the_screen_costs(endless: Path, lend: Lend) -> None:
    figures = by_name(await screen.measure(lend(endless)))
    names = {"screen-cpu", "screen-bytes", "screen-paints", "screen-end", "key-p50", "key-p95", "screen-memory"}
    assert set(figures) == names | {f"{name}-20" for name in names} | {"screen-plain"}
    assert all(pair.against is not None and pair.against > 0 for pair in figures["screen-plain"].pairs)
    assert figures["screen-bytes"].value > 0
    assert figures["screen-memory"].value > 10
    assert all(pair.measured > 0 for name in ("key-p50", "key-p95-20") for pair in figures[name].pairs)


async def test_what_starting_costs(endless: Path, lend: Lend) -> None:
    figures = by_name(await startup.measure(lend(endless)))
    assert set(figures) == {"start-version", "start-models"}
    assert all(figure.value > 0 for figure in figures.values())


async def test_the_menu_against_its_bare_picture(endless: Path, lend: Lend) -> None:
    (figure,) = await startup.menu(lend(endless))
    assert (figure.name, figure.unit, figure.measure) == ("start-menu", "x", "s")
    assert len(figure.pairs) == 2 * ONCE.repeats
    assert all(pair.measured > 0 and pair.against for pair in figure.pairs)


async def test_what_the_workers_hold(endless: Path, lend: Lend) -> None:
    figures = by_name(await memory.measure(lend(endless)))
    assert set(figures) == {
        "worker-memory-left",
        "worker-own-left",
        "worker-memory-right",
        "worker-own-right",
        "same-file",
    }
    for side in Side:
        held, own = figures[f"worker-memory-{side}"], figures[f"worker-own-{side}"]
        assert held.against is not None
        assert 1 < own.value < held.against < held.value


async def test_a_second_worker_on_one_file_brings_no_second_copy_of_its_weights(tmp_path: Path, lend: Lend) -> None:
    words = [f"word{number}" for number in range(2_500)]
    path = tiny.write(tmp_path / "wide.gguf", script={"\n": ["la", "\n"]}, words=words)
    figures = by_name(await memory.measure(lend(path, replace(ONCE, long=64, context=512))))
    weights = path.stat().st_size / 1e6
    assert weights < sum(figures[f"worker-memory-{side}"].value for side in Side)
    assert 0 < figures["same-file"].value < weights
