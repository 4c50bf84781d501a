"""A build of llama.cpp that crashes at its first computation, from the command line: answered, said, remembered."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import tiny
from tests.end_to_end.conftest import run

CRASH = """
import sys
if "tui.engine.worker" in sys.orig_argv:
    import os, resource, signal
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from tui.engine.worker.amx import refuse_amx
    from tui.engine.worker.binding import lib
    refuse_amx()
    real = lib.llama_decode
    def crash(context, batch):
        if batch.n_tokens > 1 and "--safe" not in sys.orig_argv and "crashes" in os.environ.get("TEST_BUILD", ""):
            os.kill(os.getpid(), signal.SIGILL)
        return real(context, batch)
    lib.llama_decode = crash
"""
"""What Python runs first in each worker: a stand-in for a build whose matrix products end by SIGILL."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(CRASH, encoding="utf-8")
    home = {"DUOCHAT_HOME": str(tmp_path / "home"), "HF_HOME": str(tmp_path / "hub")}
    return {**os.environ, **home, "HF_ENDPOINT": "http://127.0.0.1:9", "PYTHONPATH": str(site), "TEST_BUILD": "crashes"}


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny.write(tmp_path / "tiny.gguf", script={"\n": ["Hello", " there", "."]}))


def ask(model: str, environ: Mapping[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    return run(("ask", model, model, "Hi", *options), environ)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to die by")
def test_both_sides_answer_in_safe_mode_and_say_so(model: str, environ: dict[str, str], tmp_path: Path) -> None:
    saved = tmp_path / "talk.json"
    first = ask(model, environ, "--json", "--save", str(saved))
    assert first.returncode == 0, first.stderr
    answers = json.loads(first.stdout)
    for side in ("left", "right"):
        assert answers[side]["text"] == "Hello there."
        assert answers[side]["safe_mode"] is True
    said = [line for line in first.stderr.splitlines() if "safe mode" in line]
    assert len(said) == 2
    assert all("SIGILL while loading" in line and "`duochat doctor` names the cure" in line for line in said)
    replayed = run(("replay", str(saved)), environ)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    elsewhere = run(("replay", str(saved)), {**environ, "TEST_BUILD": "sound", "DUOCHAT_HOME": str(tmp_path / "other")})
    assert "It ran in the safe mode, and runs in the normal mode" in elsewhere.stdout


def test_doctor_names_cause_and_cure(model: str, environ: dict[str, str]) -> None:
    before = run(("doctor",), environ).stdout
    assert "safe mode" not in before
    ask(model, environ)
    (row,) = [line for line in run(("doctor",), environ).stdout.splitlines() if "safe mode" in line]
    assert "llama.cpp crashed: SIGILL while loading" in row
    assert "pip install --force-reinstall" in row
    assert "llama-cpp-python==" in row
    document = json.loads(run(("doctor", "--json"), environ).stdout)
    assert document["safe_mode"] == {"signal": "SIGILL", "doing": "loading"}
