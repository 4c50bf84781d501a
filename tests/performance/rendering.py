"""How often the screen paints, how soon it shows the end of an answer, and its CPU against Textual's own widgets."""

import re
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import msgspec

from tests.performance import plain_markdown
from tui.bench.figures import Bound, Figure, Pair, in_turn, linux_only, median_of, ratio
from tui.bench.harness import Harness
from tui.bench.screen import EARLIER, opened_script, panes, script_of, shown_answers, suffix
from tui.bench.scripted_session import Script
from tui.bench.terminal import COLUMNS, ROWS, Terminal, opened
from tui.chat.conversation import Side
from tui.engine.process.environment import worker_environ
from tui.widgets.frame_clock import FRAME_S

SLOW_RATE = 15.0
"""Tokens per second at which Textual's own widgets show each piece; at the usual rate they skip some."""

_CURSOR = re.compile(rb"\x1b\[(\d+);(\d+)H")
_BELOW_TEXT = 6
"""Rows below the text of the panes: figures, frame, three of the prompt, keys."""

_APART_S = 0.02
"""Output that follows sooner belongs to the same paint: a terminal returns a long one in parts."""


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure a screen without, and one with, earlier exchanges, and one against Textual's own widgets."""
    linux_only()
    figures: list[Figure] = []
    for earlier in (0, EARLIER):
        repeats = harness.repeats(f"painting, {earlier} earlier exchanges")
        figures += _figures(earlier, [await _run(harness, earlier) for _ in repeats])
    return [*figures, await _against_plain(harness)]


def paints(parts: Iterable[tuple[float, bytes]]) -> dict[Side, list[float]]:
    """Return when the text of each pane was painted: the moments at which the cursor was moved to its rows."""
    times: dict[Side, list[float]] = {side: [] for side in Side}
    for at, data in parts:
        columns = [int(column) for row, column in _CURSOR.findall(data) if 1 < int(row) <= ROWS - _BELOW_TEXT]
        for side in {Side.RIGHT if column > COLUMNS // 2 else Side.LEFT for column in columns}:
            times[side].append(at)
    return {
        side: [at for before, at in pairwise([float("-inf"), *each]) if at - before >= _APART_S]
        for side, each in times.items()
    }


def rate(times: Sequence[float]) -> float:
    """Return the paints per second, from the first to the last; 0 for fewer than two."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def _figures(earlier: int, runs: Sequence[tuple[float, float]]) -> Sequence[Figure]:
    rates, late = ([Pair(run[kind]) for run in runs] for kind in (0, 1))
    painted = f"how often the text of a pane was painted, the one where that was less, {panes(earlier)}"
    ended = f"from when both answers were due to be over until both ends are shown, {panes(earlier)}"
    ending = suffix(earlier)
    return (
        median_of(f"screen-paints{ending}", rates, unit="paints/s", compared=painted, bound=Bound("at least", 8)),
        median_of(f"screen-end{ending}", late, unit="ms", compared=ended, bound=Bound("at most", 200)),
    )


async def _run(harness: Harness, earlier: int) -> tuple[float, float]:
    """Return paints per second of the pane where that is less, and milliseconds by which both ends are late."""
    script = script_of(harness)
    async with opened_script(harness, script, earlier=earlier) as terminal:
        shown = await shown_answers(terminal, script)
        return min(map(rate, paints(terminal.parts).values())), (shown.seconds - script.seconds) * 1000


async def _against_plain(harness: Harness) -> Figure:
    script = script_of(harness, SLOW_RATE)

    async def ours() -> float:
        async with opened_script(harness, script) as terminal:
            return (await shown_answers(terminal, script)).cpu.difference

    async def theirs() -> float:
        async with _plain_markdown(harness, script) as terminal:
            return (await shown_answers(terminal, script)).cpu.difference

    repeats = harness.repeats("the screen beside Textual's own widgets")
    pairs = [Pair(*await in_turn(number, ours, theirs)) for number in repeats]
    compared = (
        f"two panes at {SLOW_RATE:g} tokens/s each against two bare Markdown widgets of Textual with the same words, "
        f"which paint each piece as it comes; duochat paints {1 / FRAME_S:.0f} times a second"
    )
    return ratio("screen-plain", pairs, measure="ms/token", compared=compared)


@asynccontextmanager
async def _plain_markdown(harness: Harness, script: Script) -> AsyncIterator[Terminal]:
    argv = (sys.executable, "-P", "-m", plain_markdown.__name__, msgspec.json.encode(script).decode())
    async with opened(argv, worker_environ(harness.make.environ)) as terminal:
        await terminal.until(plain_markdown.PROMPT)
        yield terminal
