"""Owns what the screen costs: CPU and bytes for each token that it shows, and how soon it shows a key. Linux only.

The panes are recited by nobody who computes, so that their tokens come as they are due.
"""

import asyncio
import sys
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from time import monotonic

from tui.bench import keys
from tui.bench.figures import Bound, Figure, LeftOut, Pair, difference, in_turn, median_of, ratio
from tui.bench.lab import Lab
from tui.bench.memory import rollup_mb
from tui.bench.paints import paints, rate
from tui.bench.stage import Recital
from tui.bench.terminal import Terminal
from tui.bench.theater import staged, unadorned
from tui.bench.weather import Watch, cpu_s
from tui.widgets.frame_clock import FRAME_S

RATE = 60.0
"""Tokens per second in each of the two panes."""

SLOW_RATE = 15.0
"""Beside Textual's own widgets: slow enough for them to show each piece; at `RATE` they fill a core, and skip some."""

EARLIER = 20

_ENDINGS = ("\u2780", "\u2781")
"""No transcript holds these; each is the last thing that its pane shows."""

_QUESTION = "Go on.\r"
_SETTLED_S = 1.5


@dataclass(frozen=True, slots=True)
class _Spent:
    """What a while has cost: `written` bytes."""

    seconds: float
    cpu_ms: float
    written: int


@dataclass(frozen=True, slots=True)
class _Shown:
    """Two answers, shown in `seconds`: milliseconds of CPU, and bytes, per token, against idling for the same time."""

    seconds: float
    cpu: Pair
    written: Pair


@dataclass(frozen=True, slots=True)
class _Run:
    """One life of the screen: the first two answers that it showed, and what was found besides.

    `paints` is how often each pane's text was painted in a second, the pane where that was less.
    `late_ms` is from when both answers were due to be over until both ends are shown, `keys` from a key to its letter.
    """

    shown: _Shown
    paints: float
    late_ms: float
    keys: list[float]
    pss_mb: float


async def measure(lab: Lab) -> Sequence[Figure]:
    """Without and with earlier exchanges, and without against Textual's own widgets."""
    if sys.platform != "linux":
        raise LeftOut("What another process computes is read from /proc, which only Linux has.")
    figures: list[Figure] = []
    for earlier in (0, EARLIER):
        runs, watch = [], Watch()
        for number in range(lab.scale.repeats):
            lab.say(f"the screen, {earlier} earlier exchanges: {number + 1} of {lab.scale.repeats}")
            runs.append(await _run(lab, earlier))
        weather = watch.weather()
        figures += [replace(figure, weather=weather) for figure in _figures(earlier, runs)]
    return [*figures, await _against_plain(lab)]


async def _against_plain(lab: Lab) -> Figure:
    pairs: list[Pair] = []
    watch, recital = Watch(), _recital(lab, SLOW_RATE)

    async def ours() -> float:
        with TemporaryDirectory(prefix="duochat-stage-") as place:
            async with staged(lab, place, recital=recital) as terminal:
                return (await _shown(terminal, recital)).cpu.net

    async def theirs() -> float:
        async with unadorned(lab, recital) as terminal:
            return (await _shown(terminal, recital)).cpu.net

    for number in range(lab.scale.repeats):
        lab.say(f"the screen beside Textual's own widgets: {number + 1} of {lab.scale.repeats}")
        pairs.append(await in_turn(number, ours, theirs))
    compared = (
        f"two panes at {SLOW_RATE:g} tokens/s each against two bare Markdown widgets of Textual with the same words, "
        f"which paint each piece as it comes; duochat paints {1 / FRAME_S:.0f} times a second"
    )
    return replace(ratio("screen-plain", pairs, measure="ms/token", compared=compared), weather=watch.weather())


def _figures(earlier: int, runs: Sequence[_Run]) -> Sequence[Figure]:
    name = f"-{earlier}" if earlier else ""
    panes = f"two panes at {RATE:g} tokens/s each, {earlier or 'no'} earlier exchanges"
    cpu, written = [run.shown.cpu for run in runs], [run.shown.written for run in runs]
    return (
        difference(
            f"screen-cpu{name}",
            cpu,
            unit="ms/token",
            compared=f"{panes}, less the same time idle",
            bound=Bound("at most", 0.6 if earlier else 0.5),
        ),
        difference(
            f"screen-bytes{name}",
            written,
            unit="bytes/token",
            compared=f"{panes}, less the same time idle",
            bound=Bound("at most", 900 if earlier else 600),
        ),
        median_of(
            f"screen-paints{name}",
            [Pair(run.paints) for run in runs],
            unit="paints/s",
            compared=f"how often the text of a pane was painted, the one where that was less, {panes}",
            bound=Bound("at least", 8),
        ),
        median_of(
            f"screen-end{name}",
            [Pair(run.late_ms) for run in runs],
            unit="ms",
            compared=f"from when both answers were due to be over until both ends are shown, {panes}",
            bound=Bound("at most", 200),
        ),
        *keys.figures(name, [run.keys for run in runs], f"{panes}, while no model computes"),
        median_of(
            f"screen-memory{name}",
            [Pair(run.pss_mb) for run in runs],
            unit="MB",
            compared="proportional set size of the screen's process",
            bound=Bound("at most", 80),
        ),
    )


async def _run(lab: Lab, earlier: int) -> _Run:
    with TemporaryDirectory(prefix="duochat-stage-") as place:
        recital = _recital(lab, RATE)
        async with staged(lab, place, earlier=earlier, recital=recital) as terminal:
            shown = await _shown(terminal, recital)
            painted = min(rate(times) for times in paints(terminal.parts).values())
            terminal.send(_QUESTION)
            times = await keys.times(terminal, recital.seconds)
            late_ms = (shown.seconds - recital.seconds) * 1000
            return _Run(shown, painted, late_ms, times, rollup_mb(terminal.pid, "Pss"))


def _recital(lab: Lab, speed: float) -> Recital:
    """As long as the lab's panes take at the usual rate."""
    return Recital(rate=speed, tokens=round(lab.scale.panes * speed / RATE), endings=_ENDINGS)


async def _shown(terminal: Terminal, recital: Recital) -> _Shown:
    """What it takes to show both answers, against as long a time without any."""
    await asyncio.sleep(_SETTLED_S)
    idle = await _spent(terminal, asyncio.sleep(recital.seconds / 2))
    busy = await _spent(terminal, _answers(terminal))
    scale, tokens = busy.seconds / idle.seconds, 2 * recital.tokens
    return _Shown(
        busy.seconds,
        Pair(busy.cpu_ms / tokens, idle.cpu_ms * scale / tokens),
        Pair(busy.written / tokens, idle.written * scale / tokens),
    )


async def _spent(terminal: Terminal, doing: Awaitable[object]) -> _Spent:
    """What the screen's process spends until `doing` is done."""
    began, cpu, written = monotonic(), cpu_s(terminal.pid), terminal.count
    await doing
    return _Spent(monotonic() - began, (cpu_s(terminal.pid) - cpu) * 1000, terminal.count - written)


async def _answers(terminal: Terminal) -> None:
    """Two answers, from the question to their last words."""
    terminal.forget()
    terminal.send(_QUESTION)
    await terminal.until(*_ENDINGS)
