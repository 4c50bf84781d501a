"""Owns how long it takes until two answers are both there: all cores to whoever still writes, against a fixed split.

No answer can be forced past the end that its model gives it. Both arrangements get the same question and, since threads
never change a token, write the same answers; how long those were is part of what was compared.
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
    heard = await lab.split(question, tokens=lab.scale.tokens, threads=threads)
    pairs: list[Pair] = []
    for number in range(lab.scale.repeats):
        lab.say(f"until both have ended: {number + 1} of {lab.scale.repeats}")
        ours = await lab.ours(question, tokens=lab.scale.tokens)
        heard = await lab.split(question, tokens=lab.scale.tokens, threads=threads)
        pairs.append(Pair(_seconds(ours), _seconds(heard)))
    compared = f"answers of {_lengths(heard)} tokens, threads that move against threads that stay"
    return (ratio("both-done", pairs, measure="s", compared=compared, bound=Bound("at most", 0.85)),)


def _seconds(heard: Heard) -> float:
    return max(timeline.ended or 0.0 for timeline in heard.values())


def _lengths(heard: Heard) -> str:
    return " and ".join(str(timeline.usage.completion_tokens if timeline.usage else 0) for timeline in heard.values())
