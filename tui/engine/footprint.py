"""The memory that duochat's processes hold: what several share counts for each by its part.

It is read from /proc, so only Linux tells.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")

_WORKER = "tui.engine.worker"


@dataclass(frozen=True, slots=True)
class Program:
    """A duochat that runs: its process, and its workers with what descends from them; bytes in proportion."""

    pid: int
    size: int
    workers: tuple[int, ...]

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self.size + sum(self.workers)


def held(pid: int, field: str = "Pss") -> int | None:
    """Bytes that a process holds by /proc/PID/smaps_rollup ("Pss", "Anonymous"), or None where nobody tells."""
    with suppress(OSError, ValueError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == field:
                return int(rest.split()[0]) * 1024
    return None


def held_by_family(pid: int) -> int | None:
    """Bytes in proportion of a process and everything that descends from it; None where nobody tells."""
    own = held(pid)
    return None if own is None else own + sum(held(each) or 0 for each in family(pid)[1:])


def family(pid: int) -> tuple[int, ...]:
    """`pid` and every living process that descends from it."""
    parents = _parents()
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return tuple(found)


def programs() -> tuple[Program, ...]:
    """Every duochat of this user with a model in memory, the first one started first."""
    parents = _parents()
    workers = [pid for pid in parents if _WORKER in _arguments(pid)]
    return tuple(_program(pid, workers, parents) for pid in sorted({parents[worker] for worker in workers}))


def own() -> Program | None:
    """This very program, or None while it has no model in memory. Where a gigabyte is held, it takes some 20 ms."""
    return next((program for program in programs() if program.pid == os.getpid()), None)


def _program(pid: int, workers: list[int], parents: dict[int, int]) -> Program:
    own = [worker for worker in workers if parents[worker] == pid]
    return Program(pid, held(pid) or 0, tuple(held_by_family(worker) or 0 for worker in own))


def _parents() -> dict[int, int]:
    """The parent of every process."""
    return {pid: parent for pid in _processes() if (parent := _parent(pid)) is not None}


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()) if _PROC.is_dir() else iter(())


def _parent(pid: int) -> int | None:
    """Who started a process, by the second field after its name (which may hold anything); None when it is gone."""
    with suppress(OSError, IndexError, ValueError):
        return int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    return None


def _arguments(pid: int) -> list[str]:
    with suppress(OSError):
        return (_PROC / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    return []
