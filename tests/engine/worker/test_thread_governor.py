"""The number of threads follows the measured rate."""

from collections.abc import Callable

import pytest

from tui.engine.cores import Threads
from tui.engine.worker.thread_governor import PAUSE_S, ThreadGovernor


class Clock:
    """Simulates the writing of tokens on the threads that a governor chooses."""

    def __init__(self, allowed: Threads, now: float = 100.0) -> None:
        self.governor = ThreadGovernor()
        self.allowed = allowed
        self.now = now

    def write(self, seconds: float, token_s: Callable[[int], float]) -> dict[int, float]:
        """Write for so many seconds; return the seconds spent on each number of threads."""
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
    """Return the seconds per token on a quiet machine."""
    return {1: 0.015, 2: 0.009}[threads]


def crowded(threads: int) -> float:
    """Return the seconds per token where one core of two is taken."""
    return 0.02 if threads == 1 else 0.06


def test_all_threads_are_used_on_a_quiet_machine() -> None:
    spent = Clock(Threads(2, 2)).write(20, quiet)
    assert spent[2] > 0.95 * 20


def test_taken_core_is_left_within_a_quarter_of_a_second() -> None:
    clock = Clock(Threads(1, 1))
    clock.write(2, crowded)
    clock.allowed = Threads(2, 2)
    assert clock.write(0.25, crowded)[2] <= 0.2
    assert clock.write(30, crowded)[1] > 0.95 * 30


def test_core_taken_during_an_answer_is_left_and_used_again_when_free() -> None:
    clock = Clock(Threads(2, 2))
    clock.write(10, quiet)
    assert clock.write(1, crowded)[1] > 0.7
    clock.write(10, crowded)
    assert clock.write(60, quiet)[2] > 0.7 * 60


def test_fewer_threads_are_not_tried_again_while_the_rate_holds() -> None:
    clock = Clock(Threads(2, 2))
    assert 1 in clock.write(5, quiet)
    for _ in range(3):
        clock.now += PAUSE_S + 1
        assert set(clock.write(5, quiet)) == {2}


def test_known_rates_do_not_keep_a_core_that_was_taken_during_a_pause() -> None:
    clock = Clock(Threads(2, 2))
    for token_s, best in ((quiet, 2), (crowded, 1), (quiet, 2), (crowded, 1)):
        clock.write(20, token_s)
        clock.now += PAUSE_S + 1
        assert clock.write(1, token_s)[best] > 0.7


def test_unlucky_trial_does_not_keep_a_core_that_is_taken_later() -> None:
    clock = Clock(Threads(2, 2))
    assert 1 in clock.write(1, lambda threads: 0.1 if threads == 1 else 0.009)
    assert clock.write(2, crowded)[1] > 1


def test_cores_taken_for_a_moment_are_soon_used_again() -> None:
    clock = Clock(Threads(8, 8))
    clock.write(5, lambda threads: 0.1 / threads)
    clock.write(2, lambda threads: 0.1 / threads if threads <= 2 else 0.2)
    assert clock.write(20, lambda threads: 0.1 / threads)[8] > 10


@pytest.mark.parametrize(("taken", "best"), [(2, 6), (4, 4), (6, 2)])
def test_governor_finds_the_number_of_free_cores(taken: int, best: int) -> None:
    def token_s(threads: int) -> float:
        return 0.1 / threads if threads <= 8 - taken else 0.1

    spent = Clock(Threads(8, 8)).write(60, token_s)
    assert spent[best] > 0.8 * 60


@pytest.mark.parametrize("allowed", [2, 4, 8, 16])
def test_free_cores_are_not_given_up_for_trials(allowed: int) -> None:
    spent = Clock(Threads(allowed, allowed)).write(30, lambda threads: 1 / threads)
    assert spent[allowed] > 0.8 * 30
    assert min(spent) >= allowed // 2


def test_trials_cost_little_where_memory_limits_the_rate() -> None:
    clock, tokens = Clock(Threads(8, 8)), 0

    def token_s(threads: int) -> float:
        nonlocal tokens
        tokens += 1
        return max(0.1 / threads, 0.02)

    clock.write(30, token_s)
    assert tokens > 0.93 * 30 / 0.02


def test_steady_number_of_threads_stays() -> None:
    assert set(Clock(Threads(2, 2, steady=True)).write(10, crowded)) == {2}


def test_all_threads_are_used_after_a_pause() -> None:
    clock = Clock(Threads(2, 2))
    clock.write(5, crowded)
    assert clock.governor.threads(clock.allowed, clock.now) == 1
    assert clock.governor.threads(clock.allowed, clock.now + PAUSE_S + 1) == 2


@pytest.mark.parametrize("allowed", [1, 2, 3, 5, 7, 8, 64])
def test_number_of_threads_stays_within_the_allowed(allowed: int) -> None:
    clock = Clock(Threads(allowed, allowed))
    spent = clock.write(20, lambda threads: 0.01 * threads)
    assert min(spent) == 1
    assert max(spent) == allowed
