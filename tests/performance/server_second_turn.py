"""Owns how soon a second answer begins: in duochat, and in a llama.cpp server that keeps the first turn in memory."""

from collections.abc import Sequence
from contextlib import aclosing

from tui.bench import llama_server
from tui.bench.figures import Bound, Figure, Pair, ratio
from tui.bench.lab import Lab
from tui.bench.llama_bench import installed
from tui.bench.timeline import listen
from tui.bench.turns import NOTES, SECOND
from tui.chat.conversation import Message, Role, Side


async def measure(lab: Lab) -> Sequence[Figure]:
    """For each side: milliseconds to the first text of the second turn, alone on all cores."""
    installed("llama-server", lab.environ)
    return [await _side(lab, side) for side in Side]


async def _side(lab: Lab, side: Side) -> Figure:
    pairs: list[Pair] = []
    weights, context = lab.pair[side].path, (await lab.engines())[side].context
    tokens = max(1, lab.scale.tokens // 3)
    async with llama_server.served(weights, lab.environ, threads=lab.cores.total, context=context) as server:
        for number in range(lab.scale.repeats):
            lab.say(f"a second turn of the {side} model, here and in llama-server: {number + 1} of {lab.scale.repeats}")
            question = f"{lab.question()} {NOTES}"
            ours = await _ours(lab, side, question, tokens)
            pairs.append(Pair(ours * 1000, await _theirs(server, question, tokens) * 1000))
    compared = f"the {side} model's first token in the second turn against llama-server with its prompt cache on"
    return ratio(f"second-turn-{side}-server", pairs, measure="ms", compared=compared, bound=Bound("at most", 1.1))


async def _ours(lab: Lab, side: Side, question: str, tokens: int) -> float:
    duo = await lab.duo(tokens)
    try:
        for text in (question, SECOND):
            async with aclosing(duo.ask(text, [side])) as events:
                heard = await listen(events, (side,))
        return heard[side].first
    finally:
        await duo.close()


async def _theirs(server: llama_server.Server, question: str, tokens: int) -> float:
    asked = Message(Role.USER, question)
    _, answer = await server.reply([asked], tokens)
    first, _ = await server.reply([asked, Message(Role.ASSISTANT, answer), Message(Role.USER, SECOND)], tokens)
    return first
