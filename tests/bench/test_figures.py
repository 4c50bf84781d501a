"""Figures: pairs, medians, ratios, bounds."""

import pytest

from tui.bench.figures import Bound, Pair, difference, in_turn, median_of, quantile, ratio, watched
from tui.bench.machine_load import MachineLoad

QUIET, LOUD = MachineLoad(load=1.0, others=0.1, stolen=0.0), MachineLoad(load=2.0, others=0.9, stolen=0.0)
PAIRS = [Pair(10.0, 5.0), Pair(30.0, 10.0), Pair(8.0, 2.0)]


def test_a_ratio_is_the_median_of_the_pairs_own_ratios() -> None:
    figure = ratio("speed", PAIRS, measure="tokens/s", compared="this against that")
    assert figure.value == 3.0
    assert (figure.measured, figure.against) == (10.0, 5.0)
    assert (figure.unit, figure.measure) == ("x", "tokens/s")
    assert figure.pairs == tuple(PAIRS)


def test_a_ratio_needs_a_comparison() -> None:
    for pair in (Pair(1.0), Pair(1.0, 0.0)):
        with pytest.raises(ValueError, match="against"):
            ratio("speed", [pair], measure="s", compared="")


def test_a_difference_is_the_median_of_the_pairs_own_differences() -> None:
    assert difference("cost", PAIRS, unit="ms", compared="").value == 6.0


def test_a_median_of_an_even_number_is_the_mean_of_the_middle_two() -> None:
    figure = median_of("wait", [Pair(4.0), Pair(1.0), Pair(2.0), Pair(100.0)], unit="ms", compared="")
    assert figure.value == 3.0
    assert figure.against is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (1.0, 100), (0.0, 1)])
def test_a_quantile_is_one_of_the_values(share: float, expected: int) -> None:
    assert quantile(list(range(100, 0, -1)), share) == expected


def test_a_quantile_needs_values() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_a_bound_holds_from_its_own_side() -> None:
    assert Bound("at least", 2.0).holds(2.0)
    assert not Bound("at least", 2.0).holds(1.9)
    assert Bound("at most", 2.0).holds(2.0)
    assert not Bound("at most", 2.0).holds(2.1)


def test_only_quiet_pairs_count() -> None:
    figure = ratio("speed", [Pair(2, 1, QUIET), Pair(9, 1, LOUD), Pair(8, 2, QUIET)], measure="s", compared="this")
    assert (figure.value, figure.measured, figure.against) == (3.0, 5.0, 1.5)
    assert figure.compared == "this; known to be quiet: 2 of 3 pairs"
    assert (figure.machine_load, len(figure.pairs)) == (QUIET, 3)


def test_all_pairs_count_when_none_was_quiet_and_the_figure_is_noisy() -> None:
    figure = ratio("speed", [Pair(2, 1, LOUD), Pair(4, 1, LOUD)], measure="s", compared="this")
    assert figure.value == 3.0
    assert figure.compared.endswith("0 of 2 pairs")
    assert figure.machine_load is not None
    assert figure.machine_load.noisy


def test_an_unknown_load_is_neither_quiet_nor_noisy() -> None:
    unknown = MachineLoad(load=None, others=None, stolen=None)
    figure = difference("cost", [Pair(2, 1, unknown), Pair(4, 1, unknown)], unit="s", compared="this")
    assert (figure.value, figure.compared) == (2.0, "this; known to be quiet: 0 of 2 pairs")
    assert figure.machine_load == unknown
    assert not figure.machine_load.noisy


async def test_every_other_pair_measures_the_comparison_first() -> None:
    asked: list[str] = []

    async def ours() -> float:
        asked.append("ours")
        return 3.0

    async def theirs() -> float:
        asked.append("theirs")
        return 2.0

    pairs = [Pair(*await in_turn(number, ours, theirs)) for number in range(3)]
    assert asked == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert pairs == [Pair(3.0, 2.0)] * 3
    assert pairs[0].difference == 1.0


async def test_a_watched_pair_has_the_machine_load() -> None:
    async def measuring() -> Pair:
        return Pair(2.0, 1.0)

    pair = await watched(measuring())
    assert (pair.measured, pair.against) == (2.0, 1.0)
    assert pair.machine_load is not None
