"""Owns how long it takes until two answers are both there: all cores to whoever still writes, against a fixed split.

Time counts from the question, as for whoever waits; each run has a question of its own, so that all of them read it.
Answers are forced past the ends that their models would give them, so that both are equally long.
"""

from collections.abc import Sequence

from tui.bench.figures import Bound, Figure, Pair, ratio
from tui.bench.lab import Lab
from tui.bench.timeline import Heard
from tui.bench.weather import watched


async def measure(lab: Lab) -> Sequence[Figure]:
    """Seconds until both have ended, against the static split."""
    pairs = [await watched(_pair(lab, number)) for number in range(lab.scale.repeats)]
    compared = (
        f"from the question until two answers of {lab.scale.tokens} tokens are done, "
        "threads that move against threads that stay"
    )
    return (ratio("both-done", pairs, measure="s", compared=compared, bound=Bound("at most", 0.85)),)


async def _pair(lab: Lab, number: int) -> Pair:
    lab.say(f"until both have ended: {number + 1} of {lab.scale.repeats}")
    ours = await lab.ours(lab.question(), tokens=lab.scale.tokens, forced=True)
    fixed = await lab.split(lab.question(), tokens=lab.scale.tokens, threads=lab.fair_shares(), forced=True)
    return Pair(_seconds(ours), _seconds(fixed))


def _seconds(heard: Heard) -> float:
    return max(timeline.ended or 0.0 for timeline in heard.values())
