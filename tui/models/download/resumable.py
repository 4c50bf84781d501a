"""Resumable, verified downloads of one file: a part file named by its hash, which is renamed when it is complete."""

import errno
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import TypeVar

from filelock import FileLock, Timeout

from tui import amounts, files, paths
from tui.models.download.events import FetchError, Note, Progress, Verifying
from tui.models.download.ranged_request import Interrupted, Restart, Transfer
from tui.models.local import part_file, sha256_of

T = TypeVar("T")
Emit = Callable[[Note | Progress | Verifying], None]

_MAGIC = b"GGUF"
_MIN_PROGRESS = 256 * 1024
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to give up on a server: after `tries` failures in a row, with waits of `first` to `longest` seconds."""

    tries: int = 6
    first: float = 0.5
    longest: float = 30.0

    def wait(self, failures: int, asked: float | None = None) -> float:
        """Return the seconds before the next try: what the server asked for, or else doubled each time; capped."""
        return min(self.longest, asked if asked is not None else self.first * 2 ** max(0, failures - 1))


@contextmanager
def download_lock(sha256: str, size: int | None, emit: Emit) -> Iterator[None]:
    """Hold the lock for the weights with this hash; wait while another duochat holds it.

    Its file is removed when the weights are complete. (Windows removes no file in use.)
    """
    file = files.private_dir(paths.downloads_dir()) / f"{sha256}.lock"
    lock = FileLock(file, mode=0o600)
    if not _acquired(lock, 0):
        emit(Note("another duochat is fetching this model; waiting for it"))
        while not _acquired(lock, _POLL_S):
            emit(Progress(size_of(part_file(sha256)), size or 0, "another duochat"))
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
    """Return the bytes of `file`, 0 if there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def receive(transfer: Transfer, part: Path, policy: RetryPolicy, emit: Emit) -> None:
    """Download the rest of the file behind `transfer` into `part`, through cuts and stalls.

    Raise `FetchError` if the server's answers cannot be the file, the disk is full, or `policy` gives up.
    """
    failures = 0
    while (have := size_of(part)) < transfer.size:
        try:
            _append(transfer, part, have, emit)
        except Restart as restart:
            failures += 1
            part.unlink(missing_ok=True)
            _back_off(Interrupted(f"{restart}; starting over"), failures, policy, emit)
        except Interrupted as cut:
            failures = 1 if size_of(part) - have >= _MIN_PROGRESS else failures + 1
            _back_off(cut, failures, policy, emit)


def retrying(work: Callable[[], T], policy: RetryPolicy, emit: Emit) -> T:
    """Return what `work` returns, and repeat it if it is interrupted; raise `FetchError` if `policy` gives up."""
    failures = 0
    while True:
        try:
            return work()
        except Interrupted as cut:
            failures += 1
            _back_off(cut, failures, policy, emit)


def _back_off(cut: Interrupted, failures: int, policy: RetryPolicy, emit: Emit) -> None:
    if failures >= policy.tries:
        often = f", {failures} times in a row" if failures > 1 else ""
        raise FetchError(
            f"{cut.reason}{often}",
            "Check the network and its proxy, or set HF_ENDPOINT to a mirror, and run it again: it resumes.",
        )
    wait = policy.wait(failures, cut.retry_after)
    asked = f" (it asks for {cut.retry_after:.0f} s)" if cut.retry_after else ""
    emit(Note(f"{cut.reason}{asked}; trying again in {wait:.1f} s"))
    time.sleep(wait)


def _append(transfer: Transfer, part: Path, have: int, emit: Emit) -> None:
    """Write the bytes of one request; unbuffered, so that they are kept however this process ends."""
    mode, opener = "r+b" if have else "wb", files.private_opener
    with transfer.open(have) as body, translated_errors(part), open(part, mode, buffering=0, opener=opener) as file:
        if body.start != have:
            emit(Note(f"{body.host} cannot continue a download; starting over"))
            file.truncate(0)
        done = file.seek(body.start)
        emit(Note(f"receiving from {body.host}"))
        for chunk in body.chunks:
            _check(chunk, done, transfer.size, part, body.host)
            file.write(chunk)
            done += len(chunk)
            emit(Progress(done, transfer.size, body.host))
    if done < transfer.size:
        raise Interrupted(f"{body.host} stopped after {done} of {transfer.size} bytes")


def _check(chunk: bytes, done: int, size: int, part: Path, host: str) -> None:
    """Remove `part` and raise if `chunk` at byte `done` shows that these are not the weights."""
    if done == 0 and not chunk.startswith(_MAGIC[: len(chunk)]):
        reason = f"{host} sent something other than GGUF weights"
    elif done + len(chunk) > size:
        reason = f"{host} sent more than the {size} bytes expected"
    else:
        return
    part.unlink(missing_ok=True)
    raise FetchError(reason, "If this network asks to log in, do so in a browser, then try again.")


@contextmanager
def translated_errors(file: Path) -> Iterator[None]:
    """Turn an error of the disk into a `FetchError`."""
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
    """Raise `FetchError` with both numbers unless the disk of `folder` has `needed` bytes free."""
    free = shutil.disk_usage(_existing(folder)).free
    if free < needed:
        raise FetchError(
            f"{file} needs {amounts.size(needed)} more and the disk of {folder} has {amounts.size(free)} free",
            "Free some space, or set HF_HOME and DUOCHAT_HOME to a larger disk.",
            final=True,
        )


def is_same_disk(one: Path, other: Path) -> bool:
    """Return whether two folders, which need not exist yet, lie on one disk."""
    return _existing(one).stat().st_dev == _existing(other).stat().st_dev


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def has_hash(file: Path, sha256: str, emit: Emit) -> bool:
    """Return whether the bytes of `file` have the hash `sha256`."""
    total = file.stat().st_size
    return sha256_of(file, lambda done: emit(Verifying(done, total))) == sha256


def check_hash(file: Path, sha256: str, emit: Emit) -> None:
    """Remove `file` and raise `FetchError` unless its hash is `sha256`."""
    if not has_hash(file, sha256, emit):
        file.unlink()
        raise FetchError("the downloaded weights have a wrong checksum and were removed", "Try again.")


def move_into_place(part: Path, target: Path, *, shared: bool) -> None:
    """Sync `part` to the disk and rename it to `target`; for another disk, copy it beside the target first.

    A `shared` target gets the mode of new files in its folder, as the hub's library does; any other stays private.
    """
    with translated_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if shared:
            _share(part, target.parent)
        files.sync(part)
        try:
            part.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_beside(part, target)
        files.sync(target.parent)


def _share(file: Path, folder: Path) -> None:
    """Give `file` the mode of a new file in `folder`; leave it if the disk has no modes."""
    probe = folder / f"{file.name}.duochat"
    probe.touch()
    with suppress(OSError):
        file.chmod(S_IMODE(probe.stat().st_mode))
    probe.unlink()


def _copy_beside(part: Path, target: Path) -> None:
    copy = target.with_name(f"{target.name}.duochat")
    copy.touch(mode=0o600)
    shutil.copy(part, copy)
    files.sync(copy)
    copy.replace(target)
    part.unlink()
