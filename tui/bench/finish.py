"""Owns how long it takes until two answers are both there: all cores to whoever still writes, against a fixed split.

Answers are forced past the ends that their models would give them, so that both are equally long.
"""

from collections.abc import Sequence

from tui.bench.figures import Bound, Figure, Pair, ratio
from tui.bench.lab import Lab
from tui.bench.timeline import Heard


async def measure(lab: Lab) -> Sequence[Figure]:
    """Seconds until both have ended, against the static split."""
    question = lab.question()
    threads = lab.fair_shares()
    lab.say("until both have ended: the question")
    # The first round reads the question, so that all others write only, from the same memory.
    await lab.split(question, tokens=lab.scale.tokens, threads=threads, forced=True)
    pairs: list[Pair] = []
    for number in range(lab.scale.repeats):
        lab.say(f"until both have ended: {number + 1} of {lab.scale.repeats}")
        ours = await lab.ours(question, tokens=lab.scale.tokens, forced=True)
        fixed = await lab.split(question, tokens=lab.scale.tokens, threads=threads, forced=True)
        pairs.append(Pair(_seconds(ours), _seconds(fixed)))
    compared = f"two answers of {lab.scale.tokens} tokens, threads that move against threads that stay"
    return (ratio("both-done", pairs, measure="s", compared=compared, bound=Bound("at most", 0.85)),)


def _seconds(heard: Heard) -> float:
    return max(timeline.ended or 0.0 for timeline in heard.values())
