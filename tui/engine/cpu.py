"""The processor of this machine: the cores that this process may use, and the features that Linux reports."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

from tui.engine.cores import Cores

_CPUS = "sys/devices/system/cpu"

_CPUINFO = Path("/proc/cpuinfo")
_NAMES = ("model name", "vendor_id", "cpu family", "model", "stepping", "CPU implementer", "CPU part", "CPU revision")
_FEATURES = ("flags", "Features")
"""The rows of /proc/cpuinfo that list features, on x86 and on ARM."""


@dataclass(frozen=True, slots=True)
class Processor:
    """A text that identifies a processor, and its features in Linux's words ("avx2"); empty where unknown."""

    identity: str
    features: frozenset[str] = field(default_factory=frozenset)


def processor(cpuinfo: Path = _CPUINFO) -> Processor:
    """Return the first processor in `cpuinfo`."""
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as stream:
            first = list(takewhile(str.strip, stream))
    except OSError:
        return Processor(platform.processor())
    rows = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first)}
    features = frozenset(" ".join(rows.get(name, "") for name in _FEATURES).split())
    return Processor("; ".join([*(rows.get(name, "") for name in _NAMES), *sorted(features)]), features)


def cores_for(wanted: int | None, threads: int | None) -> Cores:
    """Return the cores that the models may use: `wanted` of them, even if there are fewer; with None, all usable ones.

    `threads` is the fixed number of threads for each model, or None.
    """
    usable = usable_cores()
    if wanted is None:
        return replace(usable, fixed=threads)
    cores = limited(usable, wanted) if wanted <= usable.total else Cores(wanted)
    return replace(cores, whole=True, fixed=threads)


def usable_cores(root: Path = Path("/")) -> Cores:
    """Return the cores in this process's affinity mask, within its cgroup's quota; `root` holds /sys and /proc.

    Hardware threads of one core count once, because they share the units that llama.cpp computes with.
    """
    if sys.platform == "darwin":
        return _apple_cores()
    cpus = os.sched_getaffinity(0) if sys.platform == "linux" else set(range(os.cpu_count() or 1))
    return limited(cores_of(cpus, root), quota(root))


def cores_of(cpus: AbstractSet[int], root: Path) -> Cores:
    """Return the cores to which the logical processors `cpus` belong, as Linux's /sys describes them."""
    capable = _most_capable(cpus, root)
    performance = {_core(cpu, root) for cpu in capable}
    return Cores(len(performance), len({_core(cpu, root) for cpu in cpus} - performance))


def limited(cores: Cores, limit: int | None) -> Cores:
    """Return at most `limit` of `cores` and at least one, performance cores first; None is no limit."""
    if limit is None:
        return cores
    performance = max(1, min(cores.performance, limit))
    return Cores(performance, max(0, min(cores.efficiency, limit - performance)))


def quota(root: Path) -> int | None:
    """Return the whole cores that the cgroup of this process and its parents grant, or None for no limit."""
    grants = [_grant(folder / "cpu.max") for folder in _cgroups(root)]
    grants.append(_grant_v1(root / "sys/fs/cgroup/cpu"))
    return min((grant for grant in grants if grant is not None), default=None)


def _most_capable(cpus: AbstractSet[int], root: Path) -> AbstractSet[int]:
    """Return those that are not on efficiency cores: Intel lists both kinds, others report a capacity."""
    listed = _numbers(root / "sys/devices/cpu_core/cpus") & cpus
    if listed:
        return listed
    capacities = {cpu: _number(root / _CPUS / f"cpu{cpu}" / "cpu_capacity") for cpu in cpus}
    most = max(capacities.values(), default=0)
    return {cpu for cpu, capacity in capacities.items() if capacity * 2 > most or not most}


def _core(cpu: int, root: Path) -> int:
    """Return the first of the logical processors that share a core with `cpu`."""
    folder = root / _CPUS / f"cpu{cpu}" / "topology"
    return min(_numbers(folder / "core_cpus_list") or _numbers(folder / "thread_siblings_list"), default=cpu)


def _numbers(file: Path) -> set[int]:
    """Return the numbers of a list such as "0-3,8"; none where the file is missing or malformed."""
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
    """Return the folders of this process's cgroup (version 2) and its parents."""
    top = root / "sys/fs/cgroup"
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                inside = line.removeprefix("0::").strip("/")
                return [top / inside, *(top / parent for parent in Path(inside).parents)] if inside else [top]
    return [top]


def _grant(file: Path) -> int | None:
    """Return the whole cores that a file `cpu.max` grants ("max 100000", "150000 100000")."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        granted, period = file.read_text().split()
        return None if granted == "max" else int(granted) // int(period)
    return None


def _grant_v1(folder: Path) -> int | None:
    granted, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return granted // period if granted > 0 and period > 0 else None


def _apple_cores() -> Cores:
    """Return macOS's cores by performance level, the fastest first; machines with one kind of core have no levels."""
    command = ["/usr/sbin/sysctl", "-n", "hw.perflevel0.physicalcpu", "hw.perflevel1.physicalcpu"]
    with suppress(OSError, ValueError):
        counts = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        if counts:
            return Cores(int(counts[0]), int(counts[1]) if len(counts) > 1 else 0)
    return Cores(os.cpu_count() or 1)
