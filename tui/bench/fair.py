"""A comparison of two models, each alone: in turn A-B-B-A, warm, on the same threads.

Tokenizers differ, so characters per token and the time to the whole answer count beside tokens per second.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from tui.arena.ratings.language import language_of
from tui.bench.figures import BenchError, Figure, Pair, median_of, ratio
from tui.bench.harness import Harness
from tui.chat.conversation import Answer, FinishReason, Message, Role, Side
from tui.chat.generation_settings import Overrides
from tui.chat.partial_answer import updated
from tui.engine.cores import Threads, shares
from tui.engine.steering import Steering
from tui.models.gguf import metadata

WARM_TOKENS = 8
"""Tokens of an answer that warms a model up: its weights are in memory then, and the processor runs at full speed."""

_ORDER = (Side.LEFT, Side.RIGHT, Side.RIGHT, Side.LEFT)
"""Drift, such as from a processor that grows hot, disturbs both sides alike."""

_UNREAD = Steering(reuse=0)
"""The whole prompt is read each time."""


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt, and the expected `language` of its answer by the names of `language_of`."""

    name: str
    prompt: str
    language: str | None = None


TASKS = (
    Task("english", "Explain in about five sentences why the sea is salty.", "en"),
    Task("chinese", "请用大约五句话解释海水为什么是咸的。", "zh"),
    Task("code", "Write a Python function that returns the n-th Fibonacci number, with a docstring and one example."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One answer of a model alone: times in milliseconds since the question; `tokens` include thinking."""

    first_ms: float
    begun_ms: float
    done_ms: float
    tokens_per_second: float
    tokens: int
    thinking_tokens: int
    characters: int
    language: str
    cut: bool

    @property
    def characters_per_token(self) -> float:
        """Characters per token of the answer, without thinking."""
        return self.characters / (self.tokens - self.thinking_tokens)


Runs = Sequence[tuple[Run, Run]]
"""Runs of the left model, each with the run of the right model right before or after it."""


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure, for each task, speed, characters per token, and time and tokens of the answer, left against right."""
    threads = replace(shares(harness.cores, {Side.LEFT: 1.0})[Side.LEFT], steady=True)
    for side in Side:
        harness.say(f"warming up the {side} model")
        await _answer(harness, side, TASKS[0], seed=0, threads=threads, limit=WARM_TOKENS)
    return [figure for task in TASKS for figure in figures(task, await _runs(harness, task, threads), threads.writing)]


async def _runs(harness: Harness, task: Task, threads: Threads) -> Runs:
    limit = max(model.spec.default_max_tokens for model in harness.pair.values())
    pairs: list[tuple[Run, Run]] = []
    for number in harness.repeats(f"each alone, {task.name}"):
        runs = [
            run_of(side, await _answer(harness, side, task, seed=number, threads=threads, limit=limit))
            for side in _ORDER
        ]
        pairs += [(runs[0], runs[1]), (runs[3], runs[2])]
    return pairs


async def _answer(harness: Harness, side: Side, task: Task, *, seed: int, threads: Threads, limit: int) -> Answer:
    """Ask under the sampling that the model's maker recommends."""
    engine, model = (await harness.engines())[side], harness.pair[side]
    setup = replace(model.spec.settings(Overrides(), metadata.read(model.path).sampling).setup(seed), max_tokens=limit)
    answer = Answer(model=model.spec.model_info(), setup=setup)
    async with aclosing(engine.reply((Message(Role.USER, task.prompt),), setup, threads, _UNREAD)) as events:
        async for event in events:
            answer = updated(answer, event)
    return answer


def run_of(side: Side, answer: Answer) -> Run:
    """Return the measurements of an answer of `side`. Raises BenchError where it is too short."""
    usage = answer.usage
    if usage is None:
        raise BenchError(answer.error or f"The {side} model did not end its answer: measure again.")
    if usage.first_ms is None or usage.answer_started_ms is None or not answer.text:
        raise BenchError(f"The {side} model came to no answer: choose another one.")
    if not usage.tokens_per_second:
        raise BenchError(f"The {side} model's answer was too short to be measured: choose one that writes more.")
    return Run(
        first_ms=usage.first_ms,
        begun_ms=usage.answer_started_ms,
        done_ms=usage.ended_ms,
        tokens_per_second=usage.tokens_per_second,
        tokens=usage.completion_tokens,
        thinking_tokens=usage.thinking_tokens or 0,
        characters=len(answer.text),
        language=language_of(answer.text),
        cut=answer.finish_reason is FinishReason.LENGTH,
    )


def figures(task: Task, runs: Runs, threads: int) -> Sequence[Figure]:
    """Return the figures for `task`; those about thinking only where a model thought."""
    compared = f"left alone against right alone, {threads} {'thread' if threads == 1 else 'threads'} each"
    cut = _counted("cut at their limit", runs, lambda run: run.cut)
    strange = _counted("in another language", runs, lambda run: task.language not in {None, run.language})

    def over(name: str, measure: str, value: Callable[[Run], float], note: str = "") -> Figure:
        return ratio(f"fair-{task.name}-{name}", _pairs(runs, value), measure=measure, compared=compared + note)

    found = [
        over("speed", "tokens/s", lambda run: run.tokens_per_second),
        over("characters-per-token", "characters/token", lambda run: run.characters_per_token, strange),
        over("characters", "characters/s", lambda run: run.characters_per_token * run.tokens_per_second, strange),
        over("first-token", "ms", lambda run: run.first_ms),
        over("answer-done", "ms", lambda run: run.done_ms, cut),
        over("tokens", "tokens", lambda run: run.tokens, cut),
    ]
    if any(run.thinking_tokens for both in runs for run in both):
        thought = _pairs(runs, lambda run: run.thinking_tokens)
        name = f"fair-{task.name}-thinking"
        found.append(over("answer-begins", "ms", lambda run: run.begun_ms))
        found.append(median_of(name, thought, unit="tokens", compared=f"{compared}: tokens before the answer"))
    return found


def _pairs(runs: Runs, value: Callable[[Run], float]) -> list[Pair]:
    return [Pair(value(left), value(right)) for left, right in runs]


def _counted(what: str, runs: Runs, holds: Callable[[Run], bool]) -> str:
    """Return how many of the answers on each side are `what`, in words; "" where none is."""
    left, right = (sum(holds(both[side]) for both in runs) for side in (0, 1))
    return f"; {what}: {left} of {len(runs)} left, {right} of {len(runs)} right" if left or right else ""
