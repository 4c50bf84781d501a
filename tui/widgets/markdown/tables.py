"""Tables that fit a width: columns shrink and wrap, and in very narrow panes each row becomes a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui.widgets.markdown.component_styles import ComponentStyles
from tui.widgets.rows.wrapping import Row, indent, widest_atom, wrap

Cell = Sequence[Segment]
_LEAST = 8
"""Cells per column. A table whose words are cut and whose columns are narrower than this is unreadable."""
_WORD = 14
_GAP = 3


@dataclass(frozen=True, slots=True)
class Table:
    """A table's cells; `aligned` is "left", "center" or "right" for each column."""

    head: Sequence[Cell]
    body: Sequence[Sequence[Cell]]
    aligned: Sequence[str]


def table_rows(table: Table, width: int, styles: ComponentStyles) -> list[Row]:
    """Return the rows of a table in at most `width` cells."""
    head, body = table.head, table.body
    columns = len(head)
    room = width - _GAP * (columns - 1)
    lines = [head, *body]
    natural = [max([1, *(_cells(row[at]) for row in lines if at < len(row))]) for at in range(columns)]
    least = [max([1, *(_longest_word(row[at]) for row in lines if at < len(row))]) for at in range(columns)]
    if sum(least) > room and room < columns * _LEAST:
        return _records(head, body, width, styles)
    widths = _shrunk(natural, least if sum(least) <= room else [1] * columns, room)
    frame = list(zip(widths, table.aligned, strict=True))
    rows = _table_row(head, frame, styles)
    rows.append(Row((Segment("─┼─".join("─" * each for each in widths), styles.rule),), styles.text))
    for cells in body:
        rows += _table_row(cells, frame, styles)
    return rows


def _cells(cell: Cell) -> int:
    return max(map(cell_len, "".join(segment.text for segment in cell).split("\n")))


def _longest_word(cell: Cell) -> int:
    words = "".join(segment.text for segment in cell).split()
    return max((min(_WORD, widest_atom(word)) for word in words), default=1)


def _shrunk(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return `natural` widths, the widest reduced until their sum is at most `room`, none below its `least`."""
    left = room
    widths = [0] * len(natural)
    order = sorted(range(len(natural)), key=natural.__getitem__)
    for rank, at in enumerate(order):
        others = order[rank + 1 :]
        fair = max(least[at], left // (len(others) + 1))
        widths[at] = min(natural[at], fair, left - sum(least[other] for other in others))
        left -= widths[at]
    return widths


def _table_row(cells: Sequence[Cell], frame: Sequence[tuple[int, str]], styles: ComponentStyles) -> list[Row]:
    columns = [wrap(cells[at] if at < len(cells) else (), each, styles.text) for at, (each, _) in enumerate(frame)]
    bar = Segment(" │ ", styles.rule)
    rows: list[Row] = []
    for line in range(max(map(len, columns))):
        parts: list[Segment] = []
        for at, (column, (width, side)) in enumerate(zip(columns, frame, strict=True)):
            parts += [bar] if at else []
            parts += _padded(column[line] if line < len(column) else None, width, side, styles.text)
        rows.append(Row(tuple(parts), styles.text))
    return rows


def _padded(row: Row | None, width: int, side: str, style: Style) -> list[Segment]:
    segments = list(row.segments) if row is not None else []
    missing = max(0, width - sum(cell_len(segment.text) for segment in segments))
    before = {"left": 0, "center": missing // 2, "right": missing}[side]
    padded = [Segment(" " * before, style), *segments, Segment(" " * (missing - before), style)]
    return [segment for segment in padded if segment.text]


def _records(head: Sequence[Cell], body: Sequence[Sequence[Cell]], width: int, styles: ComponentStyles) -> list[Row]:
    """Return each row of the table as a list of its cells, each below its column's name."""
    rows: list[Row] = []
    for cells in body or [()]:
        for at, name in enumerate(head):
            rows += wrap(name, width, styles.text)
            value = wrap(cells[at], max(1, width - 2), styles.text) if at < len(cells) else []
            pad = Segment("  " if width > 8 else "", styles.text)
            rows += indent(value, pad, pad)
        rows.append(Row((Segment("─" * width, styles.rule),), styles.text))
    return rows[:-1]
