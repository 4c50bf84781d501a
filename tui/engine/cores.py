"""Owns who computes on how many cores, now."""

import os
from collections.abc import Collection
from pathlib import Path

from tui.chat.conversation import Side


def usable_cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """How many cores this process may use: those of its affinity, less where a cgroup's quota allows less."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup / "cpu.max")
    return affinity if quota is None else max(1, min(affinity, quota))


def shares(cores: int, working: Collection[Side]) -> dict[Side, int]:
    """Threads for each side that works: all cores for one alone, else halves of them; one at the least."""
    sides = sorted(set(working))
    return {side: max(1, (cores + index) // len(sides)) for index, side in enumerate(reversed(sides))}


def _quota(file: Path) -> int | None:
    """Whole cores that a cgroup v2 file `cpu.max` ("max 100000", "150000 100000") grants, or None for no limit."""
    try:
        quota, period = file.read_text().split()
        return None if quota == "max" else int(quota) // int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
