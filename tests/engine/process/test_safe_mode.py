"""What crashed is remembered for one build of llama.cpp on one processor."""

import os
from pathlib import Path

import pytest

from tui.engine.cpu import Processor, processor
from tui.engine.process.safe_mode import Cause, SafeMode

CAUSE = Cause("SIGILL", "loading")

XEON = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) Processor
flags\t\t: fpu avx2 avx512f amx_tile amx_int8

processor\t: 1
flags\t\t: other
"""

ARM = """\
processor\t: 0
BogoMIPS\t: 50.00
Features\t: fp asimd asimddp
CPU implementer\t: 0x41
CPU part\t: 0xd40
"""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A folder with the libraries of a build."""
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "libllama.so").write_bytes(b"one build")
    return folder


def test_crash_is_remembered_across_programs(tmp_path: Path) -> None:
    SafeMode(tmp_path / "state", os.environ).remember(CAUSE)
    assert SafeMode(tmp_path / "state", os.environ).recall() == CAUSE
    (file,) = (tmp_path / "state").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_another_build_is_tried_anew(tmp_path: Path, build: Path) -> None:
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


def test_folder_that_cannot_be_made_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    memory = SafeMode(tmp_path / "state", os.environ)
    memory.remember(CAUSE)
    assert memory.recall() is None


def test_processor_is_read_from_its_first_entry(tmp_path: Path) -> None:
    (tmp_path / "xeon").write_text(XEON)
    (tmp_path / "arm").write_text(ARM)
    xeon, arm = processor(tmp_path / "xeon"), processor(tmp_path / "arm")
    assert xeon.features == {"fpu", "avx2", "avx512f", "amx_tile", "amx_int8"}
    assert "Intel(R) Xeon(R) Processor" in xeon.identity
    assert arm.features == {"fp", "asimd", "asimddp"}
    assert "0xd40" in arm.identity


def test_processor_without_cpuinfo_has_no_known_features(tmp_path: Path) -> None:
    found = processor(tmp_path / "missing")
    assert isinstance(found, Processor)
    assert found.features == frozenset()
