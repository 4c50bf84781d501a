"""Unusable installations of llama.cpp: one sentence with the reason and the next step, from real child processes."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests import tiny
from tests.broken_engine import Break, another_library, another_processor, no_library, no_package, text_for_library
from tests.engine.asking import load
from tests.engines import engine as made
from tui.chat.events import Failed, Loaded
from tui.engine.installation import check_installed, unusable
from tui.engine.process.describe import describe
from tui.engine.wire import EngineFacts

INSTALL = f"install it with `{sys.executable} -m pip install llama-cpp-python=="
INSTALL_AGAIN = f"`{sys.executable} -m pip install --force-reinstall --no-deps --no-cache-dir llama-cpp-python=="
CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


@pytest.mark.parametrize(
    ("break_engine", "reason", "step"),
    [
        (no_package, "No module named 'llama_cpp", INSTALL),
        (no_library, "Shared library with base name 'llama' not found", "unset it, or put llama.cpp's libraries there"),
        (text_for_library, "invalid ELF header", "LLAMA_CPP_LIB_PATH is set to"),
        (another_library, "undefined symbol: llama_", "LLAMA_CPP_LIB_PATH is set to"),
        (another_processor, "Illegal instruction: perhaps it was built for another processor", INSTALL_AGAIN),
    ],
)
async def test_describe_gives_the_reason_and_the_next_step(
    tmp_path: Path, break_engine: Break, reason: str, step: str
) -> None:
    sentence = await describe(break_engine(tmp_path, os.environ))
    assert isinstance(sentence, str)
    assert sentence.startswith("llama.cpp cannot be used here (")
    assert reason in sentence
    assert step in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("break_engine", [no_package, no_library, text_for_library, another_library])
async def test_load_fails_with_the_sentence_of_describe(tmp_path: Path, break_engine: Break) -> None:
    environ = break_engine(tmp_path, os.environ)
    engine = made(tiny.write(tmp_path / "m.gguf"), environ=environ)
    assert await load(engine) == Failed(str(await describe(environ)))
    assert engine.pid is None


async def test_load_on_another_processor_names_the_command_to_compile(tmp_path: Path) -> None:
    environ = another_processor(tmp_path, os.environ)
    failed = await load(made(tiny.write(tmp_path / "m.gguf"), environ=environ))
    assert isinstance(failed, Failed)
    assert "SIGILL" in failed.message
    assert f"compile it for this machine with `{sys.executable} -m pip install --force-reinstall" in failed.message


async def test_usable_engine_is_described_and_loads(tmp_path: Path) -> None:
    check_installed()
    assert isinstance(await describe(os.environ), EngineFacts)
    engine = made(tiny.write(tmp_path / "m.gguf"))
    assert isinstance(await load(engine), Loaded)
    await engine.close()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.kill(os.getpid(), 9)", "(its process ended: Killed)"),
        ("sys.exit('first line\\nlast line')", "(last line)"),
    ],
)
async def test_child_process_that_ends_without_an_answer_gives_its_reason(
    tmp_path: Path, code: str, reason: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\nimport os, sys\n{code}\n")
    python.chmod(0o700)
    assert reason in str(await describe(os.environ, python=str(python)))


async def test_child_process_that_cannot_be_started_is_one_sentence(tmp_path: Path) -> None:
    sentence = await describe(os.environ, python=str(tmp_path / "nothing"))
    assert sentence == (
        "llama.cpp cannot be tried here (No such file or directory): close other programs and try again."
    )


def test_version_to_install_is_the_tested_one() -> None:
    tested = re.search(r"^llama_cpp_python==(.+)$", CONSTRAINTS.read_text(), re.MULTILINE)
    assert tested is not None
    assert f"llama-cpp-python=={tested[1]}`" in unusable("broken", {})


def test_reason_of_several_lines_becomes_one_line() -> None:
    assert unusable("one\n  two", {}).startswith("llama.cpp cannot be used here (one two): ")
