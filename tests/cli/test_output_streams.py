"""Output is UTF-8 in pipes and files, and has no escape sequences without a terminal or with NO_COLOR."""

import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.archive import sample
from tui.archive.store import Archive
from tui.chat.conversation import Question

COMMANDS = (("models",), ("history", "list"), ("history", "show", "1"))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home with one conversation, and a terminal with colors."""
    (tmp_path / "data").mkdir()
    archive = Archive.open(tmp_path / "data" / "archive.db")
    begun = archive.begin(sample.rivers())
    assert begun.id is not None
    archive.ask(begun.id, Question("长江 é", datetime.now(UTC)), {})
    archive.close()
    return {**os.environ, "DUOCHAT_HOME": str(tmp_path), "TERM": "xterm-256color"}


def on_a_terminal(arguments: tuple[str, ...], environ: dict[str, str]) -> bytes:
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "tui", *arguments], env=environ, stdout=theirs) as process:
        os.close(theirs)
        written = b""
        try:
            while chunk := os.read(ours, 1 << 16):
                written += chunk
        except OSError:
            pass  # on Linux, the other end is closed
        os.close(ours)
    assert process.returncode == 0
    return written


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_color_means_no_escape_sequences(arguments: tuple[str, ...], environ: dict[str, str]) -> None:
    assert b"\x1b" not in on_a_terminal(arguments, {**environ, "NO_COLOR": "1"})


def test_terminal_gets_colors(environ: dict[str, str]) -> None:
    assert b"\x1b[" in on_a_terminal(("models",), {k: v for k, v in environ.items() if k != "NO_COLOR"})


@pytest.mark.parametrize("arguments", COMMANDS[1:], ids=" ".join)
def test_pipe_gets_utf_8_without_escape_sequences(arguments: tuple[str, ...], environ: dict[str, str]) -> None:
    forced = {**environ, "PYTHONIOENCODING": "latin-1:strict", "FORCE_COLOR": "1"}
    command = [sys.executable, "-m", "tui", *arguments]
    written = subprocess.run(command, env=forced, stdout=subprocess.PIPE, check=True).stdout
    assert "长江 é" in written.decode("utf-8")
    assert b"\x1b" not in written


def test_prompt_from_pipe_may_hold_any_bytes(environ: dict[str, str]) -> None:
    strict = {**environ, "PYTHONIOENCODING": "utf-8:strict"}
    command = [sys.executable, "-m", "tui", "ask", "no-such-model", "no-such-model", "-"]
    asked = subprocess.run(command, env=strict, input=b"caf\xff", stderr=subprocess.PIPE, check=False)
    assert asked.returncode == 2
    assert b"no-such-model" in asked.stderr
