"""The speed of one worker alone against llama-bench, early and late in an answer.

Both count from the first token on, so that reading the prompt does not count.
"""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tui.bench.figures import BenchError, Bound, Figure, LeftOut, Pair, in_turn, ratio
from tui.bench.harness import Harness, steady
from tui.bench.timeline import Timeline
from tui.chat.conversation import Side, Usage

_BOUND = Bound("at least", 0.97)

_MOST_LONG = 3
"""Repetitions of a long answer, which takes a minute."""


class _Test(msgspec.Struct, frozen=True):
    """The fields of a llama-bench result that are used here."""

    build_commit: str
    build_number: int
    n_depth: int
    samples_ts: list[float]


class Result(NamedTuple):
    """Tokens per second by the tokens of context before them, and the `build` of llama-bench."""

    rates: dict[int, float]
    build: str


def installed(program: str, environ: Mapping[str, str]) -> str:
    """Return the path of one of llama.cpp's programs. Raises LeftOut."""
    found = shutil.which(program, path=environ.get("PATH", os.defpath))
    if found is None:
        raise LeftOut(f"It needs {program}: install llama.cpp, and put the folder with its programs on the PATH.")
    return found


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure, for each side, on one thread and on all, tokens per second at the same depth."""
    installed("llama-bench", harness.make.environ)
    return [await _alone(harness, side, threads) for side in Side for threads in sorted({1, harness.cores.total})]


async def long_answer(harness: Harness) -> Sequence[Figure]:
    """Measure, for each side, the speed late in a long answer as a part of the speed early in it."""
    installed("llama-bench", harness.make.environ)
    return [await _long(harness, side) for side in Side]


async def run(weights: Path, environ: Mapping[str, str], *, threads: int, depths: Sequence[int], tokens: int) -> Result:
    """Run llama-bench: write `tokens` after `depths` of context, without sampling. Raises LeftOut and BenchError."""
    depth = ",".join(map(str, depths))
    options = {"-m": weights, "-t": threads, "-fa": 0, "-p": 0, "-n": tokens, "-d": depth, "-r": 1, "-o": "json"}
    process = await asyncio.create_subprocess_exec(
        installed("llama-bench", environ),
        *(str(word) for option in options.items() for word in option),
        env=dict(environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        tests = msgspec.json.decode(output, type=list[_Test])
        found = {test.n_depth: test.samples_ts[0] for test in tests}
        return Result(found, f"build {tests[0].build_number}, {tests[0].build_commit}")
    except (msgspec.DecodeError, IndexError) as error:
        raise BenchError("llama-bench gave no figures: run it by hand and see why.") from error


async def _alone(harness: Harness, side: Side, threads: int) -> Figure:
    question, tokens = harness.question(), max(2, harness.scale.tokens // 2)
    # The prompt is the depth of both.
    depth = _usage(await _solo(harness, side, question, tokens=2, threads=threads)).prompt_tokens
    path, environ, build = harness.pair[side].path, harness.make.environ, ""

    async def ours() -> float:
        return _usage(await _solo(harness, side, question, tokens=tokens, threads=threads)).tokens_per_second

    async def theirs() -> float:
        nonlocal build
        result = await run(path, environ, threads=threads, depths=[depth], tokens=tokens)
        build = result.build
        return result.rates[depth]

    on = "1 thread" if threads == 1 else f"{threads} threads"
    repeats = harness.repeats(f"{side} beside llama-bench on {on}", 2 * harness.scale.repeats)
    pairs = [Pair(*await in_turn(number, ours, theirs)) for number in repeats]
    name = f"peer-{side}" if threads == 1 else f"peer-{side}-all"
    compared = f"the {side} model alone on {on} against llama-bench ({build}), which samples nothing"
    return ratio(name, pairs, measure="tokens/s", compared=compared, bound=_BOUND)


async def _long(harness: Harness, side: Side) -> Figure:
    part = harness.scale.part
    early, late = part // 5, 3 * part
    path, environ = harness.pair[side].path, harness.make.environ
    pairs: list[Pair] = []
    for _ in harness.repeats(f"a long answer of the {side} model", min(harness.scale.repeats, _MOST_LONG)):
        ours = await _solo(harness, side, harness.question(), tokens=late + part, threads=1)
        before = _usage(ours).prompt_tokens
        depths = [before + early, before + late]
        rates = (await run(path, environ, threads=1, depths=depths, tokens=part)).rates
        pairs.append(Pair(_rate(ours, late, part) / _rate(ours, early, part), rates[depths[1]] / rates[depths[0]]))
    compared = (
        f"tokens {late} to {late + part} of the {side} model's answer over tokens {early} to {early + part}, "
        "against llama-bench's same ratio at these depths"
    )
    return ratio(f"long-{side}", pairs, measure="x", compared=compared, bound=_BOUND)


async def _solo(harness: Harness, side: Side, question: str, *, tokens: int, threads: int) -> Timeline:
    """Let one model write `tokens` alone, on so many threads."""
    fixed = {side: steady(threads)}
    return (await harness.fixed_threads(question, tokens=tokens, threads=fixed, endless=True))[side]


def _rate(timeline: Timeline, start: int, tokens: int) -> float:
    """Return the tokens per second of `tokens` from `start` on."""
    seconds = timeline.when(start + tokens) - timeline.when(start)
    if seconds <= 0:
        raise BenchError("An answer came all at once: measure again with a slower model.")
    return tokens / seconds


def _usage(timeline: Timeline) -> Usage:
    if timeline.usage is None:
        raise BenchError("An answer was cut short: measure again.")
    return timeline.usage
