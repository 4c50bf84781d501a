"""`duochat bench` as a command: output, progress, errors, interruption."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from tests import tiny
from tests.end_to_end.test_screen import alive
from tests.patience import GUARD
from tui.bench.machine_load import family
from tui.bench.run import SUBJECTS, chosen

ROOT = Path(__file__).parents[2]


def bench(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", "bench", *arguments],
        cwd=ROOT,
        env=os.environ | {"DUOCHAT_HOME": str(home), "HF_HOME": str(home)} | environ,
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
    )


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("models") / "endless.gguf"
    return str(tiny.write(path, context=100_000, script={"\n": ["la", "\n"]}))


def test_one_document_on_standard_output_and_progress_on_standard_error(endless: str, tmp_path: Path) -> None:
    ran = bench(tmp_path, endless, endless, "--only", "buffers", "--repeats", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert document["models"] == {"left": endless, "right": endless}
    assert {"buffers-reading-left", "buffers-writing-right"} <= {figure["name"] for figure in document["figures"]}
    assert all({"value", "unit", "pairs", "compared", "weather"} <= figure.keys() for figure in document["figures"])
    assert "left with and without extra buffers: 1 of 1" in ran.stderr


def test_a_failed_subject_is_reported_and_the_rest_is_shown(tmp_path: Path) -> None:
    short = str(tiny.write(tmp_path / "short.gguf", context=100_000, script={"\n": ["Hello"]}))
    ran = bench(tmp_path, short, short, "--only", "together", "--only", "buffers", "--repeats", "1")
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[0].startswith("figure\tvalue")
    assert "buffers-reading-left" in ran.stdout
    assert "together: The answers were too short" in ran.stderr


def test_missing_weights_name_the_command_that_fetches_them(tmp_path: Path) -> None:
    ran = bench(tmp_path)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert ran.stderr == "duochat: SmolLM2 135M is not on this disk: fetch it with `duochat pull smollm2-135m`.\n"


def test_an_interruption_ends_the_workers(endless: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "bench", endless, endless, "--only", "alone", "--repeats", "99"],
        cwd=ROOT,
        env=os.environ | {"DUOCHAT_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "2 of 99" not in process.stderr.readline():
        assert process.poll() is None
    workers = family(process.pid)[1:]
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=GUARD)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in errors
    assert len(workers) >= 2
    until = monotonic() + GUARD
    while any(map(alive, workers)):
        assert monotonic() < until


def test_an_unknown_subject_is_a_usage_error(tmp_path: Path) -> None:
    ran = bench(tmp_path, "--only", "nothing")
    assert ran.returncode == 2
    assert "There is no subject 'nothing': name one of together, alone, screen, fair, buffers" in ran.stderr


def test_a_fair_comparison_is_made_only_on_request(tmp_path: Path) -> None:
    model = str(tiny.write(tmp_path / "model.gguf", context=100_000, script={"\n": ["Salt", " from", " rocks."]}))
    ran = bench(tmp_path, model, model, "--fair", "--repeats", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout)["figures"]
    assert {figure["name"].split("-")[0] for figure in figures} == {"fair"}
    assert all(len(figure["pairs"]) == 2 and "alone" in figure["compared"] for figure in figures)
    assert "fair" not in chosen(())
    assert chosen(("fair", "together")) == ["together", "fair"]
    assert set(chosen(())) < SUBJECTS.keys()
