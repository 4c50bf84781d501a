"""A crash is recorded for one build of llama.cpp on one processor."""

import os
from pathlib import Path

import pytest

from tui.engine.process.safe_mode import Cause, SafeMode

CAUSE = Cause("SIGILL", "loading")


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Create a folder with the library of a build."""
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "libllama.so").write_bytes(b"one build")
    return folder


def test_recorded_crash_is_read_by_another_program(tmp_path: Path) -> None:
    SafeMode(tmp_path / "state", os.environ).remember(CAUSE)
    assert SafeMode(tmp_path / "state", os.environ).recall() == CAUSE
    (file,) = (tmp_path / "state").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_record_is_void_for_another_build(tmp_path: Path, build: Path) -> None:
    memory = SafeMode(tmp_path / "state", {"LLAMA_CPP_LIB_PATH": str(build)})
    memory.remember(CAUSE)
    assert memory.recall() == CAUSE
    assert SafeMode(tmp_path / "state", {}).recall() is None
    (build / "libllama.so").write_bytes(b"another build")
    assert memory.recall() is None


def test_damaged_record_counts_as_none(tmp_path: Path) -> None:
    memory = SafeMode(tmp_path, os.environ)
    memory.remember(CAUSE)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert memory.recall() is None


def test_folder_that_cannot_be_created_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    memory = SafeMode(tmp_path / "state", os.environ)
    memory.remember(CAUSE)
    assert memory.recall() is None
