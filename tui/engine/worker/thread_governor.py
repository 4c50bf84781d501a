"""The number of threads that a model writes with, adjusted to the measured seconds per token."""

from dataclasses import dataclass

from tui.engine.cores import Threads

WINDOW_S = 0.1
WINDOW_TOKENS = 3
WINDOW_AT_MOST_S = 1.0
"""A rate is taken over at least so many seconds and tokens, but over no longer than this."""

PAUSE_S = 5.0
"""After a pause of so many seconds, a core that was taken may be free again."""

_FIRST_PATIENCE_S, _LAST_PATIENCE_S = 1.0, 16.0
"""Seconds until more threads are tried again: at first, and after many tries in vain."""

_SURE_S = 300.0
"""Seconds until fewer threads are tried again. While the rate holds, no core was taken, and a trial costs two percent
of an answer; it only guards against a first trial at a bad moment."""

_PATIENT_TOKENS = 30
"""The least number of tokens between two trials; it matters where tokens take long."""

_NEARLY = 1.15
"""Where a step cost more than this, the next one in the same direction is not tried: it would cost as much again."""

_SLOWED = 1.25
"""A token that takes longer than before by more than this makes all known rates void."""


@dataclass(slots=True)
class _Rate:
    """Seconds per token, measured at a moment of the monotonic clock."""

    seconds: float
    at: float


class ThreadGovernor:
    """Chooses how many of the allowed threads a model writes with, by the time that its tokens take.

    It begins with all of them. It tries the next lower number at first, when the rate changed, and seldom besides. It
    tries the next higher number soon after a change, and ever more rarely while nothing changes.
    """

    def __init__(self) -> None:
        self._allowed = Threads(1, 1)
        self._threads = 1
        self._known: dict[int, _Rate] = {}
        self._patience = _FIRST_PATIENCE_S
        self._tokens = 0
        self._seconds = 0.0
        self._at = float("-inf")

    def threads(self, allowed: Threads, now: float) -> int:
        """Return the number of threads for the next token; `now` is the monotonic clock in seconds."""
        if allowed.steady:
            return allowed.writing
        if now - self._at > PAUSE_S or allowed != self._allowed:
            self._begin(allowed)
        self._at = now
        return self._threads

    def record(self, seconds: float, now: float) -> None:
        """Record what the last token took, which was computed on these threads and is done `now`."""
        self._at = now
        self._tokens += 1
        self._seconds += seconds
        enough = self._tokens >= WINDOW_TOKENS and self._seconds >= WINDOW_S
        if enough or self._seconds >= WINDOW_AT_MOST_S:
            self._adjust(self._seconds / self._tokens, now)
            self._tokens, self._seconds = 0, 0.0

    def _begin(self, allowed: Threads) -> None:
        self._allowed = allowed
        self._threads = allowed.writing
        self._patience = _FIRST_PATIENCE_S
        self._tokens, self._seconds = 0, 0.0

    def _adjust(self, seconds: float, now: float) -> None:
        """Keep the rate, and change to a number of threads that is due for a trial, else to the best known one."""
        before = self._known.get(self._threads)
        if before is not None and seconds > before.seconds * _SLOWED:
            self._known.clear()
            self._patience = _FIRST_PATIENCE_S
        self._known[self._threads] = _Rate(seconds, now)
        near = _near(self._threads, self._allowed.writing)
        best = min((number for number in (self._threads, *near) if number in self._known), key=self._seconds_on)
        if seconds <= self._known[best].seconds * _NEARLY:
            for threads in near:
                if self._is_due(threads, now):
                    if threads > self._threads:
                        self._patience = min(self._patience * 2, _LAST_PATIENCE_S)
                    self._threads = threads
                    return
        self._threads = best

    def _is_due(self, threads: int, now: float) -> bool:
        """Return whether the rate on so many threads is unknown or old."""
        known = self._known.get(threads)
        patience = self._patience if threads > self._threads else _SURE_S
        return known is None or now - known.at >= max(patience, known.seconds * _PATIENT_TOKENS)

    def _seconds_on(self, threads: int) -> float:
        return self._known[threads].seconds


def _near(threads: int, allowed: int) -> list[int]:
    """Return the next numbers below and above among one and the quarters of `allowed`."""
    steps = sorted({1, *(max(1, allowed * quarters // 4) for quarters in range(1, 5))})
    at = steps.index(threads)
    return [*steps[max(0, at - 1) : at], *steps[at + 1 : at + 2]]
