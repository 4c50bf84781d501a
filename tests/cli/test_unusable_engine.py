"""Commands without a usable llama.cpp print one sentence with the next step, and no traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import tiny
from tests.broken_engine import Break, another_processor, no_library, no_package, text_for_library
from tests.patience import GUARD
from tests.terminal import Terminal

DUOCHAT = (sys.executable, "-m", "tui")
PAIR = ("smollm2-135m", "qwen2.5-coder-0.5b")
SENTENCE = "llama.cpp cannot be used here ("
ALTERNATE_SCREEN = b"\x1b[?1049h"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a duochat without weights, hub or package index."""
    home = {"DUOCHAT_HOME": str(tmp_path / "home"), "HF_HOME": str(tmp_path / "hub")}
    nowhere = "http://127.0.0.1:9"  # the port "discard", where nothing answers
    return {**os.environ, **home, "HF_ENDPOINT": nowhere, "PIP_INDEX_URL": nowhere}


def run(environ: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [*DUOCHAT, *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=GUARD, check=False)


def test_screen_does_not_open_without_the_package(tmp_path: Path, environ: dict[str, str]) -> None:
    with Terminal(DUOCHAT, no_package(tmp_path, environ)) as terminal:
        assert terminal.wait_for_end() == 1
    assert terminal.raw.decode().startswith(f"duochat: {SENTENCE}No module named 'llama_cpp'): install it with `")
    assert ALTERNATE_SCREEN not in terminal.raw
    assert terminal.raw.count(b"\n") == 1


@pytest.mark.parametrize("break_engine", [no_library, text_for_library, another_processor])
def test_screen_reports_it_before_a_download(tmp_path: Path, environ: dict[str, str], break_engine: Break) -> None:
    with Terminal([*DUOCHAT, *PAIR], break_engine(tmp_path, environ)) as terminal:
        shown = terminal.wait_for("Try again")
        assert SENTENCE in shown
        assert "looking for SmolLM2" not in shown
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0


def test_panes_report_it_where_weights_are_on_disk(tmp_path: Path, environ: dict[str, str]) -> None:
    model = str(tiny.write(tmp_path / "tiny.gguf"))
    with Terminal([*DUOCHAT, model, model], no_library(tmp_path, environ)) as terminal:
        terminal.wait_for(lambda text: text.count(SENTENCE) == 2)
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("break_engine", [no_package, no_library, text_for_library, another_processor])
def test_ask_prints_one_sentence(tmp_path: Path, environ: dict[str, str], break_engine: Break) -> None:
    asked = run(break_engine(tmp_path, environ), "ask", *PAIR, "Hello")
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.startswith(f"duochat: {SENTENCE}")
    assert asked.stderr.count("\n") == 1


def test_ask_reports_it_for_both_sides_where_weights_are_on_disk(tmp_path: Path, environ: dict[str, str]) -> None:
    model = str(tiny.write(tmp_path / "tiny.gguf"))
    asked = run(no_library(tmp_path, environ), "ask", model, model, "Hello", "--json")
    assert asked.returncode == 1
    assert [line.split(":")[0] for line in asked.stderr.splitlines() if SENTENCE in line] == ["duochat", "duochat"]
    assert "Traceback" not in asked.stderr
    assert json.loads(asked.stdout)["left"]["finish_reason"] == "failed"


@pytest.mark.parametrize("break_engine", [no_package, text_for_library, another_processor])
def test_doctor_reports_it_in_its_document(tmp_path: Path, environ: dict[str, str], break_engine: Break) -> None:
    examined = run(break_engine(tmp_path, environ), "doctor", "--json")
    document = json.loads(examined.stdout)
    assert examined.returncode == 1
    assert document["engine"].keys() == {"error"}
    assert document["engine"]["error"].startswith(SENTENCE)
    assert document["cores"] >= 1
    assert document["sources"]


def test_doctor_reports_it_in_its_row(tmp_path: Path, environ: dict[str, str]) -> None:
    examined = run(no_library(tmp_path, environ), "doctor")
    assert examined.returncode == 1
    assert f"\nllama.cpp         {SENTENCE}" in examined.stdout
    assert "\nfree memory" in examined.stdout
    assert examined.stderr == ""


@pytest.mark.parametrize("arguments", [("--version",), ("models", "--json"), ("history",)])
def test_commands_without_engine_work(tmp_path: Path, environ: dict[str, str], arguments: tuple[str, ...]) -> None:
    assert run(no_package(tmp_path, environ), *arguments).returncode == 0
