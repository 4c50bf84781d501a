"""Lookup of weights on this disk: the hub's cache, duochat's own folder, and paths that the user named."""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from tui import paths
from tui.models.catalogue.spec import ModelSpec

State = Literal["ready", "partial", "absent"]

_CHUNK = 4 * 2**20
_SHA256 = re.compile(r"[0-9a-f]{64}")


def hub_cache(environ: Mapping[str, str]) -> Path:
    """Return the hub cache that the Hugging Face tools share, found by their variables."""
    cache = environ.get("HF_HUB_CACHE") or environ.get("HUGGINGFACE_HUB_CACHE")
    if cache:
        return _expanded(cache)
    home = environ.get("HF_HOME")
    if home:
        return _expanded(home) / "hub"
    return _expanded(environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def _expanded(place: str) -> Path:
    return Path(os.path.expandvars(place)).expanduser()


def part_file(sha256: str) -> Path:
    """Return the path of an unfinished download of the file with this hash."""
    return paths.downloads_dir() / f"{sha256}.part"


def own_file(sha256: str) -> Path:
    """Return the path of weights from the package index with this hash, in duochat's own folder."""
    return paths.weights_dir() / f"{sha256}.gguf"


def find(spec: ModelSpec, environ: Mapping[str, str]) -> Path | None:
    """Return the file with the model's weights, or None; a file of another size than the known one does not count.

    The content is not read; `expected_sha256` says what it must be.
    """
    candidates = iter((spec.path,)) if spec.path is not None else _candidates(spec, environ)
    return next((path for path in candidates if _is_complete(path, spec.size)), None)


def state(spec: ModelSpec, environ: Mapping[str, str]) -> State:
    """Return whether the weights are on this disk: complete, partly downloaded, or not at all."""
    if find(spec, environ) is not None:
        return "ready"
    has_part = spec.path is None and spec.sha256 is not None and part_file(spec.sha256).is_file()
    return "partial" if has_part else "absent"


def expected_sha256(spec: ModelSpec, path: Path) -> str | None:
    """Return the sha256 that the file found at `path` must have, or None if it is not known.

    It comes from the catalogue, or else from the hub cache, where a snapshot links to a blob named by its hash. A path
    that the user named may hold anything.
    """
    if spec.sha256:
        return spec.sha256
    name = None if spec.path is not None else _blob_name(path)
    return name if name is not None and _SHA256.fullmatch(name) else None


def sha256_of(path: Path, progress: Callable[[int], None] = lambda _done: None) -> str:
    """Return the hash of a file's bytes; `progress` gets how many are hashed, and may raise to end it."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress(done)
    return digest.hexdigest()


def _candidates(spec: ModelSpec, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the paths where the weights may lie, the likeliest first."""
    if spec.sha256 is not None:
        yield own_file(spec.sha256)
    if spec.repo is None:
        return
    repo = hub_cache(environ) / f"models--{spec.repo.replace('/', '--')}"
    revision = spec.revision or _main_revision(repo)
    if revision is not None:
        snapshot = repo / "snapshots" / revision / spec.file
        if spec.sha256 is None or _may_be(snapshot, spec.sha256):
            yield snapshot
    if spec.sha256 is not None:
        yield from _named_by_hash(repo, spec.file, spec.sha256)


def _named_by_hash(repo: Path, file: str, sha256: str) -> Iterator[Path]:
    """Yield the links of any revision to the blob with this hash, then the blob itself."""
    blob = repo / "blobs" / sha256
    if blob.is_file():
        links = (repo / "snapshots").glob("*")
        yield from (revision / file for revision in links if _blob_name(revision / file) == sha256)
        yield blob


def _main_revision(repo: Path) -> str | None:
    """Return the commit of `main` at the last download, or None."""
    try:
        commit = (repo / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return commit if commit.isalnum() else None


def _may_be(snapshot: Path, sha256: str) -> bool:
    """Return whether a file in a snapshot can have this hash: a link names its blob, a plain file may be any."""
    return _blob_name(snapshot) in {None, sha256}


def _blob_name(snapshot: Path) -> str | None:
    """Return the name of the blob that a snapshot's file links to, or None if it is not a link."""
    try:
        return snapshot.readlink().name
    except OSError:
        return None


def _is_complete(path: Path, size: int | None) -> bool:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and (found.st_size == size if size is not None else found.st_size > 0)
