"""`duochat bench` as a command: what it prints where, and what it says when it cannot."""

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
from tui.bench.run import SUBJECTS, chosen
from tui.engine.footprint import family

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
    ran = bench(tmp_path, endless, endless, "--only", "memory", "--repeats", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert document["models"] == {"left": endless, "right": endless}
    assert {"worker-memory-left", "worker-own-right"} <= {figure["name"] for figure in document["figures"]}
    assert all({"value", "unit", "pairs", "compared", "weather"} <= figure.keys() for figure in document["figures"])
    assert "loading the models" in ran.stderr


def test_a_subject_that_cannot_be_measured_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    short = str(tiny.write(tmp_path / "short.gguf", context=100_000, script={"\n": ["Hello"]}))
    ran = bench(tmp_path, short, short, "--only", "together", "--only", "memory", "--repeats", "1")
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[0].startswith("figure\tvalue")
    assert "worker-memory-left" in ran.stdout
    assert "together: The answers were too short" in ran.stderr


def test_what_is_not_installed_is_left_out_and_told(endless: str, tmp_path: Path) -> None:
    ran = bench(tmp_path, endless, endless, "--only", "peer", PATH=str(tmp_path))
    assert (ran.returncode, len(ran.stdout.splitlines())) == (0, 1)
    assert "peer is left out: It needs llama-bench" in ran.stderr


def test_a_model_that_is_not_here_is_pulled_first(tmp_path: Path) -> None:
    ran = bench(tmp_path)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert ran.stderr == "duochat: SmolLM2 135M is not on this disk: fetch it with `duochat pull smollm2-135m`.\n"


def test_interrupted_it_ends_its_models_and_says_nothing(endless: str, tmp_path: Path) -> None:
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


def test_an_unknown_subject_is_a_wrong_command_line(tmp_path: Path) -> None:
    ran = bench(tmp_path, "--only", "weather")
    assert ran.returncode == 2
    assert "There is no subject 'weather': name one of together, crowded, drawn, alone" in ran.stderr


def test_a_fair_comparison_is_made_only_where_it_is_asked_for(tmp_path: Path) -> None:
    model = str(tiny.write(tmp_path / "model.gguf", context=100_000, script={"\n": ["Salt", " from", " rocks."]}))
    ran = bench(tmp_path, model, model, "--fair", "--repeats", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout)["figures"]
    assert {figure["name"].split("-")[0] for figure in figures} == {"fair"}
    assert all(len(figure["pairs"]) == 2 and "alone" in figure["compared"] for figure in figures)
    assert "fair" not in chosen(())
    assert chosen(("fair", "together")) == ["together", "fair"]
    assert set(chosen(())) < SUBJECTS.keys()
