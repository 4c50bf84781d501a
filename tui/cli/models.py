"""`duochat models`: the models of the catalogue, and which are on disk."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui import paths
from tui.cli import wiring
from tui.cli.options import json_option
from tui.cli.output import print_json, print_table
from tui.models import local, memory
from tui.models.catalogue.spec import ModelSpec
from tui.models.gguf import metadata
from tui.models.gguf.cache import Read, cached_in
from tui.text import clean_line

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Row:
    """A model with the state of its weights on this machine."""

    spec: ModelSpec
    state: str
    path: Path | None
    """The weights file; None where it is not on disk."""
    header: metadata.Header | None
    fits: bool | None
    """Whether the model fits into free memory; None where its size is unknown."""


@click.command()
@json_option
def models(as_json: bool) -> None:
    """List the models of the catalogue and show which are on disk."""
    free, read = memory.available(), cached_in(paths.headers_dir())
    rows = [_row(spec, os.environ, free, read) for spec in wiring.catalogue().models]
    if as_json:
        print_json(sys.stdout, [_document(row) for row in rows])
    else:
        _show(wiring.console(), rows)


def _show(console: "Console", rows: Sequence[Row]) -> None:
    print_table(
        console,
        ("id", "name", "maker", "country", "size", "license", "thinks", "on disk"),
        map(_cells, rows),
        right={"size"},
        whole={"id", "size"},
        styles=["bold" if row.state == "ready" else "" for row in rows],
    )


def _cells(row: Row) -> tuple[str, ...]:
    spec = row.spec
    size = f"{spec.size / 1e9:.2f} GB" if spec.size else "?"
    thinks = "always" if spec.think_always else "can" if spec.thinks else ""
    disk = {"ready": "yes", "partial": "in part"}.get(row.state, "")
    cells = (spec.id, spec.name, spec.maker, spec.country, size, spec.license, thinks, disk)
    return tuple(map(clean_line, cells))


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


def _document(row: Row) -> dict[str, Any]:
    """Return a row in the shape that scripts rely on; sizes are in bytes."""
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
