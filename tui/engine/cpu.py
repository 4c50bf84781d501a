"""The cores of this machine: how many this process may use, and of which kind."""

import os
import subprocess
import sys
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tui.engine.cores import Cores

_CPUS = "sys/devices/system/cpu"


def cores_for(wanted: int | None, threads: int | None) -> Cores:
    """The cores that the models may use: just so many as `wanted`, else all usable ones; `threads` is for each model.

    Whoever wants more than there are gets them.
    """
    usable = usable_cores()
    if wanted is None:
        return replace(usable, fixed=threads)
    cores = within(usable, wanted) if wanted <= usable.total else Cores(wanted)
    return replace(cores, whole=True, fixed=threads)


def usable_cores(root: Path = Path("/")) -> Cores:
    """The cores of this process's affinity, less where a cgroup allows less; `root` holds /sys and /proc.

    Threads that share a core count once: they share what llama.cpp needs most.
    """
    if sys.platform == "darwin":
        return _apple_cores()
    cpus = os.sched_getaffinity(0) if sys.platform == "linux" else set(range(os.cpu_count() or 1))
    return within(cores_of(cpus, root), quota(root))


def cores_of(cpus: AbstractSet[int], root: Path) -> Cores:
    """The cores that the logical processors `cpus` are, by what Linux's /sys tells of each."""
    capable = _most_capable(cpus, root)
    performance = {_core(cpu, root) for cpu in capable}
    return Cores(len(performance), len({_core(cpu, root) for cpu in cpus} - performance))


def within(cores: Cores, limit: int | None) -> Cores:
    """As many of `cores` as `limit` allows, the fast ones first, and one at the least; None allows all."""
    if limit is None:
        return cores
    performance = max(1, min(cores.performance, limit))
    return Cores(performance, max(0, min(cores.efficiency, limit - performance)))


def quota(root: Path) -> int | None:
    """Whole cores that the cgroup of this process and those above it grant, or None for no limit."""
    grants = [_grant(place / "cpu.max") for place in _cgroups(root)]
    grants.append(_grant_v1(root / "sys/fs/cgroup/cpu"))
    return min((grant for grant in grants if grant is not None), default=None)


def _most_capable(cpus: AbstractSet[int], root: Path) -> AbstractSet[int]:
    """Those that are no efficiency cores: Intel lists the two kinds, others give each processor a capacity."""
    listed = _numbers(root / "sys/devices/cpu_core/cpus") & cpus
    if listed:
        return listed
    capacities = {cpu: _number(root / _CPUS / f"cpu{cpu}" / "cpu_capacity") for cpu in cpus}
    most = max(capacities.values(), default=0)
    return {cpu for cpu, capacity in capacities.items() if capacity * 2 > most or not most}


def _core(cpu: int, root: Path) -> int:
    """The first of the processors that share a core with `cpu`."""
    place = root / _CPUS / f"cpu{cpu}" / "topology"
    return min(_numbers(place / "core_cpus_list") or _numbers(place / "thread_siblings_list"), default=cpu)


def _numbers(file: Path) -> set[int]:
    """A list such as "0-3,8"; empty where the file is not there or says something else."""
    found: set[int] = set()
    with suppress(OSError, ValueError):
        for part in filter(None, file.read_text().strip().split(",")):
            first, _, last = part.partition("-")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def _number(file: Path) -> int:
    with suppress(OSError, ValueError):
        return int(file.read_text())
    return 0


def _cgroups(root: Path) -> Iterable[Path]:
    """The folders of this process's cgroup (version 2) and of those that it lies in."""
    top = root / "sys/fs/cgroup"
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                inside = line.removeprefix("0::").strip("/")
                return [top / inside, *(top / parent for parent in Path(inside).parents)] if inside else [top]
    return [top]


def _grant(file: Path) -> int | None:
    """Whole cores by a file `cpu.max` ("max 100000", "150000 100000")."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        granted, period = file.read_text().split()
        return None if granted == "max" else int(granted) // int(period)
    return None


def _grant_v1(place: Path) -> int | None:
    granted, period = _number(place / "cpu.cfs_quota_us"), _number(place / "cpu.cfs_period_us")
    return granted // period if granted > 0 and period > 0 else None


def _apple_cores() -> Cores:
    """macOS counts by performance level; the first is the fastest. Machines of one kind know no levels."""
    asked = ["/usr/sbin/sysctl", "-n", "hw.perflevel0.physicalcpu", "hw.perflevel1.physicalcpu"]
    with suppress(OSError, ValueError):
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        if said:
            return Cores(int(said[0]), int(said[1]) if len(said) > 1 else 0)
    return Cores(os.cpu_count() or 1)
