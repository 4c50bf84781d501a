"""Owns the parent's side of getting weights: starts the child that fetches, hears it out, and ends it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import msgspec

from tui.models.catalogue.spec import ModelSpec
from tui.models.download.events import (
    Fetch,
    FetchEvent,
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
    decode_line,
    encode,
)

__all__ = [
    "FetchEvent",
    "FetchFailed",
    "Note",
    "Progress",
    "Ready",
    "SourceState",
    "Verifying",
    "obtain",
    "probe",
    "verify",
]

_LONGEST_LINE = 1024 * 1024
_ROOT = str(Path(__file__).resolve().parents[3])
_STDERR_KEPT = 4096
_SETTINGS = {
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "PYTHONUTF8": "1",
}
_AGAIN = "Run it again: it continues where it stopped."


async def obtain(spec: ModelSpec, *, environ: Mapping[str, str]) -> AsyncGenerator[FetchEvent, None]:
    """Fetches the weights of `spec`, saying what it does; the last event is `Ready` or `FetchFailed`.

    Closing the iterator, or cancelling who iterates, ends the download; what came in is kept for the next time.
    """
    yield Note(f"looking for {spec.file}")
    async with contextlib.aclosing(_answers(Fetch(spec), environ)) as events:
        async for event in events:
            if not isinstance(event, Probed):
                yield event


async def verify(path: Path, sha256: str | None, *, environ: Mapping[str, str]) -> AsyncGenerator[FetchEvent, None]:
    """Whether the file at `path` still has the hash `sha256`, or with None which it has; ends as `obtain` does."""
    async with contextlib.aclosing(_answers(Verify(path, sha256), environ)) as events:
        async for event in events:
            if not isinstance(event, Probed):
                yield event


async def probe(environ: Mapping[str, str]) -> tuple[SourceState, ...]:
    """Which sources of weights answer now, in the order in which they are tried."""
    async with contextlib.aclosing(_answers(Probe(), environ)) as events:
        async for event in events:
            match event:
                case Probed(sources):
                    return sources
                case FetchFailed(message):
                    return (SourceState("hub", "", answers=False, detail=message),)
                case _:
                    pass
    return ()


async def _answers(request: Request, environ: Mapping[str, str]) -> AsyncGenerator[Line, None]:
    """What a child says to `request`, up to its last word; a child that fails is given one."""
    try:
        process = await _start(environ)
    except OSError as error:
        yield FetchFailed(f"The download could not be started ({error.strerror}). Close other programs and try again.")
        return
    stdin, stdout, stderr = _pipes(process)
    tail = asyncio.create_task(_tail(stderr))
    try:
        stdin.write(encode(request))
        while line := await _line(stdout):
            event = _heard(line)
            yield event
            if isinstance(event, Ready | FetchFailed | Probed):
                return
        yield FetchFailed(_death(await process.wait(), await tail))
    finally:
        ending = asyncio.create_task(_end(process, tail))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending  # what was begun is ended even by a caller that is cancelled meanwhile
            raise


async def _end(process: asyncio.subprocess.Process, tail: asyncio.Task[str]) -> None:
    """End the child, and wait until nothing is left of it."""
    stdin, stdout, _ = _pipes(process)
    stdin.close()
    _kill(process)
    await process.wait()
    await asyncio.gather(stdout.read(), tail)


async def _start(environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """The child, leader of a session of its own, so that Ctrl+C does not reach it and pip ends with it.

    `-P` keeps the folder that duochat was started in out of its imports; the package's own folder comes by name.
    """
    path = os.pathsep.join(filter(None, [_ROOT, environ.get("PYTHONPATH")]))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "tui.models.download.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
        env={**environ, **_SETTINGS, "PYTHONPATH": path},
        start_new_session=True,
    )


def _pipes(
    process: asyncio.subprocess.Process,
) -> tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018
    return process.stdin, process.stdout, process.stderr


async def _line(stdout: asyncio.StreamReader) -> bytes:
    """The next line, empty at the end; a line that is too long comes as what it is, garbage."""
    try:
        return await stdout.readline()
    except ValueError:
        return b"?"


def _heard(line: bytes) -> Line:
    try:
        return decode_line(line)
    except msgspec.DecodeError:
        return FetchFailed(f"The download said something that cannot be understood. {_AGAIN}")


async def _tail(stderr: asyncio.StreamReader) -> str:
    """The last line of what a child complains about; all is read, so that the child never waits."""
    kept = b""
    while chunk := await stderr.read(_STDERR_KEPT):
        kept = (kept + chunk)[-_STDERR_KEPT:]
    lines = kept.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _death(code: int, said: str) -> str:
    how = f"signal {_signal(-code)}" if code < 0 else f"status {code}"
    reason = f": {said}" if said else ""
    return f"The download died ({how}){reason}. {_AGAIN}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _kill(process: asyncio.subprocess.Process) -> None:
    """Ends the child and what it started, now: it writes so that nothing is lost by that."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
