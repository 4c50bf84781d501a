"""The shares of two models: together never more threads than cores, and at least one each."""

from hypothesis import given
from hypothesis import strategies as st

from tui.chat.conversation import Side
from tui.engine.cores import SPARE_FROM, Cores, Threads, shares

EVEN = dict.fromkeys(Side, 1.0)


@given(st.integers(1, 256), st.floats(1, 1e12), st.floats(1, 1e12))
def test_shares_use_all_cores_and_give_each_side_one(cores: int, left: float, right: float) -> None:
    both = shares(Cores(cores), {Side.LEFT: left, Side.RIGHT: right})
    free = cores - 1 if cores >= SPARE_FROM else cores
    assert sum(threads.writing for threads in both.values()) == max(2, free)
    assert min(threads.writing for threads in both.values()) >= 1
    assert shares(Cores(cores), {Side.RIGHT: right}) == {Side.RIGHT: Threads(free, free)}
    assert shares(Cores(cores), {}) == {}


@given(st.integers(2, 64), st.floats(1, 1e3), st.floats(1, 1e3))
def test_no_other_division_ends_the_longer_answer_earlier(cores: int, left: float, right: float) -> None:
    both = shares(Cores(cores), {Side.LEFT: left, Side.RIGHT: right})
    ours = max(left / both[Side.LEFT].writing, right / both[Side.RIGHT].writing)
    free = sum(threads.writing for threads in both.values())
    assert ours <= min(max(left / mine, right / (free - mine)) for mine in range(1, free)) * (1 + 1e-9)


def test_equal_models_get_equal_shares() -> None:
    assert shares(Cores(4), EVEN) == dict.fromkeys(Side, Threads(2, 2))


def test_large_model_gets_most_cores() -> None:
    both = shares(Cores(4), {Side.LEFT: 98e6, Side.RIGHT: 491e6})
    assert (both[Side.LEFT].writing, both[Side.RIGHT].writing) == (1, 3)


def test_efficiency_cores_read_but_do_not_write() -> None:
    assert shares(Cores(2, 2), EVEN) == dict.fromkeys(Side, Threads(1, 2))
    assert shares(Cores(4, 8), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(4, 11)}
    assert shares(Cores(8, 8), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(8, 15)}


def test_number_set_by_the_user_leaves_no_core_to_the_screen() -> None:
    assert shares(Cores(8), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(7, 7)}
    assert shares(Cores(8, whole=True), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(8, 8)}


def test_fixed_threads_are_not_shared() -> None:
    assert shares(Cores(8, fixed=3), EVEN) == dict.fromkeys(Side, Threads(3, 3, steady=True))
    assert shares(Cores(8, fixed=3), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(3, 3, steady=True)}
