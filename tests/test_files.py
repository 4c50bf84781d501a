"""Files are replaced whole or not at all, and are private under any umask."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.files import private_dir, private_opener, replacing, write_private


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
@pytest.mark.parametrize("durable", [True, False])
def test_replaced_file_is_private_and_alone(tmp_path: Path, durable: bool) -> None:
    file = tmp_path / "x.txt"
    file.write_text("old")
    with replacing(file, durable=durable) as part:
        assert part.stat().st_mode & 0o777 == 0o600
        part.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_error_leaves_the_old_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(file) as part:
        part.write_text("half\udc80", encoding="utf-8")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_replacing_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "missing" / "x.txt"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_umask")
def test_private_file_and_its_folders_are_private(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "x"
    write_private(file, b"1")
    write_private(file, b"2")
    assert file.read_bytes() == b"2"
    assert [each.stat().st_mode & 0o777 for each in (file, file.parent, file.parent.parent)] == [0o600, 0o700, 0o700]


@pytest.mark.usefixtures("no_umask")
def test_opener_creates_private_files(tmp_path: Path) -> None:
    with open(tmp_path / "x", "wb", opener=private_opener):
        pass
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_private_dir_leaves_existing_folders_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_dir(tmp_path / "a")
    assert tmp_path.stat().st_mode & 0o777 == 0o755
