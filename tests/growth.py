"""How the cost of some work grows with what it is done to."""

from collections.abc import Callable
from time import process_time

_TRIES = 5


def grows_with_its_length(work: Callable[[str], object], unit: str, times: int) -> bool:
    """Whether four times as long a text costs well below sixteen times the CPU, which a loop within a loop would."""
    work(unit * times)
    return _cost(work, unit * 4 * times) < 8 * _cost(work, unit * times)


def _cost(work: Callable[[str], object], text: str) -> float:
    """Seconds of CPU at the best of several tries: whatever else the machine does can only add to them."""
    costs = []
    for _ in range(_TRIES):
        started = process_time()
        work(text)
        costs.append(process_time() - started)
    return min(costs)
