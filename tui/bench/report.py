"""Output of figures: a table with bars on a terminal, tab-separated lines in a pipe, or one JSON document."""

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui.bench.figures import Bound, Figure
from tui.text import clean_line

_WIDTH = 24
"""Cells of the bar for the larger value of a pair."""

_EIGHTHS = " ▏▎▍▌▋▊▉"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The machine, the models and the figures of a run; a sentence for each subject left out or failed."""

    duochat: str
    cores: int
    models: dict[str, str]
    figures: tuple[Figure, ...]
    left_out: dict[str, str]
    failed: dict[str, str]


def to_json(report: Report) -> str:
    """Return the report in the shape that scripts rely on."""
    document = {**msgspec.to_builtins(report), "figures": [_document(figure) for figure in report.figures]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def show(console: Console, report: Report) -> None:
    """Print a table on a terminal, and tab-separated lines elsewhere, for `cut` and `grep`."""
    if not console.is_terminal:
        console.file.write("figure\tvalue\tunit\tmeasured\tagainst\tin\tcompared\tnoisy\n")
        for figure in report.figures:
            console.file.write("\t".join(_fields(figure)) + "\n")
        return
    models = " and ".join(clean_line(name, 60) for name in report.models.values())
    console.print(Text(f"{models}, {report.cores} cores", style="bold"))
    console.print(_table(report.figures))
    if any(figure.noisy for figure in report.figures):
        console.print(Text("! other programs were busy meanwhile: measure again on a quieter machine", style="yellow"))


def bar(value: float, largest: float) -> str:
    """Return a bar of up to 24 cells, exact to an eighth of a cell."""
    eighths = round(_WIDTH * 8 * min(1.0, value / largest)) if largest > 0 else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def number(value: float) -> str:
    """Return `value` with three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _document(figure: Figure) -> dict[str, Any]:
    reached = None if figure.bound is None else figure.bound.holds(figure.value)
    return {**msgspec.to_builtins(figure), "reached": reached, "noisy": figure.noisy}


def _fields(figure: Figure) -> tuple[str, ...]:
    against = "" if figure.against is None else f"{figure.against:.6g}"
    value, measured = f"{figure.value:.6g}", f"{figure.measured:.6g}"
    noisy = "yes" if figure.noisy else "no"
    return (figure.name, value, figure.unit, measured, against, figure.measure, figure.compared, noisy)


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("figure", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("goal", no_wrap=True)
    table.add_column("medians: measured, and against what", no_wrap=True)
    table.add_column("compared", style="dim")
    for figure in figures:
        name = Text.assemble(figure.name, (" !", "yellow") if figure.noisy else "")
        value = Text(f"{number(figure.value)} {figure.unit}", style="bold")
        table.add_row(name, value, _goal(figure.bound, figure.value), _bars(figure), figure.compared)
    return table


def _goal(bound: Bound | None, value: float) -> Text:
    if bound is None:
        return Text("")
    sign = "≥" if bound.side == "at least" else "≤"
    return Text(f"{sign} {number(bound.value)}", style="green" if bound.holds(value) else "red")


def _bars(figure: Figure) -> Text:
    """Return bars for what was measured and what it was compared with; without a comparison, scaled to the goal."""
    measured, against = figure.measured, figure.against
    goal = figure.bound.value if figure.bound is not None and figure.unit == figure.measure else 0.0
    largest = max(measured, goal if against is None else against)
    line = Text.assemble((bar(measured, largest), "cyan"), f" {number(measured)} {figure.measure}")
    if against is not None:
        line.append_text(Text.assemble("\n", (bar(against, largest), "dim"), f" {number(against)} {figure.measure}"))
    return line
