"""What the screen costs: CPU and bytes for each token that it shows, memory, and how soon it shows a key. Linux only.

Scripted engines answer, so that each token comes when it is due.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NamedTuple

import msgspec
import psutil

from tui.bench.figures import Bound, Figure, Pair, difference, linux_only, median_of, quantile
from tui.bench.harness import GREEDY, Harness
from tui.bench.machine_load import cpu_seconds
from tui.bench.scripted_session import Plan, Script
from tui.bench.terminal import Terminal, opened
from tui.engine.process.environment import worker_environ

RATE = 60.0
"""Tokens per second in each of the two panes."""

EARLIER = 20

_PROMPT = "Ask both:"
"""Text in the prompt that shows that it is ready."""

_ENDINGS = ("\u2780", "\u2781")
"""The end of each answer; no transcript holds these."""

_QUESTION = "Go on.\r"
_SETTLED_S = 1.5

_FIRST_KEY, _MOST_KEYS = 0x100, 40
"""Letters to type, each once; no answer holds them."""

_KEY_PAUSES_S = (0.11, 0.17, 0.13)
"""Uneven, so that keys do not keep step with the painting."""


class Shown(NamedTuple):
    """Two answers, shown in `seconds`: milliseconds of CPU, and bytes, per token, against idling for the same time."""

    seconds: float
    cpu: Pair
    written: Pair


class _Run(NamedTuple):
    """The first two answers of a screen, milliseconds from each key to its letter, and the screen's memory in MB."""

    shown: Shown
    keys: list[float]
    memory_mb: float


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure a screen without, and one with, earlier exchanges."""
    linux_only()
    figures: list[Figure] = []
    for earlier in (0, EARLIER):
        what = f"the screen, {earlier} earlier exchanges"
        figures += _figures(earlier, [await _run(harness, earlier) for _ in harness.repeats(what)])
    return figures


def panes(earlier: int) -> str:
    """Return what the panes show, in words."""
    return f"two panes at {RATE:g} tokens/s each, {earlier or 'no'} earlier exchanges"


def suffix(earlier: int) -> str:
    """Return how the names of figures end with so many earlier exchanges."""
    return f"-{earlier}" if earlier else ""


def script_of(harness: Harness, rate: float = RATE) -> Script:
    """Return answers that last as long as the harness's panes do at the usual rate."""
    return Script(rate=rate, tokens=round(harness.scale.panes * rate / RATE), endings=_ENDINGS)


@asynccontextmanager
async def opened_screen(
    harness: Harness, folder: str, module: str, *, earlier: int = 0, script: Script | None = None
) -> AsyncIterator[Terminal]:
    """Open duochat's screen, run by `module`, with its archive in `folder`; it ends with the block."""
    left, right = (model.spec.id for model in harness.pair.values())
    plan = Plan(
        models=(left, right),
        folder=folder,
        cores=harness.cores,
        context=harness.scale.context,
        sampling=GREEDY,
        earlier=earlier,
        script=script,
    )
    argv = (sys.executable, "-P", "-m", module, msgspec.json.encode(plan).decode())
    async with opened(argv, worker_environ(harness.make.environ)) as terminal:
        await terminal.until(_PROMPT)
        yield terminal


@asynccontextmanager
async def opened_script(harness: Harness, script: Script, *, earlier: int = 0) -> AsyncIterator[Terminal]:
    """Open duochat's screen with scripted engines; it ends with the block."""
    with TemporaryDirectory(prefix="duochat-bench-") as folder:
        module = "tui.bench.scripted_session"
        async with opened_screen(harness, folder, module, earlier=earlier, script=script) as terminal:
            yield terminal


async def shown_answers(terminal: Terminal, script: Script) -> Shown:
    """Show both answers; measure what that takes, against as long a time without any."""
    await asyncio.sleep(_SETTLED_S)
    idle_s, idle_ms, idle_bytes = await _spent(terminal, asyncio.sleep(script.seconds / 2))
    busy_s, busy_ms, busy_bytes = await _spent(terminal, _answers(terminal))
    scale, tokens = busy_s / idle_s, 2 * script.tokens
    cpu = Pair(busy_ms / tokens, idle_ms * scale / tokens)
    return Shown(busy_s, cpu, Pair(busy_bytes / tokens, idle_bytes * scale / tokens))


async def key_times(terminal: Terminal, seconds: float) -> list[float]:
    """Type keys for at most `seconds`; return the milliseconds from each to its letter on the screen."""
    terminal.forget()
    over = monotonic() + seconds
    times: list[float] = []
    for letter, pause in zip(map(chr, range(_FIRST_KEY, _FIRST_KEY + _MOST_KEYS)), cycle(_KEY_PAUSES_S), strict=False):
        await asyncio.sleep(pause)
        if times and monotonic() >= over:
            break
        sent = monotonic()
        terminal.send(letter)
        times.append((await terminal.until(letter) - sent) * 1000)
    return times


def key_figures(ending: str, runs: Sequence[Sequence[float]], meanwhile: str) -> tuple[Figure, ...]:
    """Return within which time half of the keys were shown, and 95 of 100; medians over `runs`."""
    compared = f"from a key to its letter on the screen, {meanwhile}"
    return tuple(
        median_of(
            name + ending, [Pair(quantile(run, share)) for run in runs], unit="ms", compared=compared, bound=bound
        )
        for name, share, bound in (("key-p50", 0.5, None), ("key-p95", 0.95, Bound("at most", 50)))
    )


def _figures(earlier: int, runs: Sequence[_Run]) -> Sequence[Figure]:
    ending, shows = suffix(earlier), panes(earlier)
    return (
        difference(
            f"screen-cpu{ending}",
            [run.shown.cpu for run in runs],
            unit="ms/token",
            compared=f"{shows}, less the same time idle",
            bound=Bound("at most", 0.6 if earlier else 0.5),
        ),
        difference(
            f"screen-bytes{ending}",
            [run.shown.written for run in runs],
            unit="bytes/token",
            compared=f"{shows}, less the same time idle",
            bound=Bound("at most", 900 if earlier else 600),
        ),
        *key_figures(ending, [run.keys for run in runs], f"{shows}, while no model computes"),
        median_of(
            f"screen-memory{ending}",
            [Pair(run.memory_mb) for run in runs],
            unit="MB",
            compared="proportional set size of the screen's process",
            bound=Bound("at most", 80),
        ),
    )


async def _run(harness: Harness, earlier: int) -> _Run:
    script = script_of(harness)
    async with opened_script(harness, script, earlier=earlier) as terminal:
        shown = await shown_answers(terminal, script)
        terminal.send(_QUESTION)
        times = await key_times(terminal, script.seconds)
        return _Run(shown, times, psutil.Process(terminal.pid).memory_full_info().pss / 1e6)


async def _spent(terminal: Terminal, doing: Awaitable[object]) -> tuple[float, float, int]:
    """Return seconds, milliseconds of CPU of the program, and bytes that it writes, until `doing` is done."""
    began, cpu, written = monotonic(), cpu_seconds(terminal.pid), terminal.count
    await doing
    return monotonic() - began, (cpu_seconds(terminal.pid) - cpu) * 1000, terminal.count - written


async def _answers(terminal: Terminal) -> None:
    """Ask, and wait for the ends of both answers."""
    terminal.forget()
    terminal.send(_QUESTION)
    await terminal.until(*_ENDINGS)
