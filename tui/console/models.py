"""Owns `duochat models`: the catalogue with what is on disk, as a table or as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui.models import gguf, local, memory
from tui.models.spec import ModelSpec
from tui.text import clean_line


@dataclass(frozen=True, slots=True)
class Row:
    """A model, where its weights lie (None while they do not), and whether it fits into free memory (None: unknown)."""

    spec: ModelSpec
    state: str
    path: Path | None
    header: gguf.Header | None
    fits: bool | None


def rows(models: Sequence[ModelSpec], environ: Mapping[str, str], available: int) -> tuple[Row, ...]:
    """One row a model, in the catalogue's order; `available` is the free memory in bytes."""
    return tuple(_row(spec, environ, available) for spec in models)


def _row(spec: ModelSpec, environ: Mapping[str, str], available: int) -> Row:
    path = local.find(spec, environ)
    header = _header(path) if path else None
    need = memory.need(spec.size, header, spec.default_context) if spec.size else None
    fits = None if need is None else need.total <= available
    return Row(spec, local.state(spec, environ), path, header, fits)


def _header(path: Path) -> gguf.Header | None:
    try:
        return gguf.read(path)
    except (gguf.GgufError, OSError):
        return None


def to_json(listed: Sequence[Row]) -> str:
    """The rows in the shape that scripts rely on; sizes in bytes."""
    return msgspec.json.format(msgspec.json.encode([_document(row) for row in listed]), indent=2).decode()


def _document(row: Row) -> dict[str, Any]:
    spec = row.spec
    kept = ("id", "name", "maker", "country", "family", "params", "quant", "size", "license", "license_note")
    per_token = gguf.kv_bytes_per_token(row.header) if row.header else None
    return {
        **{name: getattr(spec, name) for name in kept},
        "thinks": spec.thinks,
        "context": spec.context,
        "repo": spec.repo,
        "file": spec.file,
        "sha256": spec.sha256,
        "source": "disk" if spec.path else "index" if spec.wheels else "hub",
        "state": row.state,
        "path": str(row.path) if row.path else None,
        "memory": {"weights": spec.size, "kv_per_1k_tokens": per_token * 1000 if per_token else None},
        "fits": row.fits,
    }


def show(console: Console, listed: Sequence[Row]) -> None:
    """A table on a terminal; tab-separated lines elsewhere, so that `cut` and `grep` work."""
    head = ("id", "name", "maker", "country", "size", "license", "thinks", "on disk")
    lines = [_cells(row) for row in listed]
    if not console.is_terminal:
        for line in (head, *lines):
            console.file.write("\t".join(line) + "\n")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in head:
        table.add_column(name, justify="right" if name == "size" else "left", no_wrap=name in {"id", "size"})
    for row, line in zip(listed, lines, strict=True):
        table.add_row(*map(Text, line), style="bold" if row.state == "ready" else "")
    console.print(table)


def _cells(row: Row) -> tuple[str, ...]:
    spec = row.spec
    size = f"{spec.size / 1e9:.2f} GB" if spec.size else "?"
    thinks = "always" if spec.think_always else "can" if spec.thinks else ""
    disk = {"ready": "yes", "partial": "in part"}.get(row.state, "")
    cells = (spec.id, spec.name, spec.maker, spec.country, size, spec.license, thinks, disk)
    return tuple(clean_line(cell) for cell in cells)
