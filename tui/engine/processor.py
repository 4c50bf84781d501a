"""What Linux says of the processor; elsewhere its features are not known."""

import platform
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_NAMES = ("model name", "vendor_id", "cpu family", "model", "stepping", "CPU implementer", "CPU part", "CPU revision")
_FEATURES = ("flags", "Features")
"""The rows of /proc/cpuinfo that name features, on x86 and on ARM."""


@dataclass(frozen=True, slots=True)
class Processor:
    """A processor: text that tells it from others, and its features in Linux's words ("avx2"), none where unknown."""

    identity: str
    features: frozenset[str] = field(default_factory=frozenset)


def processor(cpuinfo: Path = _CPUINFO) -> Processor:
    """Return the processor that `cpuinfo` describes first."""
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as stream:
            first = list(takewhile(str.strip, stream))
    except OSError:
        return Processor(platform.processor())
    rows = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first)}
    features = frozenset(" ".join(rows.get(name, "") for name in _FEATURES).split())
    return Processor("; ".join([*(rows.get(name, "") for name in _NAMES), *sorted(features)]), features)
