"""The parent's end of the child process that downloads and hashes weights."""

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
    "fetch",
    "probe",
    "verify",
]

_MAX_LINE = 1024 * 1024
_ROOT = str(Path(__file__).resolve().parents[3])
_STDERR_KEPT = 4096
_SETTINGS = {
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "PYTHONUTF8": "1",
}
_NEXT_STEP = "Run it again: it continues where it stopped."


async def fetch(spec: ModelSpec, *, environ: Mapping[str, str]) -> AsyncGenerator[FetchEvent, None]:
    """Fetch the weights of `spec` and yield events; the last one is `Ready` or `FetchFailed`.

    Closing the iterator, or cancelling the task that iterates, ends the download; the downloaded part is kept.
    """
    yield Note(f"looking for {spec.file}")
    async with contextlib.aclosing(_answers(Fetch(spec), environ)) as events:
        async for event in events:
            if not isinstance(event, Probed):
                yield event


async def verify(path: Path, sha256: str | None, *, environ: Mapping[str, str]) -> AsyncGenerator[FetchEvent, None]:
    """Hash the file at `path` and compare that with `sha256` unless it is None; end as `fetch` does."""
    async with contextlib.aclosing(_answers(Verify(path, sha256), environ)) as events:
        async for event in events:
            if not isinstance(event, Probed):
                yield event


async def probe(environ: Mapping[str, str]) -> tuple[SourceState, ...]:
    """Return which sources of weights answer now, in the order in which they are tried."""
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
    """Yield the events of a child that gets `request`; a child that dies ends with `FetchFailed`."""
    try:
        process = await _start(environ)
    except OSError as error:
        yield FetchFailed(f"The download could not be started ({error.strerror}). Close other programs and try again.")
        return
    stdin, stdout, stderr = _pipes(process)
    last_line = asyncio.create_task(_last_line(stderr))
    try:
        stdin.write(encode(request))
        while line := await _line(stdout):
            event = _decoded(line)
            yield event
            if isinstance(event, Ready | FetchFailed | Probed):
                return
        yield FetchFailed(_death(await process.wait(), await last_line))
    finally:
        ending = asyncio.create_task(_end(process, last_line))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending  # the child is ended even if the caller is cancelled meanwhile
            raise


async def _end(process: asyncio.subprocess.Process, last_line: asyncio.Task[str]) -> None:
    """End the child and wait until its pipes are closed."""
    stdin, stdout, _ = _pipes(process)
    stdin.close()
    _kill(process)
    await process.wait()
    await asyncio.gather(stdout.read(), last_line)


async def _start(environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Start the child in a session of its own, so that Ctrl+C does not reach it and pip ends with it.

    `-P` keeps the working directory out of its imports; PYTHONPATH names the package's own folder.
    """
    python_path = os.pathsep.join(filter(None, [_ROOT, environ.get("PYTHONPATH")]))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "tui.models.download.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_MAX_LINE,
        env={**environ, **_SETTINGS, "PYTHONPATH": python_path},
        start_new_session=True,
    )


def _pipes(
    process: asyncio.subprocess.Process,
) -> tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018
    return process.stdin, process.stdout, process.stderr


async def _line(stdout: asyncio.StreamReader) -> bytes:
    """Return the next line, empty at the end; a line that is too long becomes one that cannot be decoded."""
    try:
        return await stdout.readline()
    except ValueError:
        return b"?"


def _decoded(line: bytes) -> Line:
    try:
        return decode_line(line)
    except msgspec.DecodeError:
        return FetchFailed(f"The download sent a message that cannot be read. {_NEXT_STEP}")


async def _last_line(stderr: asyncio.StreamReader) -> str:
    """Return the last line of standard error; all of it is read, so that the child never waits."""
    kept = b""
    while chunk := await stderr.read(_STDERR_KEPT):
        kept = (kept + chunk)[-_STDERR_KEPT:]
    lines = kept.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _death(code: int, last_line: str) -> str:
    how = f"signal {_signal_name(-code)}" if code < 0 else f"status {code}"
    reason = f": {last_line}" if last_line else ""
    return f"The download died ({how}){reason}. {_NEXT_STEP}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill the child and what it started; it writes so that nothing is lost by that."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
