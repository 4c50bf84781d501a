"""`duochat surprise` on the starter pair's real weights, as a user runs them."""

import json
import math
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.end_to_end.conftest import PAIR, environ_for, run
from tui.arena.stats import default_text

ORACLE = Path(__file__).parents[1] / "engine" / "worker" / "oracle.py"
TEXT = (default_text.TEXT * 2).removesuffix("\n")
"""Long enough for two windows."""


def test_each_expects_its_own_answer_more(greedy: Path) -> None:
    done = run(("surprise", *PAIR, "Name three rivers in Asia.", "--json"), environ_for(greedy))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    found = {side: {whose: document[side][whose] for whose in ("own", "other")} for side in ("left", "right")}
    assert found["right"]["own"]["bits_per_byte"] < found["right"]["other"]["bits_per_byte"]
    for side, other in (("left", "right"), ("right", "left")):
        assert found[side]["own"]["bytes"] == found[other]["other"]["bytes"]
        assert 0 < found[side]["own"]["bits_per_byte"] < 3
        assert found[side]["other"]["words"][0]["bits"] > found[side]["other"]["words"][-1]["bits"]
    again = run(("surprise", "--conversation", str(document["conversation"]), "--json"), environ_for(greedy))
    assert again.returncode == 0, again.stderr
    reread = json.loads(again.stdout)
    for side, whose in product(("left", "right"), ("own", "other")):
        assert reread[side][whose]["bits"] == pytest.approx(found[side][whose]["bits"], rel=1e-3)


def test_the_perplexity_of_a_text_is_llama_cpps_own(home: Path, starter: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text(TEXT + "\n")
    done = run(("surprise", PAIR[0], PAIR[0], "--text", str(text), "--json"), environ_for(home))
    assert done.returncode == 0, done.stderr
    smallest = min(starter.glob("*.gguf"), key=lambda path: path.stat().st_size)
    command = (sys.executable, str(ORACLE), str(smallest), "512")
    said = subprocess.run(command, input=TEXT.encode(), stdout=subprocess.PIPE, check=True).stdout.split()
    total, count = float(said[0]), int(said[1])
    for side in ("left", "right"):
        found = json.loads(done.stdout)[side]["text"]
        assert found["tokens"] == count
        assert found["perplexity"] == pytest.approx(math.exp(-total / count), rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        ((), 2, "Name LEFT, RIGHT and a PROMPT"),
        (PAIR, 2, "Name LEFT, RIGHT and a PROMPT"),
        ((*PAIR, "hi", "--conversation", "1"), 2, "Name LEFT, RIGHT and a PROMPT"),
        ((*PAIR, "  "), 2, "The prompt is empty"),
        ((*PAIR, "--text", "/nowhere"), 2, "cannot be read"),
        (("no-such-model", PAIR[0], "hi"), 2, "no-such-model"),
        (("--conversation", "77"), 1, "There is no conversation 77"),
    ],
)
def test_what_cannot_be_read_is_told(home: Path, arguments: tuple[str, ...], status: int, complaint: str) -> None:
    done = run(("surprise", *arguments), environ_for(home))
    assert done.returncode == status
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
