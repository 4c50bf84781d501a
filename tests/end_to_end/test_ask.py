"""`duochat ask` with the real starter pair."""

import json
import os
import signal
import subprocess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.end_to_end.conftest import DUOCHAT, PAIR, both_write, environ_for, run
from tests.patience import GUARD


def document(home: Path, *arguments: str) -> dict[str, Any]:
    asked = run(("ask", *PAIR, *arguments, "--json"), environ_for(home))
    assert asked.returncode == 0, asked.stderr
    loaded: dict[str, Any] = json.loads(asked.stdout)
    return loaded


def test_both_answer_at_the_same_time_and_the_same_seed_gives_the_same_texts(home: Path) -> None:
    first, second = (document(home, "Name three rivers.", "--seed", "1", "--max-tokens", "80") for _ in range(2))
    left, right = first["left"], first["right"]
    assert first["wall_ms"] < sum(side["ended_ms"] - side["started_ms"] for side in (left, right))
    assert {left["timing"], right["timing"]} == {"shared"}
    assert left["text"]
    assert right["text"]
    for side in ("left", "right"):
        assert first[side]["text"] == second[side]["text"]
        assert first[side]["sampling"]["seed"] == {"value": 1, "from": "user"}
        assert first[side]["completion_tokens"] <= 80
        assert first[side]["finish_reason"] in {"stop", "length"}
    assert left["weights"]["sha256"] == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    assert (left["model"], right["model"]) == PAIR


def test_chinese_and_emoji_go_in_and_come_back_whole(home: Path, tmp_path: Path) -> None:
    prompt = "用中文写一句话介绍长江。 🌊 e\u0301"
    saved = tmp_path / "talk.json"
    said = document(home, prompt, "--seed", "3", "--max-tokens", "60", "--save", str(saved))
    assert said["prompt"] == prompt
    kept = json.loads(saved.read_text("utf-8"))
    assert kept["exchanges"][0]["question"]["text"] == prompt
    assert kept["exchanges"][0]["right"]["text"] == said["right"]["text"]
    assert any("\u4e00" <= each <= "\u9fff" for each in said["right"]["text"])
    shown = run(("history", "show", str(said["conversation"])), environ_for(home))
    assert prompt in shown.stdout
    assert "\x1b" not in shown.stdout


def test_bytes_that_are_no_text_leave_the_document_whole(home: Path) -> None:
    strict = {**environ_for(home), "PYTHONIOENCODING": "utf-8:strict"}
    asked = run(("ask", *PAIR, "caf\udcff 猫", "--max-tokens", "1", "--json"), strict)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["prompt"] == "caf\udcff 猫"


def test_a_pipe_gets_plain_text(home: Path) -> None:
    asked = run(("ask", *PAIR, "Say hello.", "--max-tokens", "12", "--temperature", "0"), environ_for(home))
    assert asked.returncode == 0
    assert asked.stdout.startswith("[left] SmolLM2 135M\n")
    assert "[right] Qwen2.5 Coder 0.5B\n" in asked.stdout
    assert "\x1b" not in asked.stdout + asked.stderr


def worker_of(process: subprocess.Popen[str], weights: str) -> int | None:
    """The pid of the child of `process` that has the file `weights` mapped."""
    for entry in Path("/proc").iterdir():
        try:
            ours = entry.name.isdigit() and f"\nPPid:\t{process.pid}\n" in (entry / "status").read_text()
            if ours and weights in (entry / "maps").read_text():
                return int(entry.name)
        except OSError:
            continue
    return None


@pytest.fixture
def asking(home: Path) -> subprocess.Popen[str]:
    """A command that asks for two long answers."""
    return subprocess.Popen(
        [*DUOCHAT, "ask", *PAIR, "Write a long story about the sea.", "--seed", "5", "--max-tokens", "300", "--json"],
        env=environ_for(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_both_write(home: Path) -> None:
    """Returns once the archive holds the beginnings of both answers to the first question."""
    until = monotonic() + GUARD
    while not both_write(home):
        assert monotonic() < until, "no answers came"
        sleep(0.02)


def test_a_killed_worker_costs_one_side(asking: subprocess.Popen[str], home: Path) -> None:
    wait_until_both_write(home)
    victim = worker_of(asking, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32")
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    out, _ = asking.communicate(timeout=GUARD)
    assert asking.returncode == 1
    said = json.loads(out)
    assert said["right"]["finish_reason"] == "failed"
    assert "SIGKILL" in said["right"]["error"]
    assert said["left"]["finish_reason"] in {"stop", "length"}
    exported = run(("history", "export", str(said["conversation"]), "--format", "json"), environ_for(home))
    kept = json.loads(exported.stdout)["exchanges"][0]
    assert kept["question"]["text"] == "Write a long story about the sea."
    assert kept["right"]["finish_reason"] == "failed"
    assert kept["right"]["text"] == said["right"]["text"]


def test_sigterm_keeps_what_was_said(asking: subprocess.Popen[str], home: Path) -> None:
    wait_until_both_write(home)
    asking.send_signal(signal.SIGTERM)
    asking.communicate(timeout=GUARD)
    assert asking.returncode == 128 + signal.SIGTERM
    exported = run(("history", "export", "1", "--format", "json"), environ_for(home))
    answers = json.loads(exported.stdout)["exchanges"][0]
    assert "interrupted" in {answers["left"]["finish_reason"], answers["right"]["finish_reason"]}
