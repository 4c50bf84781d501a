"""Owns how `duochat models` shows its list to people: a table on a terminal, lines elsewhere."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui.cli.models import Row
from tui.text import clean_line


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
