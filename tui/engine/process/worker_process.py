"""One worker process from its start to its end."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from tui.chat.events import Failed, Finished, Loaded
from tui.chat.scores import Done
from tui.engine.installation import compile_command
from tui.engine.load_failures import is_out_of_memory, next_step
from tui.engine.process.environment import worker_environ
from tui.engine.process.exit_reason import CAUSES, last_error, signal_in
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
"""Bytes of events that may wait to be read; an answer is far shorter, so a worker that sends more is broken."""

_ENDING_S = 5.0
"""Seconds that a worker may take to end after it has closed its output."""

_TAIL = 16 << 10
"""Bytes of standard error that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A worker that was ended by `signal`, but not by this program.

    `computed` is whether the model had computed anything since it was loaded, `out_of_memory` whether the last error
    said so.
    """

    signal: str
    computed: bool
    out_of_memory: bool


class WorkerProcess:
    """A worker: `send` hands requests over, `next_event` returns events."""

    def __init__(self, process: asyncio.subprocess.Process, *, safe_mode: bool = False) -> None:
        self.loaded = False
        """Whether the model was loaded."""
        self._computed = False
        self._safe_mode = safe_mode
        self._process = process
        self._pending: dict[int, asyncio.Event] = {}
        self._events: asyncio.Queue[tuple[int, Event, int] | None] = asyncio.Queue()
        self._backlog = 0
        self._fault = ""
        self._ended_because = ""
        self._tail = b""
        self._draining = asyncio.create_task(self._drain())
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def spawn(cls, python: str, environ: Mapping[str, str], *, safe_mode: bool = False) -> "WorkerProcess":
        """Start a worker that the terminal's Ctrl+C does not reach. Raises OSError."""
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
        """Return the process id."""
        return self._process.pid

    @property
    def crash(self) -> Crash | None:
        """Return how it ended by a signal; None while it runs, and where it exited or was ended by this program."""
        status = self._process.returncode
        name = "" if status is None or self._ended_because or self._fault else signal_in(status)
        if not name:
            return None
        out_of_memory = is_out_of_memory(last_error(self._tail))
        return Crash(signal=name, computed=self._computed, out_of_memory=out_of_memory)

    def send(self, request: Request) -> None:
        """Send `request`; a worker that has ended does not get it, and `next_event` returns None."""
        if isinstance(request, Job) and not self._reading.done():
            self._pending[request.number] = asyncio.Event()
        pipe = self._process.stdin
        if pipe is not None and not pipe.is_closing():
            pipe.write(encode_request(request))

    def is_pending(self, number: int) -> bool:
        """Return whether request `number` was sent and its last event has not come."""
        return number in self._pending

    async def wait_for_end_of(self, number: int) -> None:
        """Wait for the last event of request `number` or the end of the worker, whether or not the event was read."""
        event = self._pending.get(number)
        if event is not None:
            await event.wait()

    async def next_event(self) -> tuple[int, Event] | None:
        """Return the next event and the number of its request; None when the worker has ended and all are read."""
        received = await self._events.get()
        if received is None:
            self._events.put_nowait(None)
            return None
        number, event, size = received
        self._backlog -= size
        return number, event

    def exit_message(self, doing: str) -> str:
        """Return one sentence on how it ended while it was `doing` something, with the next step."""
        if self._ended_because:
            return f"The model's engine {self._ended_because} while {doing}; load it again."
        if self._fault:
            return f"The model's engine sent invalid data while {doing} ({self._fault}); load it again."
        status = self._process.returncode or 0
        name = signal_in(status)
        how = f"by {name}" if name else f"with status {status}"
        cause = CAUSES.get(name) or last_error(self._tail)
        step = self._next_step(name, cause)
        return f"The model's engine ended {how} while {doing}{f' ({cause})' if cause else ''}; {step}."

    def _next_step(self, signal_name: str, cause: str) -> str:
        if signal_name == "SIGILL" and self._safe_mode and not self._computed:
            return f"compile it for this machine with `{compile_command()}`"
        return "load it again" if self.loaded else next_step(cause)

    async def end(self, because: str = "was closed", grace: float = 0.5) -> None:
        """End it, by force where it still runs after `grace` seconds; `because` goes into the exit message."""
        if not self._reading.done():
            self._ended_because = because
        if self._process.stdin is not None:
            self._process.stdin.close()
        with suppress(ProcessLookupError):
            self._process.terminate()
        await self._wait_or_kill(grace)
        # Awaiting the task itself would pass the caller's cancellation on to it.
        await asyncio.wait([self._reading])

    async def _wait_or_kill(self, seconds: float) -> None:
        """Kill the process where it still runs after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            self._kill()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _read(self) -> None:
        """Read events until the worker has ended, then mark all requests as ended."""
        try:
            await self._read_events()
        except ValueError as error:
            self._fault = str(error)
            self._kill()
        await self._wait_or_kill(_ENDING_S)
        await self._process.wait()
        await asyncio.wait([self._draining], timeout=1.0)
        self._events.put_nowait(None)
        for number in tuple(self._pending):
            self._pending.pop(number).set()

    async def _read_events(self) -> None:
        """Queue events until the output ends. Raises ValueError for lines that are invalid, too long or too many."""
        output = self._process.stdout
        while output is not None and (line := await output.readline()):
            number, event = decode_event(line)
            self._backlog += len(line)
            if self._backlog > MAX_BACKLOG:
                raise WireError("too many events that were not read")
            self._events.put_nowait((number, event, len(line)))
            self.loaded |= isinstance(event, Loaded)
            self._computed |= isinstance(event, Computed)
            if number in self._pending and isinstance(event, Loaded | Finished | Done | Failed):
                self._pending.pop(number).set()

    async def _drain(self) -> None:
        """Read standard error, so that the worker never blocks on it, and keep the end."""
        errors = self._process.stderr
        while errors is not None and (chunk := await errors.read(1 << 16)):
            self._tail = (self._tail + chunk)[-_TAIL:]
