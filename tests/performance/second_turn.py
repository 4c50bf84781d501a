"""The cost of a second question: how soon its answer begins, how much is reused, and both against llama-server."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import NamedTuple

from tests.performance import llama_server
from tests.performance.llama_bench import installed
from tui.bench.figures import BenchError, Bound, Figure, Pair, median_of, ratio
from tui.bench.harness import Harness
from tui.bench.timeline import listen
from tui.chat.conversation import Message, Role, Side, Usage
from tui.session.duo import BOTH, Duo

NOTES = "".join(
    f"Note {number}: the lamp is lit at dusk and put out at dawn by whoever keeps it. " for number in range(20)
)
"""Makes the first question some 400 tokens long."""

_SECOND = "And what happens the next day?"


class _Turn(NamedTuple):
    usage: Usage
    first_ms: float


_Turns = dict[Side, tuple[_Turn, _Turn]]
"""The first and the second turn of each side."""


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure, for each side, the time to the first token of the second turn, and how much of its prompt was reused."""
    runs = [await _turns(harness, _question(harness), BOTH) for _ in harness.repeats("two turns")]
    return tuple(figure for side in Side for figure in _figures(side, [run[side] for run in runs]))


async def beside_server(harness: Harness) -> Sequence[Figure]:
    """Measure, for each side, the same time alone on all cores, against a llama-server with a prompt cache."""
    installed("llama-server", harness.make.environ)
    return [await _beside_server(harness, side) for side in Side]


def _figures(side: Side, turns: Sequence[tuple[_Turn, _Turn]]) -> tuple[Figure, Figure]:
    return (
        median_of(
            f"second-turn-{side}",
            [Pair(second.first_ms, first.first_ms) for first, second in turns],
            unit="ms",
            compared=f"the {side} model's first token in the second turn against the first turn",
        ),
        ratio(
            f"reused-{side}",
            [Pair(second.usage.reused_tokens, second.usage.prompt_tokens) for _, second in turns],
            measure="tokens",
            compared=f"what the {side} model had in memory against its prompt of the second turn",
        ),
    )


async def _beside_server(harness: Harness, side: Side) -> Figure:
    pairs: list[Pair] = []
    path, environ = harness.pair[side].path, harness.make.environ
    context = (await harness.engines())[side].loaded.context
    async with llama_server.served(path, environ, threads=harness.cores.total, context=context) as server:
        for _ in harness.repeats(f"a second turn of the {side} model, here and in llama-server"):
            question = _question(harness)
            _, second = (await _turns(harness, question, (side,)))[side]
            pairs.append(Pair(second.first_ms, await _server_ms(server, question, _tokens(harness))))
    compared = f"the {side} model's first token in the second turn against llama-server with its prompt cache on"
    return ratio(f"second-turn-{side}-server", pairs, measure="ms", compared=compared, bound=Bound("at most", 1.1))


async def _server_ms(server: llama_server.Server, question: str, tokens: int) -> float:
    asked = Message(Role.USER, question)
    _, answer = await server.reply([asked], tokens)
    first, _ = await server.reply([asked, Message(Role.ASSISTANT, answer), Message(Role.USER, _SECOND)], tokens)
    return first * 1000


async def _turns(harness: Harness, question: str, sides: tuple[Side, ...]) -> _Turns:
    async with harness.duo(_tokens(harness)) as duo:
        first, second = await _ask(duo, question, sides), await _ask(duo, _SECOND, sides)
        return {side: (first[side], second[side]) for side in sides}


async def _ask(duo: Duo, text: str, sides: tuple[Side, ...]) -> dict[Side, _Turn]:
    async with aclosing(duo.ask(text, sides)) as events:
        timelines = await listen(events, sides)
    turns = {}
    for side, timeline in timelines.items():
        if timeline.usage is None or not timeline.marks:
            raise BenchError(f"The {side} model wrote nothing: choose another one.")
        turns[side] = _Turn(timeline.usage, timeline.first * 1000)
    return turns


def _question(harness: Harness) -> str:
    return f"{harness.question()} {NOTES}"


def _tokens(harness: Harness) -> int:
    return max(1, harness.scale.tokens // 3)
