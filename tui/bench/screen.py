"""Owns what the screen costs: CPU and bytes for each token that it shows, and how soon it shows a key. Linux only."""

import asyncio
import sys
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from tempfile import TemporaryDirectory
from time import monotonic

from tui.bench.figures import Bound, Figure, LeftOut, Pair, difference, median_of, quantile
from tui.bench.lab import Lab
from tui.bench.memory import rollup_mb
from tui.bench.paints import paints, rate
from tui.bench.stage import Recital
from tui.bench.terminal import Terminal
from tui.bench.theater import staged
from tui.bench.weather import Watch, cpu_s

RATE = 60.0
"""Tokens per second in each of the two panes."""

EARLIER = 20

_ENDINGS = ("\u2780", "\u2781")
"""No transcript holds these; each is the last thing that its pane shows."""

_FIRST_KEY = 0x100
"""The keys that are timed are letters from here on: each is typed once, and nobody else writes them."""

_KEYS = 40
_QUESTION = "Go on.\r"
_SETTLED_S = 1.5
_BETWEEN_KEYS_S = (0.11, 0.17, 0.13)
"""Uneven, so that keys do not keep step with the painting."""


@dataclass(frozen=True, slots=True)
class _Spent:
    """What a while has cost: `written` bytes."""

    seconds: float
    cpu_ms: float
    written: int


@dataclass(frozen=True, slots=True)
class _Run:
    """One life of the screen: milliseconds of CPU, and bytes, per token, against idling for the same time.

    `paints` is how often each pane's text was painted in a second, the pane where that was less.
    `late_ms` is from when both answers were due to be over until both ends are shown, `keys` from a key to its letter.
    """

    cpu: Pair
    written: Pair
    paints: float
    late_ms: float
    keys: list[float]
    pss_mb: float


async def measure(lab: Lab) -> Sequence[Figure]:
    """Without and with earlier exchanges."""
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
    return figures


def _figures(earlier: int, runs: Sequence[_Run]) -> Sequence[Figure]:
    name = f"-{earlier}" if earlier else ""
    panes = f"two panes at {RATE:g} tokens/s each, {earlier or 'no'} earlier exchanges"
    cpu, written, keys = [run.cpu for run in runs], [run.written for run in runs], [run.keys for run in runs]
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
        _latency(f"key-p50{name}", keys, 0.5, panes, None),
        _latency(f"key-p95{name}", keys, 0.95, panes, Bound("at most", 50)),
        median_of(
            f"screen-memory{name}",
            [Pair(run.pss_mb) for run in runs],
            unit="MB",
            compared="proportional set size of the screen's process",
            bound=Bound("at most", 80),
        ),
    )


def _latency(name: str, runs: Sequence[list[float]], share: float, panes: str, bound: Bound | None) -> Figure:
    pairs = [Pair(quantile(keys, share)) for keys in runs]
    return median_of(name, pairs, unit="ms", compared=f"from a key to its letter on the screen, {panes}", bound=bound)


async def _run(lab: Lab, earlier: int) -> _Run:
    with TemporaryDirectory(prefix="duochat-stage-") as place:
        recital = Recital(rate=RATE, tokens=lab.scale.panes, endings=_ENDINGS)
        async with staged(lab, place, earlier=earlier, recital=recital) as terminal:
            await asyncio.sleep(_SETTLED_S)
            idle = await _spent(terminal, asyncio.sleep(recital.seconds / 2))
            busy = await _spent(terminal, _answers(terminal))
            cpu, written = _per_token(idle, busy, 2 * recital.tokens)
            painted = min(rate(times) for times in paints(terminal.parts).values())
            keys = await _keys(terminal, recital.seconds)
            late_ms = (busy.seconds - recital.seconds) * 1000
            return _Run(cpu, written, painted, late_ms, keys, rollup_mb(terminal.pid, "Pss"))


def _per_token(idle: _Spent, busy: _Spent, tokens: int) -> tuple[Pair, Pair]:
    """Milliseconds of CPU, and bytes, for each of the tokens that were shown, against as long a time without any."""
    scale = busy.seconds / idle.seconds
    return (
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


async def _keys(terminal: Terminal, seconds: float) -> list[float]:
    """Milliseconds from each of some keys to its letter, in the `seconds` that two more answers take."""
    terminal.forget()
    terminal.send(_QUESTION)
    over = monotonic() + seconds
    await asyncio.sleep(_BETWEEN_KEYS_S[0])
    times: list[float] = []
    for letter, pause in zip(map(chr, range(_FIRST_KEY, _FIRST_KEY + _KEYS)), cycle(_BETWEEN_KEYS_S), strict=False):
        sent = monotonic()
        terminal.send(letter)
        times.append((await terminal.until(letter) - sent) * 1000)
        await asyncio.sleep(pause)
        if monotonic() >= over:
            break
    return times
