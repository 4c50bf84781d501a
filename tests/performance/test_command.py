"""`python -m tests.performance` as a command."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.harness import endless
from tests.patience import GUARD

ROOT = Path(__file__).parents[2]


def performance(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.performance", *arguments],
        cwd=ROOT,
        env=os.environ | {"DUOCHAT_HOME": str(home), "HF_HOME": str(home)} | environ,
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
    )


def test_one_document_on_standard_output(tmp_path: Path) -> None:
    model = str(endless(tmp_path))
    ran = performance(tmp_path, model, model, "--only", "both-done", "--repeats", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    (figure,) = json.loads(ran.stdout)["figures"]
    assert (figure["name"], len(figure["pairs"])) == ("both-done", 1)
    assert figure["compared"].startswith("from the question until two answers of 300 tokens are done")


def test_a_program_that_is_not_installed_is_left_out(tmp_path: Path) -> None:
    model = str(endless(tmp_path))
    ran = performance(tmp_path, model, model, "--only", "llama-bench", PATH=str(tmp_path))
    assert (ran.returncode, len(ran.stdout.splitlines())) == (0, 1)
    assert "llama-bench is left out: It needs llama-bench" in ran.stderr


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    ran = performance(tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "fetch it with `duochat pull smollm2-135m`" in ran.stderr
