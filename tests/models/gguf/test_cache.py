"""A header is read once: what is kept of it is believed only while nothing about it or its file has changed."""

import os
from pathlib import Path

import pytest

from tests.models import weights_files as w
from tests.ticks import after_tick
from tui.models.gguf import metadata
from tui.models.gguf.cache import cached_in


def _kept_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_a_header_is_read_once(tmp_path: Path) -> None:
    path = w.write(tmp_path / "m.gguf", tokenizer__chat_template="{{ é }}", general__sampling__temp=0.5)
    seen: list[Path] = []

    def read(path: Path) -> metadata.Header:
        seen.append(path)
        return metadata.read(path)

    first = cached_in(tmp_path / "kept", read)(path)
    assert cached_in(tmp_path / "kept", read)(path) == first == metadata.read(path)
    assert seen == [path]
    assert _kept_file(tmp_path / "kept").stat().st_mode & 0o777 == 0o600


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path, read = w.write(tmp_path / "m.gguf"), cached_in(tmp_path / "kept")
    assert read(path).name == "Tiny"
    at = after_tick(path).stat().st_mtime_ns
    w.write(path, general__name="Teny")
    os.utime(path, ns=(at, at))
    assert read(path).name == "Teny"
    os.utime(path, ns=(1, 1))
    path.write_bytes(b"GGUF" + path.read_bytes()[4:-1])
    with pytest.raises(metadata.GgufError, match="is cut short"):
        read(path)


@pytest.mark.parametrize("place", [0, 70, 90, -2])
def test_a_damaged_memory_is_not_believed(tmp_path: Path, place: int) -> None:
    path, read = w.write(tmp_path / "m.gguf"), cached_in(tmp_path / "kept")
    header = read(path)
    file = _kept_file(tmp_path / "kept")
    content = bytearray(file.read_bytes())
    whole = bytes(content)
    content[place] ^= 1
    file.write_bytes(content)
    assert read(path) == header
    assert file.read_bytes() == whole


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 4096, b"[]"])
def test_garbage_is_not_believed(tmp_path: Path, content: bytes) -> None:
    path, read = w.write(tmp_path / "m.gguf"), cached_in(tmp_path / "kept")
    header = read(path)
    _kept_file(tmp_path / "kept").write_bytes(content)
    assert read(path) == header


def test_without_a_place_to_keep_it_a_header_is_read_all_the_same(tmp_path: Path) -> None:
    path = w.write(tmp_path / "m.gguf")
    (tmp_path / "kept").write_text("in the way")
    assert cached_in(tmp_path / "kept")(path) == metadata.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(metadata.GgufError, match="There is no file"):
        cached_in(tmp_path / "kept")(tmp_path / "m.gguf")


def test_a_name_that_no_text_can_hold_is_no_hindrance(tmp_path: Path) -> None:
    path = w.write(tmp_path / os.fsdecode(b"m\xff.gguf"))
    read = cached_in(tmp_path / "kept")
    assert read(path) == read(path) == metadata.read(path)
