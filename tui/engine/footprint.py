"""The memory of running duochat programs; a page that several processes share counts for each in proportion.

Only Linux reports such sizes. psutil is imported on the first call, because its import takes 10 ms.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

_WORKER = "tui.engine.worker"


@dataclass(frozen=True, slots=True)
class Program:
    """A running duochat: the bytes of its own process, and of each worker with its child processes."""

    pid: int
    size: int
    workers: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the bytes of all processes."""
        return self.size + sum(self.workers)


def programs() -> tuple[Program, ...]:
    """Return this user's programs that have a model in memory, by process id."""
    import psutil  # noqa: PLC0415

    processes = psutil.process_iter(["ppid", "cmdline"])
    pids = {process.info["ppid"] for process in processes if _WORKER in (process.info["cmdline"] or ())}
    found = map(_program, sorted(pids))
    return tuple(program for program in found if program is not None)


def own() -> Program | None:
    """Return this program, or None while it has no model in memory. For a gigabyte it takes 20 ms."""
    return _program(os.getpid())


def _program(pid: int) -> Program | None:
    """Return the program of process `pid`, or None where it has no worker or its memory cannot be read."""
    import psutil  # noqa: PLC0415

    if sys.platform != "linux":
        return None
    try:
        process = psutil.Process(pid)
        workers = [child for child in process.children() if _WORKER in child.cmdline()]
        sizes = tuple(_size([worker, *worker.children(recursive=True)]) for worker in workers)
        return Program(pid, _size([process]), sizes) if workers else None
    except psutil.Error:
        return None


def _size(processes: Iterable[psutil.Process]) -> int:
    """Return the proportional set size of `processes` together, in bytes."""
    return sum(int(process.memory_full_info().pss) for process in processes)
