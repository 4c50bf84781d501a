"""A blind session on a pseudo-terminal: no byte of it tells the sides apart before the vote."""

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from tests.end_to_end.conftest import DUOCHAT, PAIR, environ_for, run
from tests.terminal import Terminal
from tui.amounts import size

CTRL_P, CTRL_Q, CTRL_S, ESCAPE = "\x10", "\x11", "\x13", "\x1b"
F1, F2, F8, LEFT, UP, DOWN = "\x1bOP", "\x1bOQ", "\x1b[19~", "\x1b[D", "\x1b[A", "\x1b[B"
ASKED = "Which is better?"
MODELS = """
[[model]]
id = "fox-0.6b"
name = "Qwen3 Fox 0.6B"
maker = "Alibaba Cloud"
country = "CN"
params = "0.6B"
quant = "Q5_K_M"
license = "apache-2.0"
path = "{fox}"

[[model]]
id = "owl-1b"
name = "Kauzchen 1B"
maker = "Eulenwerk"
country = "DE"
params = "1B"
quant = "Q3_K_S"
license = "owl-terms"
path = "{owl}"
"""
SHOWN = (
    *("fox", "owl", "Qwen", "Kauzchen", "0.6B", "1B", "Q5_K_M", "Q3_K_S", ".gguf", "Alibaba", "Eulenwerk"),
    *("通义", "千问", "阿里", "CN", "DE", "apache", "owl-terms", "tok/s", "thought"),
)
"""What an open session shows of two models, besides the sizes of their files."""
TELLING = (*SHOWN, "fox-0.6b", "owl-1b", "tiny", "shared", "alone", "first 0", "/512", "tokens", "Hm,")
STARTERS = (
    *("smollm", "qwen", "coder", "135M", "0.5B", "Q4_1", "Q4_K_M", ".gguf", "98 MB", "491 MB"),
    *("Hugging", "Alibaba", "QuantFactory", "US/FR", "CN", "apache", "tok/s", "shared", "first 0", "/4.1k"),
)
COPIED = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
MOVING = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def found(words: Sequence[str], terminal: Terminal) -> list[str]:
    """Those of `words` that were copied, or that stand in the bytes, moves and colors left out or taken for gaps."""
    written = terminal.raw.decode("utf-8", "replace")
    copied = [base64.b64decode(each).decode() for each in COPIED.findall(written)]
    rest = COPIED.sub("", written)
    texts = (MOVING.sub("", rest), MOVING.sub(" ", rest), *copied)
    return [word for word in words if any(pattern(word).search(text) for text in texts)]


def pattern(word: str) -> re.Pattern[str]:
    """Finds `word` in other words, too, unless it is a figure or an abbreviation, and not as memory held in all."""
    whole = word.isupper() or any(map(str.isdigit, word))
    edges = (r"(?<![\w.])", r"(?!\w| in all)") if whole and word[0].isalnum() else ("", "")
    return re.compile(re.escape(word).join(edges), 0 if word.isupper() else re.IGNORECASE)


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A home whose catalogue knows two tiny models that say who they are, one of them after thinking."""
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    fox = ["我是通义", "千问，由阿里", "云开发。", "I am Qwen", ":", " it is seven", "."]
    owl = ["<think>", "Hm, Kauzchen", "</think>", "As Kauz", "chen, I was", " trained by Eulenwerk, say", " eight"]
    paths = {
        "fox": tiny.write(tmp_path / "fox.gguf", script={"\n": fox}),
        "owl": tiny.write(tmp_path / "owl.gguf", template=tiny.THINKING, script={"\n": owl}),
    }
    models = MODELS.format(**{name: path.as_posix() for name, path in paths.items()})
    (home / "config" / "models.toml").write_text(models, encoding="utf-8")
    return home


def sizes(home: Path) -> list[str]:
    """How large the files of the two tiny models are, as the card of each says it."""
    return [size(file.stat().st_size) for file in home.parent.glob("*.gguf")]


def exchanges(home: Path) -> list[dict[str, Any]]:
    """What the archive has of the conversation."""
    exported = run(("history", "export", "1", "--format", "json"), environ_for(home))
    kept: list[dict[str, Any]] = json.loads(exported.stdout)["exchanges"]
    return kept


def test_two_models_that_say_who_they_are_stay_unknown_until_the_vote(pair: Path) -> None:
    with Terminal([*DUOCHAT, "fox-0.6b", "owl-1b", "--blind"], environ_for(pair)) as terminal:
        terminal.wait_for(lambda text: text.count("│ ready ") == 2)
        terminal.send("Who wins?\r")
        terminal.wait_for(ASKED)
        terminal.wait_for(lambda text: "is seven" in text and "say eight" in text)
        terminal.send(F2)
        terminal.wait_for("Sent ")
        terminal.send(CTRL_S)
        terminal.wait_for("Saved")
        terminal.send(F1)
        terminal.wait_for("Esc closes")
        terminal.send(ESCAPE)
        terminal.wait_for(lambda text: "Esc closes" not in text)
        terminal.send(CTRL_P)
        terminal.wait_for("The left answer is better")
        terminal.send(ESCAPE)
        terminal.wait_for(lambda text: "The left answer is better" not in text)
        assert not found((*TELLING, *sizes(pair)), terminal)
        assert COPIED.search(terminal.raw.decode()), "what was copied was searched, too"
        shown = terminal.text.splitlines()
        row = next(line for line in shown if "is seven" in line or "say eight" in line)
        seven_left = "seven" in row[: len(row) // 2] if "is seven" in row else "eight" in row[len(row) // 2 :]
        terminal.send(LEFT)
        terminal.wait_for("the better answer")
        terminal.wait_for("我是通义千问，由阿里云开发。I am Qwen: it is seven.")
        terminal.wait_for("As Kauzchen, I was trained by Eulenwerk, say eight")
        after = terminal.wait_for(lambda text: text.count("tok/s") == 2 and "Q5_K_M · apache-2.0 · CN" in text)
        titles = after.splitlines()[0]
        fox, owl = titles.index("Qwen3 Fox 0.6B"), titles.index("Kauzchen 1B")
        assert (fox < owl) == seven_left
        terminal.send("And now?\r")
        terminal.wait_for(ASKED)
        assert not [word for word in ("Q5_K_M", "Q3_K_S", "tok/s") if word in terminal.text]
        terminal.send("1 or 2=0, now?\r")
        terminal.wait_for(lambda text: text.count("is seven") == 3 and ASKED in text)
        terminal.send(UP)
        terminal.wait_for("= a tie")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0
    first, typed, last = exchanges(pair)
    judged = first["judgment"]
    assert judged["verdict"] == ("left" if seven_left else "right")
    assert (judged["blind"], judged["masked"]) == (True, True)
    assert first["question"]["swapped"] != seven_left
    assert typed["judgment"] is None, "typing never votes"
    assert last["judgment"]["verdict"] == "tie"
    names = [path.name for path in (pair / "data" / "transcripts").iterdir()]
    assert len(names) == 2
    assert not [name for name in names if "fox" in name or "owl" in name]


def test_all_that_is_looked_for_is_found_where_names_are_not_hidden(pair: Path) -> None:
    with Terminal([*DUOCHAT, "fox-0.6b", "owl-1b"], environ_for(pair)) as terminal:
        terminal.wait_for(lambda text: text.count("│ ready ") == 2)
        terminal.send("Who wins?\r")
        terminal.wait_for(lambda text: text.count("│ done ") == text.count("tok/s") == 2 and "thought" in text)
        shown = (*SHOWN, *sizes(pair))
        assert found(shown, terminal) == [*shown]
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0


def test_the_starter_pair_stays_unknown_until_the_vote(greedy: Path) -> None:
    with Terminal([*DUOCHAT, *PAIR, "--blind"], environ_for(greedy), columns=80, rows=24) as terminal:
        terminal.wait_for(lambda text: text.count("│ ready ") == 2)
        terminal.send("Who are you, and who made you? Say it in one sentence.\r")
        terminal.wait_for(ASKED)
        assert not found(STARTERS, terminal)
        terminal.send(DOWN)
        terminal.wait_for("✗ both bad")
        terminal.wait_for(lambda text: "SmolLM2 135M" in text and "Qwen2.5 Coder 0.5B" in text)
        terminal.send("Write a very long story about a lighthouse.\r")
        terminal.wait_for("answering 1 s")
        terminal.send(F8 + ESCAPE)
        terminal.wait_for(ASKED)
        terminal.send(UP)
        terminal.wait_for("= a tie")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_end() == 0
    judged, stopped = (each["judgment"] for each in exchanges(greedy))
    assert (judged["verdict"], judged["blind"]) == ("both bad", True)
    assert (stopped["verdict"], stopped["blind"]) == ("tie", False), "how far they came tells their speed"
