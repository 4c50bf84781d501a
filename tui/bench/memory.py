"""Owns how much memory each process holds in proportion: what it shares counts for its part. Linux only."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tui.bench.figures import Figure, LeftOut, Pair, median_of
from tui.bench.lab import Lab
from tui.bench.timeline import for_seconds
from tui.chat.conversation import Side


def rollup_mb(pid: int, field: str) -> float:
    """A field of /proc/PID/smaps_rollup, such as "Pss" or "Anonymous", in megabytes of 1,000,000 bytes."""
    for line in (Path("/proc") / str(pid) / "smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == field:
            return int(rest.split()[0]) * 1024 / 1e6
    raise LeftOut(f"This kernel does not tell {field}.")


async def measure(lab: Lab) -> Sequence[Figure]:
    """Both workers, once they have written something."""
    if sys.platform != "linux":
        raise LeftOut("What a process holds in proportion is read from /proc, which only Linux has.")
    lab.say("memory")
    await lab.ours(lab.question(), for_seconds(0.5), tokens=lab.scale.context)
    return tuple([_figure(side, engine.pid) for side, engine in (await lab.engines()).items() if engine.pid])


def _figure(side: Side, pid: int) -> Figure:
    return median_of(
        f"worker-memory-{side}",
        [Pair(rollup_mb(pid, "Pss"), rollup_mb(pid, "Anonymous"))],
        unit="MB",
        compared=f"proportional set size of the {side} worker against its anonymous pages",
    )
