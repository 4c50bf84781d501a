"""Two models never run more threads than cores, one each at the least, nor for long where a core is not free."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.conversation import Side
from tui.engine.cores import SPARE_FROM, Cores, Threads, shares
from tui.engine.worker.thread_governor import PAUSE_S, ThreadGovernor

EVEN = dict.fromkeys(Side, 1.0)


@given(st.integers(1, 256), st.floats(1, 1e12), st.floats(1, 1e12))
def test_shares_fill_the_cores_and_leave_nobody_out(cores: int, left: float, right: float) -> None:
    both = shares(Cores(cores), {Side.LEFT: left, Side.RIGHT: right})
    free = cores - 1 if cores >= SPARE_FROM else cores
    assert sum(threads.writing for threads in both.values()) == max(2, free)
    assert min(threads.writing for threads in both.values()) >= 1
    assert shares(Cores(cores), {Side.RIGHT: right}) == {Side.RIGHT: Threads(free, free)}
    assert shares(Cores(cores), {}) == {}


@given(st.integers(2, 64), st.floats(1, 1e3), st.floats(1, 1e3))
def test_no_other_division_ends_the_later_answer_earlier(cores: int, left: float, right: float) -> None:
    both = shares(Cores(cores), {Side.LEFT: left, Side.RIGHT: right})
    ours = max(left / both[Side.LEFT].writing, right / both[Side.RIGHT].writing)
    free = sum(threads.writing for threads in both.values())
    assert ours <= min(max(left / mine, right / (free - mine)) for mine in range(1, free)) * (1 + 1e-9)


def test_even_models_get_even_shares() -> None:
    assert shares(Cores(4), EVEN) == dict.fromkeys(Side, Threads(2, 2))


def test_a_small_model_leaves_most_to_a_large_one() -> None:
    both = shares(Cores(4), {Side.LEFT: 98e6, Side.RIGHT: 491e6})
    assert (both[Side.LEFT].writing, both[Side.RIGHT].writing) == (1, 3)


def test_efficiency_cores_read_but_do_not_write() -> None:
    assert shares(Cores(2, 2), EVEN) == dict.fromkeys(Side, Threads(1, 2))
    assert shares(Cores(4, 8), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(4, 11)}
    assert shares(Cores(8, 8), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(8, 15)}


def test_what_the_user_wants_is_not_made_less_by_a_core_for_the_screen() -> None:
    assert shares(Cores(8), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(7, 7)}
    assert shares(Cores(8, whole=True), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(8, 8)}


def test_what_the_user_fixed_stays() -> None:
    assert shares(Cores(8, fixed=3), EVEN) == dict.fromkeys(Side, Threads(3, 3, steady=True))
    assert shares(Cores(8, fixed=3), {Side.LEFT: 1.0}) == {Side.LEFT: Threads(3, 3, steady=True)}


class Clock:
    """Writes tokens that take as long as a machine says, on the threads that a governor chooses."""

    def __init__(self, allowed: Threads, now: float = 100.0) -> None:
        self.governor = ThreadGovernor()
        self.allowed = allowed
        self.now = now

    def write(self, seconds: float, token_s: Callable[[int], float]) -> dict[int, float]:
        """The seconds that were spent on each number of threads."""
        spent: dict[int, float] = {}
        end = self.now + seconds
        while self.now < end:
            threads = self.governor.threads(self.allowed, self.now)
            took = token_s(threads)
            self.now += took
            self.governor.record(took, self.now)
            spent[threads] = spent.get(threads, 0.0) + took
        return spent


def quiet(threads: int) -> float:
    """A machine that is free."""
    return {1: 0.015, 2: 0.009}[threads]


def crowded(threads: int) -> float:
    """One core of two is taken: whoever wants both waits."""
    return 0.02 if threads == 1 else 0.06


def test_a_quiet_machine_is_used_whole() -> None:
    spent = Clock(Threads(2, 2)).write(20, quiet)
    assert spent[2] > 0.95 * 20


def test_a_core_that_is_not_free_is_left_within_a_quarter_of_a_second() -> None:
    clock = Clock(Threads(1, 1))
    clock.write(2, crowded)
    clock.allowed = Threads(2, 2)
    assert clock.write(0.25, crowded)[2] <= 0.2
    assert clock.write(30, crowded)[1] > 0.95 * 30


def test_a_core_that_is_taken_in_mid_answer_is_left_at_once_and_taken_back_when_it_is_free() -> None:
    clock = Clock(Threads(2, 2))
    clock.write(10, quiet)
    assert clock.write(1, crowded)[1] > 0.7
    clock.write(10, crowded)
    assert clock.write(60, quiet)[2] > 0.7 * 60


def test_what_fewer_threads_do_is_not_looked_at_again_while_nothing_changes() -> None:
    clock = Clock(Threads(2, 2))
    assert 1 in clock.write(5, quiet)
    for _ in range(3):
        clock.now += PAUSE_S + 1
        assert set(clock.write(5, quiet)) == {2}


def test_what_was_known_before_a_pause_keeps_nobody_on_a_core_that_was_taken_meanwhile() -> None:
    clock = Clock(Threads(2, 2))
    for token_s, best in ((quiet, 2), (crowded, 1), (quiet, 2), (crowded, 1)):
        clock.write(20, token_s)
        clock.now += PAUSE_S + 1
        assert clock.write(1, token_s)[best] > 0.7


def test_a_look_at_a_bad_moment_keeps_nobody_on_a_core_that_is_taken_later() -> None:
    clock = Clock(Threads(2, 2))
    assert 1 in clock.write(1, lambda threads: 0.1 if threads == 1 else 0.009)
    assert clock.write(2, crowded)[1] > 1


def test_many_cores_that_were_taken_for_a_moment_are_soon_taken_back() -> None:
    clock = Clock(Threads(8, 8))
    clock.write(5, lambda threads: 0.1 / threads)
    clock.write(2, lambda threads: 0.1 / threads if threads <= 2 else 0.2)
    assert clock.write(20, lambda threads: 0.1 / threads)[8] > 10


@pytest.mark.parametrize(("taken", "best"), [(2, 6), (4, 4), (6, 2)])
def test_it_finds_the_cores_that_are_free_among_many(taken: int, best: int) -> None:
    def token_s(threads: int) -> float:
        return 0.1 / threads if threads <= 8 - taken else 0.1

    spent = Clock(Threads(8, 8)).write(60, token_s)
    assert spent[best] > 0.8 * 60


@pytest.mark.parametrize("allowed", [2, 4, 8, 16])
def test_many_cores_that_are_free_are_not_left_to_look_what_few_would_do(allowed: int) -> None:
    spent = Clock(Threads(allowed, allowed)).write(30, lambda threads: 1 / threads)
    assert spent[allowed] > 0.8 * 30
    assert min(spent) >= allowed // 2


def test_memory_that_limits_a_token_lets_few_cores_be_tried_at_little_cost() -> None:
    clock, tokens = Clock(Threads(8, 8)), 0

    def token_s(threads: int) -> float:
        nonlocal tokens
        tokens += 1
        return max(0.1 / threads, 0.02)

    clock.write(30, token_s)
    assert tokens > 0.93 * 30 / 0.02


def test_a_steady_number_stays_whatever_happens() -> None:
    assert set(Clock(Threads(2, 2, steady=True)).write(10, crowded)) == {2}


def test_after_a_pause_it_begins_with_everything() -> None:
    clock = Clock(Threads(2, 2))
    clock.write(5, crowded)
    assert clock.governor.threads(clock.allowed, clock.now) == 1
    assert clock.governor.threads(clock.allowed, clock.now + PAUSE_S + 1) == 2


@pytest.mark.parametrize("allowed", [1, 2, 3, 5, 7, 8, 64])
def test_it_never_leaves_what_is_allowed(allowed: int) -> None:
    clock = Clock(Threads(allowed, allowed))
    spent = clock.write(20, lambda threads: 0.01 * threads)
    assert min(spent) == 1
    assert max(spent) == allowed
