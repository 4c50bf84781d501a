"""Owns how busy the machine is with other things: load, CPU taken by other programs, CPU stolen by a host."""

import os
import sys
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from tui.bench.figures import Pair, Weather
from tui.engine.footprint import family

_PROC = Path("/proc")


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a living process has used, its ended children's included; 0 where /proc is not there."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _ticks() if fields else 0.0


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    busy: float
    stolen: float
    own: float


class Watch:
    """Watches the machine from the moment that it is made."""

    def __init__(self) -> None:
        self._first = _read()

    def weather(self) -> Weather:
        """What others did since then."""
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        first, last = self._first, _read()
        if first is None or last is None or last.at <= first.at:
            return Weather(load, None, None)
        seconds = last.at - first.at
        others = (last.busy - first.busy - (last.own - first.own)) / seconds
        return Weather(load, max(0.0, others), (last.stolen - first.stolen) / seconds / (os.cpu_count() or 1))


async def watched(measuring: Awaitable[Pair]) -> Pair:
    """The pair, and what others did while it was measured."""
    watch = Watch()
    pair = await measuring
    return replace(pair, weather=watch.weather())


def _read() -> _Reading | None:
    """Seconds of CPU until now: of everything, of the host, and of this process with its family."""
    with suppress(OSError, ValueError, IndexError):
        words = (_PROC / "stat").read_text().partition("\n")[0].split()[1:]
        user, nice, system, _idle, _wait, interrupt, soft, stolen = (int(word) / _ticks() for word in words[:8])
        own = sum(map(cpu_s, family(os.getpid())))
        return _Reading(monotonic(), user + nice + system + interrupt + soft, stolen, own)
    return None


def _stat(pid: int) -> list[str]:
    """The fields of a process after its name (which may hold anything), or none when it is gone."""
    with suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return []


def _ticks() -> int:
    return os.sysconf("SC_CLK_TCK") if sys.platform != "win32" else 100
