"""Owns how two models compare when each has the machine to itself: in turn A-B-B-A, warm, on the same threads.

Tokens per second say little of two tokenizers: so do characters per token, and when the answer itself was there.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from tui.arena.ratings.language import language_of
from tui.bench.figures import BenchError, Figure, Pair, median_of, ratio
from tui.bench.lab import Lab
from tui.chat.conversation import Answer, FinishReason, Message, Role, Side
from tui.chat.generation_settings import Overrides
from tui.chat.partial_answer import updated
from tui.engine.cores import Threads, shares
from tui.engine.steering import Steering
from tui.models.gguf import metadata

WARM_TOKENS = 8
"""What a model writes before anything counts: by then its weights are in memory, and the processor is awake."""

_ORDER = (Side.LEFT, Side.RIGHT, Side.RIGHT, Side.LEFT)
"""What drifts while it lasts, such as a processor that grows hot, disturbs both sides alike."""

_UNREAD = Steering(reuse=0)
"""The prompt is read whole each time, although the last answer left it in memory."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked; `language` is the one that an answer is expected in, as `language_of` names it."""

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
    """One answer, nobody beside it: times in milliseconds since the question, tokens with and without thinking."""

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
        """Of the answer, without thinking."""
        return self.characters / (self.tokens - self.thinking_tokens)


Rounds = Sequence[tuple[Run, Run]]
"""What the left model did, and what the right one did right before or after."""


async def measure(lab: Lab) -> Sequence[Figure]:
    """For each task: speed, characters per token, and times and tokens to the answer, the left model over the right."""
    threads = replace(shares(lab.cores, {Side.LEFT: 1.0})[Side.LEFT], steady=True)
    for side in Side:
        lab.say(f"warming up the {side} model")
        await _answer(lab, side, TASKS[0], seed=0, threads=threads, limit=WARM_TOKENS)
    return [figure for task in TASKS for figure in figures(task, await _rounds(lab, task, threads), threads.writing)]


async def _rounds(lab: Lab, task: Task, threads: Threads) -> Rounds:
    limit = max(chosen.spec.default_max_tokens for chosen in lab.pair.values())
    rounds: list[tuple[Run, Run]] = []
    for number in range(lab.scale.repeats):
        lab.say(f"each alone, {task.name}: {number + 1} of {lab.scale.repeats}")
        runs = [
            run_of(side, await _answer(lab, side, task, seed=number, threads=threads, limit=limit)) for side in _ORDER
        ]
        rounds += [(runs[0], runs[1]), (runs[3], runs[2])]
    return rounds


async def _answer(lab: Lab, side: Side, task: Task, *, seed: int, threads: Threads, limit: int) -> Answer:
    """An answer as its maker wants it sampled, so that a thinking model does not lose its way."""
    engine, chosen = (await lab.engines())[side], lab.pair[side]
    setup = replace(
        chosen.spec.settings(Overrides(), metadata.read(chosen.path).sampling).setup(seed), max_tokens=limit
    )
    answer = Answer(model=chosen.spec.model_info(), setup=setup)
    async with aclosing(engine.reply((Message(Role.USER, task.prompt),), setup, threads, _UNREAD)) as events:
        async for event in events:
            answer = updated(answer, event)
    return answer


def run_of(side: Side, answer: Answer) -> Run:
    """What there is to measure of an answer of `side`. Raises BenchError where there is not enough of it."""
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


def figures(task: Task, rounds: Rounds, threads: int) -> Sequence[Figure]:
    """What came out for `task`; where neither model thought, nothing is said of thinking."""
    compared = f"left alone against right alone, {threads} {'thread' if threads == 1 else 'threads'} each"
    cut = _counted("cut at their limit", rounds, lambda run: run.cut)
    strange = _counted("in another language", rounds, lambda run: task.language not in {None, run.language})

    def over(name: str, measure: str, value: Callable[[Run], float], note: str = "") -> Figure:
        return ratio(f"fair-{task.name}-{name}", _pairs(rounds, value), measure=measure, compared=compared + note)

    found = [
        over("speed", "tokens/s", lambda run: run.tokens_per_second),
        over("characters-per-token", "characters/token", lambda run: run.characters_per_token, strange),
        over("characters", "characters/s", lambda run: run.characters_per_token * run.tokens_per_second, strange),
        over("first-token", "ms", lambda run: run.first_ms),
        over("answer-done", "ms", lambda run: run.done_ms, cut),
        over("tokens", "tokens", lambda run: run.tokens, cut),
    ]
    if any(run.thinking_tokens for both in rounds for run in both):
        thought = _pairs(rounds, lambda run: run.thinking_tokens)
        name = f"fair-{task.name}-thinking"
        found.append(over("answer-begins", "ms", lambda run: run.begun_ms))
        found.append(median_of(name, thought, unit="tokens", compared=f"{compared}: tokens before the answer"))
    return found


def _pairs(rounds: Rounds, value: Callable[[Run], float]) -> list[Pair]:
    return [Pair(value(left), value(right)) for left, right in rounds]


def _counted(what: str, rounds: Rounds, holds: Callable[[Run], bool]) -> str:
    """How many of the answers on each side are `what`; "" where none is."""
    left, right = (sum(holds(both[side]) for both in rounds) for side in (0, 1))
    return f"; {what}: {left} of {len(rounds)} left, {right} of {len(rounds)} right" if left or right else ""
