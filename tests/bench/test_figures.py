"""The arithmetic of figures: pairs, medians, ratios, goals."""

import pytest

from tui.bench.figures import Bound, Pair, Weather, difference, in_turn, median_of, quantile, ratio

QUIET, LOUD = Weather(load=1.0, others=0.1, stolen=0.0), Weather(load=2.0, others=0.9, stolen=0.0)
PAIRS = [Pair(10.0, 5.0), Pair(30.0, 10.0), Pair(8.0, 2.0)]


def test_a_ratio_is_the_median_of_the_pairs_own_ratios() -> None:
    figure = ratio("speed", PAIRS, measure="tokens/s", compared="this against that")
    assert figure.value == 3.0
    assert (figure.measured, figure.against) == (10.0, 5.0)
    assert (figure.unit, figure.measure) == ("x", "tokens/s")
    assert figure.pairs == tuple(PAIRS)


def test_a_ratio_needs_something_to_be_measured_against() -> None:
    for pair in (Pair(1.0), Pair(1.0, 0.0)):
        with pytest.raises(ValueError, match="against"):
            ratio("speed", [pair], measure="s", compared="")


def test_a_difference_is_the_median_of_the_pairs_own_differences() -> None:
    assert difference("cost", PAIRS, unit="ms", compared="").value == 6.0


def test_a_median_of_an_even_number_lies_between_the_two_in_the_middle() -> None:
    figure = median_of("wait", [Pair(4.0), Pair(1.0), Pair(2.0), Pair(100.0)], unit="ms", compared="")
    assert figure.value == 3.0
    assert figure.against is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (1.0, 100), (0.0, 1)])
def test_a_quantile_is_one_of_the_values(share: float, expected: int) -> None:
    assert quantile(list(range(100, 0, -1)), share) == expected


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_a_goal_is_reached_from_its_own_side() -> None:
    assert Bound("at least", 2.0).holds(2.0)
    assert not Bound("at least", 2.0).holds(1.9)
    assert Bound("at most", 2.0).holds(2.0)
    assert not Bound("at most", 2.0).holds(2.1)


def test_a_run_is_noisy_when_others_took_the_machine() -> None:
    assert not Weather(load=3.0, others=0.05, stolen=0.0).noisy
    assert not Weather(load=None, others=None, stolen=None).noisy
    assert Weather(load=0.0, others=0.5, stolen=0.0).noisy
    assert Weather(load=0.0, others=0.0, stolen=0.1).noisy


def test_the_quiet_pairs_alone_count_where_each_was_watched() -> None:
    figure = ratio("speed", [Pair(2, 1, QUIET), Pair(9, 1, LOUD), Pair(8, 2, QUIET)], measure="s", compared="this")
    assert (figure.value, figure.measured, figure.against) == (3.0, 5.0, 1.5)
    assert figure.compared == "this; known to be quiet: 2 of 3 pairs"
    assert (figure.weather, len(figure.pairs)) == (QUIET, 3)


def test_all_pairs_count_where_none_was_quiet_and_the_figure_is_noisy() -> None:
    figure = ratio("speed", [Pair(2, 1, LOUD), Pair(4, 1, LOUD)], measure="s", compared="this")
    assert figure.value == 3.0
    assert figure.compared.endswith("0 of 2 pairs")
    assert figure.weather is not None
    assert figure.weather.noisy


def test_a_machine_of_which_nothing_is_known_is_neither_quiet_nor_noisy() -> None:
    unknown = Weather(load=None, others=None, stolen=None)
    figure = difference("cost", [Pair(2, 1, unknown), Pair(4, 1, unknown)], unit="s", compared="this")
    assert (figure.value, figure.compared) == (2.0, "this; known to be quiet: 0 of 2 pairs")
    assert figure.weather == unknown
    assert not figure.weather.noisy


async def test_in_every_other_pair_the_others_come_first() -> None:
    asked: list[str] = []

    async def ours() -> float:
        asked.append("ours")
        return 3.0

    async def theirs() -> float:
        asked.append("theirs")
        return 2.0

    pairs = [await in_turn(number, ours, theirs) for number in range(3)]
    assert asked == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert pairs == [Pair(3.0, 2.0)] * 3
    assert pairs[0].net == 1.0
