"""The policy of threads: how many each model computes with, now.

What decides it: ggml's threads wait for each other after every operation, so a thread that has no core stops them all.
Never more threads than cores, therefore: shares while both models work, everything to whoever still works, and a
retreat as soon as the time that tokens take says that a core is not free. Without flash attention the number of
threads never changes a token, so it may change between any two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tui.chat.conversation import Side

SPARE_FROM = 6
"""So many cores, and one is left to the screen, which takes a twentieth of one; where there are fewer, a model's whole
share would be too much for that."""

WINDOW_S = 0.1
WINDOW_TOKENS = 3
WINDOW_AT_MOST_S = 1.0
"""What a rate is taken over: seconds and tokens, at the least; however few tokens there are by then, no longer."""

PAUSE_S = 5.0
"""After a pause of so many seconds, a core that was taken may be free again."""

_FIRST_PATIENCE_S, _LAST_PATIENCE_S = 1.0, 16.0
_SURE_S = 300.0
"""How long it is believed that fewer threads would be slower. While the rate holds, no core was taken: to look costs
two percent of an answer, and only guards against having looked at a bad moment."""

_PATIENT_TOKENS = 30
"""Where tokens take long, a look at another number of threads takes long, too: it is worth so many of its tokens."""

_NEARLY = 1.15
"""Where a step cost more than this, the next one in the same direction is not tried: it would cost as much again."""

_SLOWED = 1.25
"""A rate that falls by more than this has a cause: what was known before is worth nothing."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads may compute: while a model writes, token by token, and while it reads, many tokens at once.

    `steady` means just so many, whatever the rate says.
    """

    writing: int
    reading: int
    steady: bool = False


@dataclass(frozen=True, slots=True)
class Cores:
    """The cores that both models may use together: performance cores, and efficiency cores where there are two kinds.

    With `whole`, none of them is left to the screen. `fixed` is a number of threads that the user set for each model.
    """

    performance: int
    efficiency: int = 0
    whole: bool = False
    fixed: int | None = None

    @property
    def total(self) -> int:
        """Cores of either kind."""
        return self.performance + self.efficiency


def shares(cores: Cores, work: Mapping[Side, float]) -> dict[Side, Threads]:
    """The threads of each side that works; `work` is what a token costs it, in any unit (bytes of weights, say).

    Cores go where they bring the end of the later answer forward the most, one to each side at the least. Writing waits
    for its slowest thread after every operation, so that efficiency cores would hold it up; reading hands its work
    out in small pieces and gains from every core.
    """
    if cores.fixed is not None:
        return {side: Threads(cores.fixed, cores.fixed, steady=True) for side in work}
    freeze = int(cores.total >= SPARE_FROM and not cores.whole)
    writing = _divided(cores.performance - (0 if cores.efficiency else freeze), work)
    reading = _divided(cores.total - freeze, work)
    return {side: Threads(writing[side], reading[side]) for side in work}


def _divided(cores: int, work: Mapping[Side, float]) -> dict[Side, int]:
    """One core each, and every further one to the side that has the most work for each of its cores."""
    given = dict.fromkeys(work, 1)
    for _ in range(cores - len(given)):
        if given:
            given[max(given, key=lambda side: work[side] / given[side])] += 1
    return given


@dataclass(slots=True)
class _Rate:
    """Seconds that a token took, found at a moment of the monotonic clock."""

    seconds: float
    at: float


class Governor:
    """Chooses how many of the allowed threads a model writes on, by the time that its tokens take.

    It begins with all of them, and tries the next number down at first, when the rate says that something changed, and
    seldom besides; the next number up now and then: soon after a change, ever more rarely while there is none.
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
        """On how many threads the next token is computed; `now` is the monotonic clock in seconds."""
        if allowed.steady:
            return allowed.writing
        if now - self._at > PAUSE_S or allowed != self._allowed:
            self._begin(allowed)
        self._at = now
        return self._threads

    def took(self, seconds: float, now: float) -> None:
        """Hears what the token took that was computed on these threads, and is done `now`."""
        self._at = now
        self._tokens += 1
        self._seconds += seconds
        enough = self._tokens >= WINDOW_TOKENS and self._seconds >= WINDOW_S
        if enough or self._seconds >= WINDOW_AT_MOST_S:
            self._judge(self._seconds / self._tokens, now)
            self._tokens, self._seconds = 0, 0.0

    def _begin(self, allowed: Threads) -> None:
        self._allowed = allowed
        self._threads = allowed.writing
        self._patience = _FIRST_PATIENCE_S
        self._tokens, self._seconds = 0, 0.0

    def _judge(self, seconds: float, now: float) -> None:
        """Takes the rate down, and goes where it was best, or where nobody has looked for long."""
        before = self._known.get(self._threads)
        if before is not None and seconds > before.seconds * _SLOWED:
            self._known.clear()
            self._patience = _FIRST_PATIENCE_S
        self._known[self._threads] = _Rate(seconds, now)
        near = _near(self._threads, self._allowed.writing)
        best = min((rung for rung in (self._threads, *near) if rung in self._known), key=self._seconds_on)
        if seconds <= self._known[best].seconds * _NEARLY:
            for threads in near:
                if self._unknown(threads, now):
                    if threads > self._threads:
                        self._patience = min(self._patience * 2, _LAST_PATIENCE_S)
                    self._threads = threads
                    return
        self._threads = best

    def _unknown(self, threads: int, now: float) -> bool:
        """Whether nobody has looked for long at how fast so many threads are."""
        known = self._known.get(threads)
        patience = self._patience if threads > self._threads else _SURE_S
        return known is None or now - known.at >= max(patience, known.seconds * _PATIENT_TOKENS)

    def _seconds_on(self, threads: int) -> float:
        return self._known[threads].seconds


def _near(threads: int, allowed: int) -> list[int]:
    """The next numbers down and up among the quarters of what is allowed, and one."""
    rungs = sorted({1, *(max(1, allowed * quarters // 4) for quarters in range(1, 5))})
    place = rungs.index(threads)
    return [*rungs[max(0, place - 1) : place], *rungs[place + 1 : place + 2]]
