"""llama.cpp's extra buffers: which weights they copy, and whether that was measured to pay off.

With extra buffers, llama.cpp copies weights into the layouts of other kernels: interleaved rows ("repacked"), or tiles
for Intel's AMX. The copy is private memory, while mapped weights are shared, and it does not always compute faster. So
extra buffers are used where they were measured to be faster, not used where they were measured to be slower, and left
to llama.cpp's default where nothing was measured. `duochat bench --only buffers LEFT RIGHT` measures two files.

Sources: `ggml-cpu/repack.cpp` (`ggml_repack_get_optimal_repack_type`) and `ggml-cpu/amx/common.h` of llama.cpp 0.5.0.
"""

import platform
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum, auto
from math import log
from pathlib import Path

from tui.engine.cpu import processor
from tui.engine.process.safe_mode import AMX, SafeMode
from tui.models.gguf.cache import Read
from tui.models.gguf.metadata import GgufError


class Kernels(Enum):
    """Families of processors for which llama.cpp has different kernels and layouts."""

    AMX = auto()
    AVX512 = auto()
    """With VNNI."""
    AVX2 = auto()
    ARM = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Gain:
    """The speed with extra buffers, divided by the speed without: for reading a prompt, and for writing an answer."""

    reading: float
    writing: float

    @property
    def log(self) -> float:
        """Return the logarithm of both gains together; 0 where they cancel each other out."""
        return log(self.reading * self.writing)


_AVX512 = frozenset({"Q4_0", "Q4_K", "Q2_K", "IQ4_NL", "MXFP4"})

COPIED: Mapping[Kernels, frozenset[str]] = {
    Kernels.AMX: _AVX512 | {"Q4_1", "Q8_0", "Q5_K", "Q6_K", "IQ4_XS", "F16"},
    Kernels.AVX512: _AVX512,
    Kernels.AVX2: frozenset({"Q4_0", "Q4_K", "IQ4_NL", "MXFP4"}),
    Kernels.ARM: frozenset({"Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "IQ4_NL", "MXFP4", "Q1_0"}),
    Kernels.OTHER: _AVX512,
}
"""The tensor types that extra buffers copy."""

MEASURED: Mapping[Kernels, Mapping[str, Gain]] = {
    Kernels.AVX512: {
        "Q4_0": Gain(1.39, 1.38),
        "IQ4_NL": Gain(1.47, 1.56),
        "MXFP4": Gain(2.58, 0.88),
        "Q4_K": Gain(0.64, 1.10),
        "Q2_K": Gain(0.43, 1.01),
    },
    Kernels.AVX2: {
        "Q4_0": Gain(1.31, 1.33),
        "IQ4_NL": Gain(1.38, 1.38),
        "MXFP4": Gain(1.55, 0.97),
        "Q4_K": Gain(0.95, 1.04),
    },
}
"""Medians of five pairs, November 2026: one thread, batches of 64 tokens, files from `python -m tests.uniform`.

AVX-512: an AMD EPYC (family 25, model 17), compiled by GCC 12 for it. AVX2: the same processor, compiled for AVX2, FMA
and F16C alone. Types that are not copied were equally fast (0.97 to 1.04).
"""

_WORTH = 1.05
"""The least product of both gains for which private memory is spent."""


def kernels(features: AbstractSet[str], machine: str = platform.machine()) -> Kernels:
    """Return llama.cpp's kernels for a processor with `features`, in Linux's words ("avx512f")."""
    if machine.lower() in {"arm64", "aarch64"}:
        return Kernels.ARM
    if AMX & features:
        return Kernels.AMX
    if features >= {"avx512f", "avx512_vnni"}:
        return Kernels.AVX512
    # llama.cpp's kernels for AVX-VNNI, and for AVX-512 without VNNI, were not measured.
    measured = "avx2" in features and not {"avx_vnni", "avx512f"} & features
    return Kernels.AVX2 if measured else Kernels.OTHER


def pay_off(weights: Mapping[str, int], on: Kernels) -> bool:
    """Return whether extra buffers are used for a file with `weights`, in bytes by tensor type."""
    measured = MEASURED.get(on, {})
    copied = {kind: size for kind, size in weights.items() if kind in COPIED[on]}
    if not copied or not copied.keys() <= measured.keys():
        return True
    gain = sum(size * measured[kind].log for kind, size in copied.items()) / sum(copied.values())
    return gain > log(_WORTH)


@dataclass(frozen=True, slots=True)
class ExtraBuffers:
    """The decision for files on a processor with `features`; `headers` reads a file's header.

    In the safe mode, which `memory` records, AMX counts as missing.
    """

    features: frozenset[str]
    headers: Read
    memory: SafeMode

    @classmethod
    def here(cls, environ: Mapping[str, str], *, state: Path, headers: Read) -> "ExtraBuffers":
        """Return the decision for this processor; the folder `state` holds the record of crashes."""
        return cls(processor().features, headers, SafeMode(state / "safe-mode", environ))

    def pay(self, path: Path, *, safe_mode: bool) -> bool:
        """Return whether extra buffers are used for the file at `path`; True where its header cannot be read."""
        try:
            weights = self.headers(path).weights
        except (GgufError, OSError):
            return True
        return pay_off(weights, self._kernels(safe_mode=safe_mode))

    def copied(self, weights: Mapping[str, int], extra_buffers: bool | None = None) -> int:
        """Return how many bytes of `weights` a worker copies at most.

        `extra_buffers` is whether it uses extra buffers; with None, the measurements decide.
        """
        on = self._kernels(safe_mode=self.memory.recall() is not None)
        used = pay_off(weights, on) if extra_buffers is None else extra_buffers
        return sum(size for kind, size in weights.items() if kind in COPIED[on]) if used else 0

    def _kernels(self, *, safe_mode: bool) -> Kernels:
        return kernels(self.features - AMX if safe_mode else self.features)
