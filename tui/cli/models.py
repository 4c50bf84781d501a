"""Owns what `duochat models` lists: the catalogue with what is on disk, and the JSON of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tui.models import local, memory
from tui.models.catalogue.spec import ModelSpec
from tui.models.gguf import metadata
from tui.models.gguf.cache import Read


@dataclass(frozen=True, slots=True)
class Row:
    """A model, where its weights lie (None while they do not), and whether it fits into free memory (None: unknown)."""

    spec: ModelSpec
    state: str
    path: Path | None
    header: metadata.Header | None
    fits: bool | None


def rows(models: Sequence[ModelSpec], environ: Mapping[str, str], available: int, read: Read) -> tuple[Row, ...]:
    """One row a model, in the catalogue's order; `available` is the free memory in bytes, `read` gives headers."""
    return tuple(_row(spec, environ, available, read) for spec in models)


def _row(spec: ModelSpec, environ: Mapping[str, str], available: int, read: Read) -> Row:
    path = local.find(spec, environ)
    header = _header(path, read) if path else None
    need = memory.need(spec.size, header, spec.default_context) if spec.size else None
    fits = None if need is None else need.total <= available
    return Row(spec, local.state(spec, environ), path, header, fits)


def _header(path: Path, read: Read) -> metadata.Header | None:
    try:
        return read(path)
    except (metadata.GgufError, OSError):
        return None


def to_json(listed: Sequence[Row]) -> str:
    """The rows in the shape that scripts rely on; sizes in bytes."""
    return msgspec.json.format(msgspec.json.encode([_document(row) for row in listed]), indent=2).decode()


def _document(row: Row) -> dict[str, Any]:
    spec = row.spec
    kept = ("id", "name", "maker", "country", "family", "params", "quant", "size", "license", "license_note")
    per_token = metadata.kv_bytes_per_token(row.header) if row.header else None
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
