"""Owns what starting costs: the commands that should be there at once, and the first paint of the menu. POSIX only."""

import asyncio
import resource
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from tui.bench.figures import BenchError, Bound, Figure, Pair, median_of
from tui.bench.lab import Lab
from tui.bench.terminal import opened
from tui.bench.weather import cpu_s
from tui.engine.child import worker_environ

_DUOCHAT = (sys.executable, "-P", "-m", "tui")
_MENU = "need"
"""The menu's last word to be drawn: what both models need."""


async def measure(lab: Lab) -> Sequence[Figure]:
    """Seconds of CPU of each."""
    lab.say("starting")
    version = [Pair(await _cpu_s(lab, "--version")) for _ in range(lab.scale.repeats)]
    models = [Pair(await _cpu_s(lab, "models", "--json")) for _ in range(lab.scale.repeats)]
    return (
        _figure("start-version", version, "CPU of `duochat --version`", Bound("at most", 0.15)),
        _figure("start-models", models, "CPU of `duochat models --json`", Bound("at most", 0.25)),
        *await _first_paint(lab),
    )


async def _first_paint(lab: Lab) -> Sequence[Figure]:
    if sys.platform != "linux":
        return ()
    pairs = [Pair(await _menu_cpu_s(lab)) for _ in range(lab.scale.repeats)]
    return (_figure("start-menu", pairs, "CPU of `duochat` until its menu is on the screen", None),)


def _figure(name: str, pairs: Sequence[Pair], compared: str, bound: Bound | None) -> Figure:
    return median_of(name, pairs, unit="s", compared=compared, bound=bound)


async def _cpu_s(lab: Lab, *arguments: str) -> float:
    """Seconds of CPU of a command that ends by itself; nothing else may end meanwhile."""
    before = _children_s()
    process = await asyncio.create_subprocess_exec(
        *_DUOCHAT, *arguments, env=worker_environ(lab.environ), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if status:
        raise BenchError(f"`duochat {' '.join(arguments)}` ended with status {status}: run it and see why.")
    return _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _menu_cpu_s(lab: Lab) -> float:
    """Seconds of CPU until the menu of a new user is drawn."""
    with TemporaryDirectory(prefix="duochat-home-") as home:
        async with opened(_DUOCHAT, {**worker_environ(lab.environ), "DUOCHAT_HOME": home}) as terminal:
            await terminal.until(_MENU)
            return cpu_s(terminal.pid)
