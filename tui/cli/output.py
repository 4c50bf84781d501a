"""JSON documents and tables on standard output."""

import json
from collections.abc import Collection, Iterable, Sequence
from math import isfinite
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console


def print_json(file: IO[str], document: Any) -> None:
    """Print one JSON document, with null for infinite numbers and NaN, which JSON does not have."""
    click.echo(json.dumps(_finite(document), ensure_ascii=False, indent=2), file=file)


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float() if not isfinite(value):
            return None
        case _:
            return value


def print_table(
    out: "Console",
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Collection[str] = (),
    whole: Collection[str] = (),
    wide: str | None = None,
    styles: Iterable[str] = (),
) -> None:
    """Print a table on a terminal, and tab-separated lines elsewhere, so that `cut` and `grep` work.

    The columns named in `right` are aligned to the right, those in `whole` are cut instead of wrapped, and `wide` takes
    the rest of the line. `styles` holds a style for each row.
    """
    rows = list(rows)
    if not out.is_terminal:
        for row in (head, *rows):
            print_line(out, "\t".join(row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=wide is not None)
    for name in head:
        table.add_column(
            Text(name),
            justify="right" if name in right else "left",
            no_wrap=name in whole,
            overflow="ellipsis" if name in whole else "fold",
            ratio=1 if name == wide else None,
        )
    for row, style in zip(rows, list(styles) or [""] * len(rows), strict=True):
        table.add_row(*map(Text, row), style=style)
    out.print(table)


def print_line(out: "Console", line: str) -> None:
    """Print a line as it is: rich would wrap it and replace its tabs with spaces."""
    out.file.write(f"{line}\n")
