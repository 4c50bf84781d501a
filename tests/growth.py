"""How the cost of some work grows with what it is done to."""

from collections.abc import Callable
from time import process_time

_TRIES = 5


def grows_with_its_length(work: Callable[[str], object], unit: str, times: int) -> bool:
    """Whether four times as long a text costs well below sixteen times the CPU, which a loop within a loop would."""
    work(unit * times)
    tries = [(_cost(work, unit * 4 * times), _cost(work, unit * times)) for _ in range(_TRIES)]
    # At the best of several tries, in turn: whatever else the machine does can only add to them.
    return min(long for long, _ in tries) < 8 * min(short for _, short in tries)


def _cost(work: Callable[[str], object], text: str) -> float:
    """Seconds of CPU."""
    started = process_time()
    work(text)
    return process_time() - started
