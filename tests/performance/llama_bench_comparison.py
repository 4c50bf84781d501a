"""Owns how much of llama.cpp's own speed arrives: one worker alone against llama-bench, soon and late in an answer.

Both count from the first token on: what is read before it is no part of a speed.
"""

from collections.abc import Sequence

from tui.bench import llama_bench
from tui.bench.figures import BenchError, Bound, Figure, Pair, in_turn, ratio
from tui.bench.lab import Lab
from tui.bench.timeline import Timeline
from tui.chat.conversation import Side, Usage

_BOUND = Bound("at least", 0.97)

_MOST_LONG = 3
"""A long answer takes a minute: so many of them are enough."""


async def measure(lab: Lab) -> Sequence[Figure]:
    """For each side, on one thread and on all: tokens per second against llama-bench's, at the same depth."""
    llama_bench.installed("llama-bench", lab.environ)
    return [await _alone(lab, side, threads) for side in Side for threads in sorted({1, lab.cores.total})]


async def long(lab: Lab) -> Sequence[Figure]:
    """For each side: what is left late in a long answer of the speed that it began with, against llama-bench's."""
    llama_bench.installed("llama-bench", lab.environ)
    return [await _long(lab, side) for side in Side]


async def _alone(lab: Lab, side: Side, threads: int) -> Figure:
    question, tokens = lab.question(), max(2, lab.scale.tokens // 2)
    # The prompt is the depth of both.
    depth = _usage(await lab.solo(side, question, tokens=2, threads=threads)).prompt_tokens
    build, pairs, count = "", list[Pair](), 2 * lab.scale.repeats

    async def ours() -> float:
        return _usage(await lab.solo(side, question, tokens=tokens, threads=threads)).tokens_per_second or 0.0

    async def theirs() -> float:
        nonlocal build
        path = lab.pair[side].path
        result = await llama_bench.rates(path, lab.environ, threads=threads, depths=[depth], tokens=tokens)
        build = result.build
        return result.rates[depth]

    for number in range(count):
        lab.say(f"{side} beside llama-bench on {_threads(threads)}: {number + 1} of {count}")
        pairs.append(await in_turn(number, ours, theirs))
    name = f"peer-{side}" if threads == 1 else f"peer-{side}-all"
    compared = f"the {side} model alone on {_threads(threads)} against llama-bench ({build}), which samples nothing"
    return ratio(name, pairs, measure="tokens/s", compared=compared, bound=_BOUND)


async def _long(lab: Lab, side: Side) -> Figure:
    part = lab.scale.part
    early, late = part // 5, 3 * part
    pairs: list[Pair] = []
    for number in range(min(lab.scale.repeats, _MOST_LONG)):
        lab.say(f"a long answer of the {side} model: {number + 1} of {min(lab.scale.repeats, _MOST_LONG)}")
        ours = await lab.solo(side, lab.question(), tokens=late + part, threads=1)
        before = _usage(ours).prompt_tokens
        depths = [before + early, before + late]
        other = await llama_bench.rates(lab.pair[side].path, lab.environ, threads=1, depths=depths, tokens=part)
        slower = other.rates[depths[1]] / other.rates[depths[0]]
        pairs.append(Pair(_rate(ours, late, part) / _rate(ours, early, part), slower))
    compared = (
        f"tokens {late} to {late + part} of the {side} model's answer over tokens {early} to {early + part}, "
        "against llama-bench's same ratio at these depths"
    )
    return ratio(f"long-{side}", pairs, measure="x", compared=compared, bound=_BOUND)


def _rate(timeline: Timeline, start: int, tokens: int) -> float:
    """Tokens per second of `tokens` from `start` on."""
    seconds = timeline.when(start + tokens) - timeline.when(start)
    if seconds <= 0:
        raise BenchError("An answer came all at once: measure again with a model that is slower.")
    return tokens / seconds


def _usage(timeline: Timeline) -> Usage:
    if timeline.usage is None:
        raise BenchError("An answer was cut short: measure again.")
    return timeline.usage


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"
