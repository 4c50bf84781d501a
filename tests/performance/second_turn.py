"""Owns what a second question costs: what of the first turn is not read again, and how soon its answer begins."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from tui.bench.figures import BenchError, Figure, Pair, median_of, ratio
from tui.bench.lab import Lab
from tui.bench.timeline import Heard, listen
from tui.chat.conversation import Side, Usage
from tui.session.duo import BOTH, Duo

NOTES = "".join(
    f"Note {number}: the lamp is lit at dusk and put out at dawn by whoever keeps it. " for number in range(20)
)
"""Makes the first question some 400 tokens long."""

SECOND = "And what happens the next day?"


@dataclass(frozen=True, slots=True)
class _Turn:
    usage: Usage
    first_ms: float


async def measure(lab: Lab) -> Sequence[Figure]:
    """For each side: time to the first token of the second turn, and how much of its prompt was in memory."""
    runs = [await _run(lab, number) for number in range(lab.scale.repeats)]
    return tuple(figure for side in Side for figure in _figures(side, runs))


def _figures(side: Side, runs: Sequence[tuple[dict[Side, _Turn], dict[Side, _Turn]]]) -> tuple[Figure, Figure]:
    firsts = [Pair(second[side].first_ms, first[side].first_ms) for first, second in runs]
    reused = [Pair(second[side].usage.reused_tokens, second[side].usage.prompt_tokens) for _, second in runs]
    return (
        median_of(
            f"second-turn-{side}",
            firsts,
            unit="ms",
            compared=f"the {side} model's first token in the second turn against the first turn",
        ),
        ratio(
            f"reused-{side}",
            reused,
            measure="tokens",
            compared=f"what the {side} model had in memory against its prompt of the second turn",
        ),
    )


async def _run(lab: Lab, number: int) -> tuple[dict[Side, _Turn], dict[Side, _Turn]]:
    lab.say(f"two turns: {number + 1} of {lab.scale.repeats}")
    duo = await lab.duo(max(1, lab.scale.tokens // 3))
    try:
        return await _ask(duo, f"{lab.question()} {NOTES}"), await _ask(duo, SECOND)
    finally:
        await duo.close()


async def _ask(duo: Duo, text: str) -> dict[Side, _Turn]:
    async with aclosing(duo.ask(text)) as events:
        heard = await listen(events, BOTH)
    return {side: _turn(heard, side) for side in BOTH}


def _turn(heard: Heard, side: Side) -> _Turn:
    usage = heard[side].usage
    if usage is None or not heard[side].marks:
        raise BenchError(f"The {side} model wrote nothing: choose another one.")
    return _Turn(usage, heard[side].first * 1000)
