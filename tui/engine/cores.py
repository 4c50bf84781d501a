"""How the machine's cores are shared between the models.

ggml's threads wait for each other after every operation, so a thread without a core stops all of them. So there are
never more threads than cores: shares while both models work, everything for a model that works alone. Without flash
attention the number of threads never changes a token, so it may change between any two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tui.chat.conversation import Side

SPARE_FROM = 6
"""From this number of cores on, one is left to the screen, which uses a twentieth of it."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads may compute: `writing` for single tokens, `reading` for batches of prompt tokens.

    `steady` means exactly that many, whatever the measured rate.
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
        """Return the number of cores of both kinds."""
        return self.performance + self.efficiency


def shares(cores: Cores, work: Mapping[Side, float]) -> dict[Side, Threads]:
    """Return the threads of each side in `work`, which gives the cost of a token in any unit (bytes of weights).

    Cores go where they shorten the longer answer most; each side gets at least one. Writing waits for its slowest
    thread after every operation, so it uses no efficiency cores. Reading splits its work finely and uses all.
    """
    if cores.fixed is not None:
        return {side: Threads(cores.fixed, cores.fixed, steady=True) for side in work}
    spare = int(cores.total >= SPARE_FROM and not cores.whole)
    writing = _divided(cores.performance - (0 if cores.efficiency else spare), work)
    reading = _divided(cores.total - spare, work)
    return {side: Threads(writing[side], reading[side]) for side in work}


def _divided(cores: int, work: Mapping[Side, float]) -> dict[Side, int]:
    """Give each side one core, and every further core to the side with the most work per core."""
    given = dict.fromkeys(work, 1)
    for _ in range(cores - len(given)):
        if given:
            given[max(given, key=lambda side: work[side] / given[side])] += 1
    return given
