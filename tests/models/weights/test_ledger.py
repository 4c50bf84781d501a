"""An entry of the ledger holds while its file does not change."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ticks import after_tick
from tui.models.weights.ledger import Ledger
from tui.models.weights.stamps import stamp_of

SHA256 = "ab" * 32


def remembered(folder: Path, path: Path) -> Ledger:
    """Return a ledger with an entry about the file at `path`."""
    ledger, stamp = Ledger(folder / "verified"), stamp_of(path)
    assert stamp is not None
    ledger.remember(path, stamp, SHA256)
    return ledger


def backdate(path: Path) -> Path:
    """Give the file the modification time of these tests."""
    os.utime(path, ns=(1, 1))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    backdate(file)
    return file


def entry_file(folder: Path) -> Path:
    (file,) = (folder / "verified").iterdir()
    return file


def test_entry_holds_while_the_file_is_unchanged(tmp_path: Path, path: Path) -> None:
    remembered(tmp_path, path)
    entry = Ledger(tmp_path / "verified").current(path)
    assert entry is not None
    assert (entry.path, entry.sha256, entry.stamp) == (str(path), SHA256, stamp_of(path))


def test_entry_holds_for_one_file_only(tmp_path: Path, path: Path) -> None:
    ledger = remembered(tmp_path, path)
    other = tmp_path / "other.gguf"
    other.hardlink_to(path)
    assert ledger.current(other) is ledger.last(other) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"GGUF!"),
        lambda path: path.write_bytes(b"FUGG"),
        Path.touch,
        lambda path: path.write_bytes(b"FUGG") and backdate(path),
        lambda path: path.chmod(0o640),
        lambda path: path.with_name("other").hardlink_to(path),
        Path.unlink,
        lambda path: path.rename(path.with_name("old")) and path.write_bytes(b"GGUF") and backdate(path),
    ],
    ids=["grown", "overwritten", "touched", "overwritten with its old time", "mode", "link", "gone", "replaced"],
)
def test_entry_of_a_changed_file_does_not_hold(tmp_path: Path, path: Path, change: Callable[[Path], object]) -> None:
    ledger = remembered(tmp_path, path)
    change(after_tick(path))
    assert ledger.current(path) is None
    last = ledger.last(path)
    assert last is not None
    assert last.sha256 == SHA256


@pytest.mark.parametrize("place", [0, 70, 90, -2])
def test_damaged_entry_counts_as_missing(tmp_path: Path, path: Path, place: int) -> None:
    ledger = remembered(tmp_path, path)
    content = bytearray(entry_file(tmp_path).read_bytes())
    content[place] ^= 1
    entry_file(tmp_path).write_bytes(content)
    assert ledger.last(path) is ledger.current(path) is None


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 4096, b"[]"])
def test_garbage_counts_as_missing(tmp_path: Path, path: Path, content: bytes) -> None:
    ledger = remembered(tmp_path, path)
    entry_file(tmp_path).write_bytes(content)
    assert ledger.current(path) is None


def test_ledger_that_cannot_be_written_remembers_nothing(tmp_path: Path, path: Path) -> None:
    (tmp_path / "verified").write_text("in the way")
    assert remembered(tmp_path, path).last(path) is None


def test_file_name_that_is_not_utf8_is_recorded(tmp_path: Path, path: Path) -> None:
    odd = path.rename(tmp_path / os.fsdecode(b"m\xff.gguf"))
    assert remembered(tmp_path, odd).current(odd) is not None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_entries_are_private_under_any_umask(tmp_path: Path, path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        remembered(tmp_path, path)
    finally:
        os.umask(before)
    assert entry_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert entry_file(tmp_path).parent.stat().st_mode & 0o777 == 0o700
