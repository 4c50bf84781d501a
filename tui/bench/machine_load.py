"""The machine load during a measurement: load average, CPU of other programs, CPU stolen by a host."""

import os
from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

import msgspec
import psutil


class MachineLoad(msgspec.Struct, frozen=True):
    """What other programs used during a measurement; None where the system does not report it.

    `load` is the load average over a minute, `others` the number of cores that other programs kept busy, `stolen` the
    share of the time that the host of a virtual machine kept for itself.
    """

    load: float | None
    others: float | None
    stolen: float | None

    @property
    def noisy(self) -> bool:
        """Whether a figure should be measured again on a quieter machine."""
        return (self.others or 0.0) > 0.15 or (self.stolen or 0.0) > 0.02

    @property
    def quiet(self) -> bool:
        """Whether it is known that other programs used little."""
        return self.others is not None and not self.noisy


def highest(loads: Sequence[MachineLoad]) -> MachineLoad | None:
    """Return the highest value of each field, or None for no loads."""
    columns = zip(*map(msgspec.structs.astuple, loads), strict=True)
    known = [[value for value in column if value is not None] for column in columns]
    return MachineLoad(*(max(column, default=None) for column in known)) if loads else None


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its ended children; 0 for a process that is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def family(pid: int) -> list[int]:
    """Return `pid` and the ids of all living processes that descend from it."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


class _Reading(NamedTuple):
    """Seconds of CPU so far, used by all programs, kept by the host, and used by this process and its descendants."""

    at: float
    busy: float
    stolen: float
    own: float


class LoadWatch:
    """Watches the machine from its creation on."""

    def __init__(self) -> None:
        self._start = _read()

    def load(self) -> MachineLoad:
        """Return the machine load since the creation."""
        end = _read()
        seconds = end.at - self._start.at
        others = (end.busy - self._start.busy - (end.own - self._start.own)) / seconds
        stolen = (end.stolen - self._start.stolen) / seconds / (psutil.cpu_count() or 1)
        return MachineLoad(psutil.getloadavg()[0], max(0.0, others), stolen)


def _read() -> _Reading:
    times = psutil.cpu_times()._asdict()
    busy = sum(times.get(name, 0.0) for name in ("user", "nice", "system", "irq", "softirq"))
    return _Reading(monotonic(), busy, times.get("steal", 0.0), sum(map(cpu_seconds, family(os.getpid()))))
