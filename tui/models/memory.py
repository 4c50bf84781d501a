"""Memory that two models need together, and what is available, before anything is loaded."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tui import amounts
from tui.models.gguf.metadata import Header, kv_bytes_per_token
from tui.models.gguf.types import CPU_BATCH

_SideName = TypeVar("_SideName", bound=str)

_WORKER = 64 * 2**20
"""Bytes of a worker beside its model: an interpreter with llama.cpp, and its buffers."""
_KIB = 2**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The bytes that one model takes for `context` tokens; two models with the same `file` share their weights.

    The worker copies `copied` bytes of the weights and maps the others.
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
        """Bytes that only its worker uses and frees when it ends; what is mapped counts as free."""
        return self.copied + self.kv + self.compute


def need(size: int, header: Header | None, context: int, *, copied: int = 0, file: Path | None = None) -> Need:
    """Return the need of a model with `size` bytes of weights for `context` tokens; an estimate without a header.

    `file` holds the weights. It is mapped, so two workers on one file share what they do not copy; `copied` is how
    many bytes each of them copies.
    """
    kv = (header and kv_bytes_per_token(header)) or _usual_kv_per_token(size)
    compute = _compute(header, context)
    return Need(weights=size, copied=copied, kv=kv * context, compute=compute, context=context, file=file)


def _usual_kv_per_token(size: int) -> int:
    """Return an estimate of the KV bytes per token: 24 KiB and 1/8192 of the weights, at most 144 KiB.

    Models of today lie below or near this line: SmolLM2 135M 22 KiB (98 MB), Qwen3 0.6B 112 KiB (639 MB), Llama 3.2 3B
    112 KiB (2.0 GB), Qwen3 4B and 8B 144 KiB (2.5 and 5.0 GB).
    """
    return min(144 * _KIB, 24 * _KIB + size // 8192)


def _compute(header: Header | None, context: int) -> int:
    """Return the compute bytes: what llama.cpp reserves without flash attention for a batch, and the worker itself.

    They are the attention scores (batch x context x heads, and the mask), some rows of the embedding, and one row of
    logits, all f32. llama.cpp reports 11.0 and 16.8 MiB for SmolLM2 135M and Qwen2.5 0.5B at 4,096 tokens, and 31.8
    MiB for the latter at 8,192 tokens; without the worker, this is within 0.2 MiB of that.
    """
    vocabulary = header.vocabulary if header else 0
    heads = max(header.heads, default=0) if header else 0
    width = (header.embedding_length if header else None) or 0
    row = context * ((heads or 16) + 1) + 6 * (width or 2048)
    return 4 * (CPU_BATCH * row + (vocabulary or 152_000)) + _WORKER


def together(needs: Mapping[_SideName, Need]) -> tuple[int, int]:
    """Return the bytes of all weights, with what two workers map of one file counted once, and of everything else."""
    weights: dict[Path | str, int] = {}
    for name, each in needs.items():
        key = each.file or name
        weights[key] = weights[key] + each.copied if key in weights else each.weights
    return sum(weights.values()), sum(each.kv + each.compute for each in needs.values())


def refusal(needs: Mapping[_SideName, Need], available: int) -> str | None:
    """Return why the models do not fit into `available` bytes, with the next step, or None if they fit."""
    weights, rest = together(needs)
    if weights + rest <= available:
        return None
    taken, free = amounts.size(weights), amounts.size(available)
    whose = "The weights" if len(needs) == 1 else "The weights of both models"
    if weights > available:
        return (
            f"{whose} take {taken} of memory and {free} are free: "
            "choose smaller models or quants, or close other programs."
        )
    context = max(each.context for each in needs.values())
    return (
        f"{whose} ({taken}) fit into the {free} of free memory, but a context of {context:,} tokens "
        f"takes {amounts.size(rest)} more: {_advice(needs, available, weights)}."
    )


def _advice(needs: Mapping[_SideName, Need], available: int, weights: int) -> str:
    """Advise the first halved context that fits, or else smaller models."""
    context = max(each.context for each in needs.values())
    while (context := context // 2) >= 512:
        if weights + sum(_at(each, context) for each in needs.values()) <= available:
            return f"take a shorter one (--context {context}), or a smaller model or quant"
    return "choose a smaller model or quant, or close other programs"


def _at(each: Need, context: int) -> int:
    """Return the bytes beside the weights with at most `context` tokens; the compute bytes stay as they are."""
    return each.kv * min(context, each.context) // each.context + each.compute


def available() -> int:
    """Return the bytes of memory that new processes can have now."""
    return by_proc(Path("/")) if sys.platform == "linux" else by_psutil()


def by_psutil() -> int:
    """Return what psutil calls available; on Linux, its import would cost a menu 7 ms, and it knows no containers."""
    import psutil  # noqa: PLC0415 - needed on other systems only

    return int(psutil.virtual_memory().available)


def by_proc(root: Path) -> int:
    """Return what Linux calls available, or less if a control group (a container) has less left."""
    fields = _fields(_text(root / "proc/meminfo").replace(":", ""))
    free = fields.get("MemAvailable")
    installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if free is None else free * _KIB
    return max(0, min([installed, *_left_in_groups(root)]))


def _left_in_groups(root: Path) -> Iterator[int]:
    """Yield the bytes left in each control group of this process, versions 1 and 2; file pages count as free."""
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
    """Parse the kernel's lines of a name and a number."""
    lines = (line.split() for line in text.splitlines())
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
