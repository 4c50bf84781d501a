"""The speed of two models together: as duochat runs them, against all threads for each, the default elsewhere."""

from collections.abc import Sequence

from tui.bench.figures import Bound, Figure, Pair, ratio, watched
from tui.bench.harness import Harness, steady
from tui.bench.loaded_engine import Barriers
from tui.bench.timeline import for_seconds, rates
from tui.chat.conversation import Side

COMPARED = "duochat against all threads for each model"


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure tokens per second of both together."""
    bound = Bound("at least", 1.5)
    return (ratio("together", await pairs(harness), measure="tokens/s", compared=COMPARED, bound=bound),)


async def pairs(harness: Harness) -> list[Pair]:
    """Return the speeds of both arrangements."""
    what = "both together, and with all threads each"
    return [await watched(_pair(harness)) for _ in harness.repeats(what)]


async def _pair(harness: Harness) -> Pair:
    question, enough = harness.question(), for_seconds(harness.scale.seconds)
    tokens, threads = harness.scale.context, dict.fromkeys(Side, steady(harness.cores.total))
    ours = await harness.duochat(question, enough, tokens=tokens)
    theirs = await harness.fixed_threads(question, enough, tokens=tokens, threads=threads, barriers=Barriers.LLAMA_CPP)
    return Pair(sum(rates(ours).values()), sum(rates(theirs).values()))
