"""One worker process from its start to its end: its requests, its events, its last words."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tui.chat.events import Failed, Finished, Loaded
from tui.chat.scores import Done
from tui.engine.installation import compile_command
from tui.engine.load_failures import after_failed_load, lacks_memory
from tui.engine.wire import (
    MAX_EVENT_BYTES,
    SAFE_MODE,
    Computed,
    Event,
    Job,
    Request,
    WireError,
    decode_event,
    encode_request,
)

MAX_BACKLOG = 8 << 20
"""Bytes of events that may wait for whoever asked; an answer is far shorter, so a worker that sends more is broken."""

_ENDING_S = 5.0
"""Seconds that a worker which has closed its output may take to be gone."""

_TAIL = 16 << 10
"""Bytes of standard error that are kept."""

_SECRETS = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|API_?KEY|PROXY|COOKIE", re.IGNORECASE)

_SOURCE_LINE = re.compile(r"^\S*/(\S+:\d+: )")
"""The place in its sources that a failed assertion begins with."""

_CAUSES: Mapping[str, str] = {
    "SIGBUS": "its weights file was cut short or replaced while in use",
    "SIGILL": "this build of llama.cpp uses an instruction that this processor refuses",
    "SIGKILL": "perhaps the memory ran out",
}


_WINDOWS_SIGNALS: Mapping[int, str] = {
    0xC000001D: "SIGILL",
    0xC0000005: "SIGSEGV",
    0xC0000409: "SIGABRT",
}
"""STATUS_ILLEGAL_INSTRUCTION, STATUS_ACCESS_VIOLATION and STATUS_STACK_BUFFER_OVERRUN (which abort() ends by)."""


def worker_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a worker: nothing secret, this very package, and barriers that suit two models on one machine.

    ggml's threads wait for each other after every operation. Waiting in a busy loop is fastest on a quiet machine and
    ruin on a crowded one; sleeping halves the speed of a model that is alone. To spin a little (libgomp reads the
    variable when it is loaded) costs a tenth at best, and keeps two models going at worst. Whoever set the manner of
    waiting keeps it. NumPy, which reduces logits only, gets no threads. glibc, which would keep the most that it ever
    had, gives freed memory back (8 MB of a worker that has filled its context).
    """
    kept = {name: value for name, value in environ.items() if not _SECRETS.search(name)}
    paths = [*_checkout(), *filter(None, [kept.get("PYTHONPATH")])]
    waiting = {} if {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & kept.keys() else {"GOMP_SPINCOUNT": "1000"}
    ours = {
        "PYTHONPATH": os.pathsep.join(paths),
        "GGML_NO_BACKTRACE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
    }
    return kept | waiting | ours


def _checkout() -> list[str]:
    """Where this package lies when it is not installed, so that a child finds the same one wherever it starts."""
    root = Path(__file__).resolve().parents[3]
    return [] if root.name in {"site-packages", "dist-packages"} else [str(root)]


class Child:
    """A worker: requests go in by `send`, what it says of them comes out by `next`."""

    def __init__(self, process: asyncio.subprocess.Process, *, safe_mode: bool = False) -> None:
        self.loaded = False
        self.computed = False
        """Whether the model has computed anything since it was loaded."""
        self.safe_mode = safe_mode
        self._process = process
        self._owed: dict[int, asyncio.Event] = {}
        self._events: asyncio.Queue[tuple[int, Event, int] | None] = asyncio.Queue()
        self._backlog = 0
        self._fault = ""
        self._verdict = ""
        self._tail = b""
        self._draining = asyncio.create_task(self._drain())
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def spawn(cls, python: str, environ: Mapping[str, str], *, safe_mode: bool = False) -> "Child":
        """Starts a worker, out of reach of the terminal's Ctrl+C; OSError when the system does not allow it."""
        process = await asyncio.create_subprocess_exec(
            python,
            *("-P", "-m", "tui.engine.worker", *([SAFE_MODE] if safe_mode else [])),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MAX_EVENT_BYTES,
            env=worker_environ(environ),
            start_new_session=True,
        )
        return cls(process, safe_mode=safe_mode)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def crash(self) -> str | None:
        """The signal that ended the process by itself, as "SIGILL"; None while it runs, or where it was ended."""
        code = self._process.returncode
        return None if code is None or self._verdict or self._fault else signal_in(code) or None

    @property
    def lacks_memory(self) -> bool:
        """Whether the last thing it said was that memory ran out."""
        return lacks_memory(_last_words(self._tail))

    def send(self, request: Request) -> None:
        """Hands a request over; what is sent to a dead worker is lost, and `next` says so."""
        if isinstance(request, Job) and not self._reading.done():
            self._owed[request.number] = asyncio.Event()
        pipe = self._process.stdin
        if pipe is not None and not pipe.is_closing():
            pipe.write(encode_request(request))

    def owes(self, number: int) -> bool:
        """Whether request `number` is not over yet."""
        return number in self._owed

    async def ended(self, number: int) -> None:
        """Waits until request `number` is over, one way or another; whether anybody has heard its end is all one."""
        event = self._owed.get(number)
        if event is not None:
            await event.wait()

    async def next(self) -> tuple[int, Event] | None:
        """The next event with the number of its request, or None when the worker is gone and has said everything."""
        said = await self._events.get()
        if said is None:
            self._events.put_nowait(None)
            return None
        number, event, size = said
        self._backlog -= size
        return number, event

    def obituary(self, doing: str) -> str:
        """How it ended while it was `doing` something, as one sentence with the next step."""
        if self._verdict:
            return f"The model's engine {self._verdict} while {doing}; load it again."
        if self._fault:
            return f"The model's engine sent what nobody understands while {doing} ({self._fault}); load it again."
        code = self._process.returncode or 0
        name = signal_in(code)
        how = f"by {name}" if name else f"with status {code}"
        cause = _CAUSES.get(name) or _last_words(self._tail)
        step = self._next_step(name, cause)
        return f"The model's engine ended {how} while {doing}{f' ({cause})' if cause else ''}; {step}."

    def _next_step(self, signal_name: str, cause: str) -> str:
        if signal_name == "SIGILL" and self.safe_mode and not self.computed:
            return f"compile it for this machine with `{compile_command()}`"
        return "load it again" if self.loaded else after_failed_load(cause)

    async def end(self, verdict: str = "was closed", grace: float = 0.5) -> None:
        """Ends it, with force where it has not gone `grace` seconds after it was asked to; `verdict` is why."""
        if not self._reading.done():
            self._verdict = verdict
        if self._process.stdin is not None:
            self._process.stdin.close()
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(grace):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
        # Not awaited itself: that would hand a cancellation of whoever ends it down to the reading.
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        try:
            await self._take_events()
        except ValueError as error:
            self._fault = str(error)
        with suppress(ProcessLookupError):
            if self._fault:
                self._process.kill()
        try:
            async with asyncio.timeout(_ENDING_S):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        await asyncio.wait([self._draining], timeout=1.0)
        self._events.put_nowait(None)
        for number in tuple(self._owed):
            self._owed.pop(number).set()

    async def _take_events(self) -> None:
        """Keeps events until the output ends; ValueError for what is none, or too long, or too much."""
        output = self._process.stdout
        while output is not None and (line := await output.readline()):
            number, event = decode_event(line)
            self._backlog += len(line)
            if self._backlog > MAX_BACKLOG:
                raise WireError("more than anybody can read")
            self._events.put_nowait((number, event, len(line)))
            self.loaded |= isinstance(event, Loaded)
            self.computed |= isinstance(event, Computed)
            if number in self._owed and isinstance(event, Loaded | Finished | Done | Failed):
                self._owed.pop(number).set()

    async def _drain(self) -> None:
        """Empties standard error, so that nothing ever waits for it, and keeps its end."""
        errors = self._process.stderr
        while errors is not None and (chunk := await errors.read(1 << 16)):
            self._tail = (self._tail + chunk)[-_TAIL:]


def signal_in(status: int, platform: str = sys.platform) -> str:
    """Return the signal that an exit status tells of, as "SIGILL", or "" where it tells of none."""
    if platform == "win32":
        return _WINDOWS_SIGNALS.get(status, "")
    if status >= 0:
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _last_words(tail: bytes) -> str:
    """The last line that speaks of an error, else the last line."""
    lines = [line.strip() for line in tail.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if re.search("error|assert|abort|fail|exception", line, re.IGNORECASE)]
    return _SOURCE_LINE.sub("", next(reversed(errors or lines), ""))
