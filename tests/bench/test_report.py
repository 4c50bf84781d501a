"""Output of figures: JSON for scripts, tabs in a pipe, bars on a terminal."""

import json
from io import StringIO

import msgspec
from rich.console import Console

from tui.bench.figures import Bound, Pair, median_of, ratio
from tui.bench.machine_load import MachineLoad
from tui.bench.report import Report, bar, show, to_json

REPORT = Report(
    duochat="1.0",
    cores=2,
    models={"left": "a\x1b[2J", "right": "b"},
    figures=(
        ratio(
            "together",
            [Pair(20, 10), Pair(30, 10)],
            measure="tokens/s",
            compared="x against y",
            bound=Bound("at least", 3),
        ),
        median_of("stop", [Pair(0.05)], unit="s", compared="a stop", bound=Bound("at most", 0.2)),
    ),
    left_out={"screen": "No terminal here."},
    failed={},
)


def shown(*, terminal: bool) -> str:
    out = StringIO()
    show(Console(file=out, force_terminal=terminal, width=140, color_system=None), REPORT)
    return out.getvalue()


def test_json_holds_what_scripts_rely_on() -> None:
    document = json.loads(to_json(REPORT))
    assert document["models"]["right"] == "b"
    assert document["left_out"] == {"screen": "No terminal here."}
    together, stop = document["figures"]
    assert together["name"] == "together"
    assert (together["value"], together["unit"], together["measure"]) == (2.5, "x", "tokens/s")
    assert together["pairs"][1] == {"measured": 30, "against": 10, "weather": None}
    assert together["compared"] == "x against y"
    assert together["bound"] == {"side": "at least", "value": 3}
    assert (together["reached"], stop["reached"]) == (False, True)
    assert stop["pairs"] == [{"measured": 0.05, "against": None, "weather": None}]


def test_a_noisy_figure_is_marked() -> None:
    noisy = MachineLoad(load=2.0, others=1.0, stolen=0.0)
    figure = msgspec.structs.replace(REPORT.figures[1], machine_load=noisy)
    document = json.loads(to_json(Report(duochat="1", cores=2, models={}, figures=(figure,), left_out={}, failed={})))
    assert document["figures"][0]["noisy"]
    assert document["figures"][0]["weather"] == {"load": 2.0, "others": 1.0, "stolen": 0.0}


def test_a_pipe_gets_one_line_a_figure() -> None:
    lines = [line.split("\t") for line in shown(terminal=False).splitlines()]
    assert lines == [
        ["figure", "value", "unit", "measured", "against", "in", "compared", "noisy"],
        ["together", "2.5", "x", "25", "10", "tokens/s", "x against y", "no"],
        ["stop", "0.05", "s", "0.05", "", "s", "a stop", "no"],
    ]


def test_a_terminal_gets_bars_and_bounds() -> None:
    text = shown(terminal=True)
    assert "a␛[2J and b, 2 cores" in text
    assert "█" * 24 + " 25 tokens/s" in text
    assert "≥ 3" in text
    assert "≤ 0.2" in text


def test_the_length_of_a_bar_is_its_value() -> None:
    assert bar(1, 1) == "█" * 24
    assert bar(0.5, 1) == "█" * 12
    assert bar(0, 1) == ""
    assert bar(5, 1) == "█" * 24
    assert bar(1 / 192, 1) == "▏"
    assert bar(1, 0) == ""
