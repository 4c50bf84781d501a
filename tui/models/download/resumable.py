"""Resumable, verified downloads of one file: a part file named by its future hash, moved into place when whole."""

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import TypeVar

from filelock import FileLock, Timeout

from tui import paths
from tui.models.download.events import FetchError, Note, Progress, Verifying
from tui.models.download.ranged_request import Interrupted, Restart, Transfer
from tui.models.local import part_file, sha256_of

T = TypeVar("T")
Tell = Callable[[Note | Progress | Verifying], None]

_MAGIC = b"GGUF"
_WORTH_A_RETRY = 256 * 1024
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to put up with a server: `tries` failures in a row, waits from `first` to at most `longest` seconds."""

    tries: int = 6
    first: float = 0.5
    longest: float = 30.0

    def wait(self, failures: int, asked: float | None = None) -> float:
        """Seconds before the next try: what the server asked for, else doubling; capped either way."""
        return min(self.longest, asked if asked is not None else self.first * 2 ** max(0, failures - 1))


@contextmanager
def claim(sha256: str, size: int | None, tell: Tell) -> Iterator[None]:
    """Holds the one right to fetch the weights with this hash, waiting while another duochat has it.

    The lock's file goes when the weights are whole: who waits on it then finds them. (Windows removes no file in use.)
    """
    file = paths.private_dir(paths.downloads_dir()) / f"{sha256}.lock"
    lock = FileLock(file, mode=0o600)
    if not _acquired(lock, 0):
        tell(Note("another duochat is fetching this model; waiting for it"))
        while not _acquired(lock, _POLL_S):
            tell(Progress(size_of(part_file(sha256)), size or 0, "another duochat"))
    try:
        yield
        with suppress(PermissionError):
            file.unlink(missing_ok=True)
    finally:
        lock.release()


def _acquired(lock: FileLock, timeout: float) -> bool:
    try:
        lock.acquire(timeout=timeout, poll_interval=_POLL_S / 2)
    except Timeout:
        return False
    return True


def size_of(file: Path) -> int:
    """Bytes of `file`, 0 where there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def receive(transfer: Transfer, part: Path, patience: Patience, tell: Tell) -> None:
    """Brings `part` to the size of the file behind `transfer`, through cuts and stalls.

    Raises `FetchError` when the server's answers cannot be the file, the disk is full, or patience runs out.
    """
    failures = 0
    while (have := size_of(part)) < transfer.size:
        try:
            _append(transfer, part, have, tell)
        except Restart as restart:
            failures += 1
            part.unlink(missing_ok=True)
            _back_off(Interrupted(f"{restart}; starting over"), failures, patience, tell)
        except Interrupted as cut:
            failures = 1 if size_of(part) - have >= _WORTH_A_RETRY else failures + 1
            _back_off(cut, failures, patience, tell)


def persist(work: Callable[[], T], patience: Patience, tell: Tell) -> T:
    """What `work` returns in the end, however often it is interrupted; raises `FetchError` when patience runs out."""
    failures = 0
    while True:
        try:
            return work()
        except Interrupted as cut:
            failures += 1
            _back_off(cut, failures, patience, tell)


def _back_off(cut: Interrupted, failures: int, patience: Patience, tell: Tell) -> None:
    if failures >= patience.tries:
        often = f", {failures} times in a row" if failures > 1 else ""
        raise FetchError(
            f"{cut.reason}{often}",
            "Check the network and its proxy, or set HF_ENDPOINT to a mirror, and run it again; what came in is kept.",
        )
    wait = patience.wait(failures, cut.retry_after)
    asked = f" (it asks for {cut.retry_after:.0f} s)" if cut.retry_after else ""
    tell(Note(f"{cut.reason}{asked}; trying again in {wait:.1f} s"))
    time.sleep(wait)


def _append(transfer: Transfer, part: Path, have: int, tell: Tell) -> None:
    """Writes what one request brings; unbuffered, so that whatever ends this process, what came in is kept."""
    mode, opener = "r+b" if have else "wb", paths.private_opener
    with transfer.open(have) as body, writing(part), open(part, mode, buffering=0, opener=opener) as file:
        if body.start != have:
            tell(Note(f"{body.host} cannot continue a download; starting over"))
            file.truncate(0)
        done = file.seek(body.start)
        tell(Note(f"receiving from {body.host}"))
        for chunk in body.chunks:
            _check(chunk, done, transfer.size, part, body.host)
            file.write(chunk)
            done += len(chunk)
            tell(Progress(done, transfer.size, body.host))
    if done < transfer.size:
        raise Interrupted(f"{body.host} stopped after {done} of {transfer.size} bytes")


def _check(chunk: bytes, done: int, size: int, part: Path, host: str) -> None:
    """Raises, and drops what came in, when `chunk` at byte `done` shows that these are not the weights."""
    if done == 0 and not chunk.startswith(_MAGIC[: len(chunk)]):
        reason = f"{host} sent something else than GGUF weights"
    elif done + len(chunk) > size:
        reason = f"{host} sent more than the {size} bytes expected"
    else:
        return
    part.unlink(missing_ok=True)
    raise FetchError(reason, "If this network asks to log in, do so in a browser, then try again.")


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Turns a disk that is full or refuses into a `FetchError`."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise FetchError(
                f"the disk of {file.parent} is full", "Free some space and run it again.", final=True
            ) from error
        raise FetchError(
            f"{file} cannot be written ({error.strerror})", "Check its folder and disk.", final=True
        ) from error


def ensure_space(folder: Path, needed: int, file: str) -> None:
    """Raises `FetchError` with both numbers unless the disk of `folder` has `needed` bytes free."""
    free = shutil.disk_usage(_existing(folder)).free
    if free < needed:
        raise FetchError(
            f"{file} needs {megabytes(needed)} more and the disk of {folder} has {megabytes(free)} free",
            "Free some space, or set HF_HOME and DUOCHAT_HOME to a larger disk.",
            final=True,
        )


def is_same_disk(one: Path, other: Path) -> bool:
    """Whether two folders, which need not exist yet, lie on one disk."""
    return _existing(one).stat().st_dev == _existing(other).stat().st_dev


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def megabytes(size: int) -> str:
    """`size` bytes in millions, as people read disks."""
    return f"{size / 1e6:,.1f} MB"


def has_hash(file: Path, sha256: str, tell: Tell) -> bool:
    """Whether the bytes of `file` have the hash `sha256`."""
    total = file.stat().st_size
    return sha256_of(file, lambda done: tell(Verifying(done, total))) == sha256


def check_hash(file: Path, sha256: str, tell: Tell) -> None:
    """Removes `file` and raises `FetchError` unless its hash is `sha256`."""
    if not has_hash(file, sha256, tell):
        file.unlink()
        raise FetchError("the weights that came in have a wrong checksum and were thrown away", "Try again.")


def move_into_place(part: Path, target: Path, *, shared: bool) -> None:
    """Make `part` durable and then, in one step, `target`; onto another disk by way of a copy beside the target.

    A `shared` target gets the mode that new files have in its folder, as in the hub's library; any other stays private.
    """
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if shared:
            _share(part, target.parent)
        _sync(part)
        try:
            part.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_into_place(part, target)
        _sync(target.parent)


def _share(file: Path, folder: Path) -> None:
    """Give `file` the mode of a new file in `folder`; where the disk has no modes, leave it."""
    probe = folder / f"{file.name}.duochat"
    probe.touch()
    with suppress(OSError):
        file.chmod(S_IMODE(probe.stat().st_mode))
    probe.unlink()


def _copy_into_place(part: Path, target: Path) -> None:
    copy = target.with_name(f"{target.name}.duochat")
    copy.touch(mode=0o600)
    shutil.copy(part, copy)
    _sync(copy)
    copy.replace(target)
    part.unlink()


def _sync(place: Path) -> None:
    """Waits until `place` is on the disk; Windows cannot open a folder, and orders renames itself."""
    if place.is_dir() and os.name == "nt":
        return
    handle = os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
