"""Owns the question whether two models fit into memory together, before anything is loaded."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tui.models.gguf.metadata import Header, kv_bytes_per_token
from tui.models.gguf.types import CPU_BATCH

if sys.platform == "win32":
    import ctypes
elif sys.platform == "darwin":
    import subprocess

_SideName = TypeVar("_SideName", bound=str)

_WORKER = 64 * 2**20
"""What a worker takes beside the model: an interpreter with llama.cpp, and what it has read and written."""
_KIB = 2**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Bytes that one model takes for `context` tokens; `file` tells whether two models share their weights.

    The worker copies so many of its weights as `copied` says; the others are mapped.
    """

    weights: int
    copied: int
    kv: int
    compute: int
    context: int
    file: Path | None = None

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self.weights + self.kv + self.compute

    @property
    def own(self) -> int:
        """Bytes that its worker shares with nobody: they are free again when it ends. What is mapped counts as free."""
        return self.copied + self.kv + self.compute


def need(size: int, header: Header | None, context: int, *, copied: int = 0, file: Path | None = None) -> Need:
    """What a model whose weights take `size` bytes needs for `context` tokens; an estimate until its header is here.

    `file` is where the weights lie: they are mapped, so two workers on one file hold once what they do not copy;
    `copied` is how many bytes each of them copies.
    """
    kv = (header and kv_bytes_per_token(header)) or _usual_kv_per_token(size)
    compute = _compute(header, context)
    return Need(weights=size, copied=copied, kv=kv * context, compute=compute, context=context, file=file)


def _usual_kv_per_token(size: int) -> int:
    """Bytes per token where no header tells: 24 KiB and 1/8192 of the weights, at most 144 KiB.

    Models of today lie below or near this line: SmolLM2 135M 22 KiB (98 MB), Qwen3 0.6B 112 KiB (639 MB), Llama 3.2 3B
    112 KiB (2.0 GB), Qwen3 4B and 8B 144 KiB (2.5 and 5.0 GB).
    """
    return min(144 * _KIB, 24 * _KIB + size // 8192)


def _compute(header: Header | None, context: int) -> int:
    """Bytes for computing: what llama.cpp reserves without flash attention for a batch, and the worker itself.

    The attention scores (batch x context x heads, and the mask), some rows of the embedding, and one row of logits,
    all f32. llama.cpp's own words for SmolLM2 135M and Qwen2.5 0.5B at 4,096 tokens are 11.0 and 16.8 MiB, for the
    latter at 8,192 tokens 31.8 MiB; this says the same to 0.2 MiB, the worker aside.
    """
    vocabulary = header.vocabulary if header else 0
    heads = max(header.heads, default=0) if header else 0
    width = (header.embedding_length if header else None) or 0
    row = context * ((heads or 16) + 1) + 6 * (width or 2048)
    return 4 * (CPU_BATCH * row + (vocabulary or 152_000)) + _WORKER


def together(needs: Mapping[_SideName, Need]) -> tuple[int, int]:
    """Bytes of all weights, what two workers map of one file counted once, and of everything else."""
    weights: dict[Path | str, int] = {}
    for name, each in needs.items():
        key = each.file or name
        weights[key] = weights[key] + each.copied if key in weights else each.weights
    return sum(weights.values()), sum(each.kv + each.compute for each in needs.values())


def refusal(needs: Mapping[_SideName, Need], available: int) -> str | None:
    """Why the models cannot run together in `available` bytes, with the next step, or None when they can."""
    weights, rest = together(needs)
    if weights + rest <= available:
        return None
    whose = "The weights" if len(needs) == 1 else "The weights of both models"
    if weights > available:
        return (
            f"{whose} take {_gb(weights)} of memory and {_gb(available)} are free: "
            "choose smaller models or quants, or close other programs."
        )
    context = max(each.context for each in needs.values())
    return (
        f"{whose} ({_gb(weights)}) fit into the {_gb(available)} of free memory, but a context of {context:,} tokens "
        f"takes {_gb(rest)} more: {_advice(needs, available, weights)}."
    )


def _advice(needs: Mapping[_SideName, Need], available: int, weights: int) -> str:
    """The longest context, halved again and again, that would fit; without one, smaller models."""
    context = max(each.context for each in needs.values())
    while (context := context // 2) >= 512:
        if weights + sum(_at(each, context) for each in needs.values()) <= available:
            return f"take a shorter one (--context {context}), or a smaller model or quant"
    return "choose a smaller model or quant, or close other programs"


def _at(each: Need, context: int) -> int:
    """Bytes beside the weights with at most `context` tokens; computing is taken to stay as it is."""
    return each.kv * min(context, each.context) // each.context + each.compute


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def available() -> int:
    """Bytes of memory that new processes can have now."""
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        answer = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, timeout=5, check=True)
        return by_vm_stat(answer.stdout)
    return by_proc(Path("/"))


def by_proc(root: Path) -> int:
    """Linux: what the kernel says is available, less where a control group (a container) has less left."""
    fields = _fields(_text(root / "proc/meminfo").replace(":", ""))
    free = fields.get("MemAvailable")
    installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if free is None else free * _KIB
    return max(0, min([installed, *_left_in_groups(root)]))


def by_vm_stat(answer: str) -> int:
    """macOS: the pages that `vm_stat` calls free, inactive, speculative or purgeable."""
    size = re.search(r"page size of (\d+) bytes", answer)
    kinds = r"^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)"
    return sum(map(int, re.findall(kinds, answer, re.MULTILINE))) * (int(size[1]) if size else 4 * _KIB)


def _left_in_groups(root: Path) -> Iterator[int]:
    """Bytes left in each control group that holds this process, versions 1 and 2; file pages count as free."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        names = ("limit_in_bytes", "usage_in_bytes", "total_") if controllers else ("max", "current", "")
        top = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        group = top / path.lstrip("/")
        for each in (group, *group.parents):
            yield from _left_in(each, *names)
            if each == top:
                break


def _left_in(group: Path, limit: str, usage: str, prefix: str) -> Iterator[int]:
    most, used = _text(group / f"memory.{limit}").strip(), _text(group / f"memory.{usage}").strip()
    if most.isdigit() and used.isdigit():
        pages = _fields(_text(group / "memory.stat"))
        yield int(most) - int(used) + pages.get(f"{prefix}inactive_file", 0) + pages.get(f"{prefix}active_file", 0)


def _fields(text: str) -> dict[str, int]:
    """Lines of a name and a number, as the kernel writes them."""
    lines = (line.split() for line in text.splitlines())
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


if sys.platform == "win32":

    class _MemoryStatus(ctypes.Structure):
        """Windows' MEMORYSTATUSEX."""

        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("physical", ctypes.c_uint64),
            ("physical_free", ctypes.c_uint64),
            ("page_file", ctypes.c_uint64),
            ("page_file_free", ctypes.c_uint64),
            ("virtual", ctypes.c_uint64),
            ("virtual_free", ctypes.c_uint64),
            ("extended_free", ctypes.c_uint64),
        )

    def _windows() -> int:
        kernel = ctypes.CDLL("kernel32")
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
            raise OSError("GlobalMemoryStatusEx failed")
        return int(status.physical_free)
