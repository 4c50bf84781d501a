"""The cache of GGUF headers: an entry holds while neither it nor its file changed."""

import hashlib
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


def test_header_is_read_once(tmp_path: Path) -> None:
    path = w.write(tmp_path / "m.gguf", tokenizer__chat_template="{{ é }}", general__sampling__temp=0.5)
    seen: list[Path] = []

    def read(path: Path) -> metadata.Header:
        seen.append(path)
        return metadata.read(path)

    first = cached_in(tmp_path / "kept", read)(path)
    assert cached_in(tmp_path / "kept", read)(path) == first == metadata.read(path)
    assert seen == [path]
    assert _kept_file(tmp_path / "kept").stat().st_mode & 0o777 == 0o600


def test_changed_file_is_read_again(tmp_path: Path) -> None:
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
def test_damaged_entry_is_replaced(tmp_path: Path, place: int) -> None:
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
def test_garbage_counts_as_missing(tmp_path: Path, content: bytes) -> None:
    path, read = w.write(tmp_path / "m.gguf"), cached_in(tmp_path / "kept")
    header = read(path)
    _kept_file(tmp_path / "kept").write_bytes(content)
    assert read(path) == header


def test_entry_of_duochat_0_1_is_replaced(tmp_path: Path) -> None:
    path, read = w.write(tmp_path / "m.gguf"), cached_in(tmp_path / "kept")
    header = read(path)
    file = _kept_file(tmp_path / "kept")
    current = file.read_bytes()
    content = b'{"format":2,"stamp":[1,2,3],"header":{}}'
    file.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    assert read(path) == header
    assert file.read_bytes() == current


def test_header_is_read_without_a_cache_folder(tmp_path: Path) -> None:
    path = w.write(tmp_path / "m.gguf")
    (tmp_path / "kept").write_text("in the way")
    assert cached_in(tmp_path / "kept")(path) == metadata.read(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(metadata.GgufError, match="There is no file"):
        cached_in(tmp_path / "kept")(tmp_path / "m.gguf")


def test_file_name_that_is_not_utf8_is_cached(tmp_path: Path) -> None:
    path = w.write(tmp_path / os.fsdecode(b"m\xff.gguf"))
    read = cached_in(tmp_path / "kept")
    assert read(path) == read(path) == metadata.read(path)
