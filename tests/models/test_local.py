"""Where weights are found: the hub's cache in all its layouts, duochat's own folder, a named path."""

import hashlib
from pathlib import Path

import pytest

from tui.models import local
from tui.models.catalogue.spec import ModelSpec

CONTENT = b"GGUF weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PINNED, OTHER = "a" * 40, "b" * 40
SPEC = ModelSpec(id="m", name="M", repo="o/r", file="sub/m.gguf", size=len(CONTENT), sha256=SHA256, revision=PINNED)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache; duochat's own folders are empty, too."""
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path / "own"))
    return tmp_path / "hub"


def _environ(cache: Path) -> dict[str, str]:
    return {"HF_HUB_CACHE": str(cache)}


def _blob(cache: Path, name: str = SHA256, content: bytes = CONTENT) -> Path:
    blob = cache / "models--o--r" / "blobs" / name
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    return blob


def _snapshot(cache: Path, revision: str, target: Path | None = None) -> Path:
    """Create the model's file in a snapshot: a link to `target`, or a plain file as on disks without links."""
    file = cache / "models--o--r" / "snapshots" / revision / "sub" / "m.gguf"
    file.parent.mkdir(parents=True)
    if target is None:
        file.write_bytes(CONTENT)
    else:
        file.symlink_to(target)
    return file


def _main(cache: Path, revision: str) -> None:
    ref = cache / "models--o--r" / "refs" / "main"
    ref.parent.mkdir(parents=True)
    ref.write_text(revision)


def _without(*keys: str) -> ModelSpec:
    values = {key: getattr(SPEC, key) for key in ("repo", "file", "size", "sha256", "revision") if key not in keys}
    return ModelSpec(id="m", name="M", **values)


def test_missing_weights_are_absent(cache: Path) -> None:
    assert local.find(SPEC, _environ(cache)) is None
    assert local.state(SPEC, _environ(cache)) == "absent"


def test_pinned_revision_is_preferred(cache: Path) -> None:
    blob = _blob(cache)
    _snapshot(cache, OTHER, blob)
    pinned = _snapshot(cache, PINNED, blob)
    assert local.find(SPEC, _environ(cache)) == pinned
    assert local.state(SPEC, _environ(cache)) == "ready"


def test_another_revision_with_the_same_blob_is_found(cache: Path) -> None:
    other = _snapshot(cache, OTHER, _blob(cache))
    assert local.find(SPEC, _environ(cache)) == other


def test_blob_without_a_snapshot_is_found(cache: Path) -> None:
    blob = _blob(cache)
    assert local.find(SPEC, _environ(cache)) == blob


def test_link_to_another_blob_of_the_same_size_is_not_found(cache: Path) -> None:
    _snapshot(cache, PINNED, _blob(cache, name="f" * 64))
    assert local.find(SPEC, _environ(cache)) is None


def test_plain_file_in_the_pinned_snapshot_is_found(cache: Path) -> None:
    plain = _snapshot(cache, PINNED)
    assert local.find(SPEC, _environ(cache)) == plain


def test_plain_file_of_another_revision_is_not_found(cache: Path) -> None:
    _snapshot(cache, OTHER)
    assert local.find(SPEC, _environ(cache)) is None


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"!", b""])
def test_blob_of_another_size_is_not_found(cache: Path, content: bytes) -> None:
    _snapshot(cache, PINNED, _blob(cache, content=content))
    assert local.find(SPEC, _environ(cache)) is None


def test_broken_link_is_not_found(cache: Path) -> None:
    _snapshot(cache, PINNED, cache / "gone" / SHA256)
    assert local.find(SPEC, _environ(cache)) is None


def test_main_is_used_without_hash_and_revision(cache: Path) -> None:
    spec = _without("sha256", "revision", "size")
    blob = _blob(cache, name="f" * 64)
    _snapshot(cache, PINNED, blob)
    latest = _snapshot(cache, OTHER, blob)
    assert local.find(spec, _environ(cache)) is None
    _main(cache, OTHER)
    assert local.find(spec, _environ(cache)) == latest
    assert local.state(spec, _environ(cache)) == "ready"


def test_hostile_ref_is_ignored(cache: Path, tmp_path: Path) -> None:
    _main(cache, "../../../..")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "m.gguf").write_bytes(CONTENT)
    (cache / "models--o--r" / "snapshots").mkdir()
    assert local.find(_without("sha256", "revision"), _environ(cache)) is None


def test_weights_from_the_package_index_are_found(cache: Path) -> None:
    kept = local.own_file(SHA256)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(CONTENT)
    assert local.find(SPEC, _environ(cache)) == kept


def test_named_path_is_the_only_candidate(cache: Path, tmp_path: Path) -> None:
    _blob(cache)
    named = tmp_path / "mine.gguf"
    spec = ModelSpec(id="m", name="M", file="mine.gguf", path=named, repo="o/r", sha256=SHA256)
    assert local.find(spec, _environ(cache)) is None
    named.write_bytes(CONTENT)
    assert local.find(spec, _environ(cache)) == named


def test_unfinished_download_is_partial(cache: Path) -> None:
    part = local.part_file(SHA256)
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:3])
    assert local.state(SPEC, _environ(cache)) == "partial"
    assert local.state(_without("sha256"), _environ(cache)) == "absent"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/c", "HF_HOME": "/b"}, "/c"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/d"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/d"}, "/d/huggingface/hub"),
        ({}, str(Path.home() / ".cache/huggingface/hub")),
        ({"HF_HOME": "~/x"}, str(Path.home() / "x/hub")),
    ],
)
def test_hub_cache_follows_the_variables_of_the_hub_library(environ: dict[str, str], expected: str) -> None:
    assert local.hub_cache(environ) == Path(expected)


def test_hashing_reports_progress(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(CONTENT * 400_000)
    heard: list[int] = []
    assert local.sha256_of(file, heard.append) == hashlib.sha256(CONTENT * 400_000).hexdigest()
    assert heard == [4 * 2**20, file.stat().st_size]
