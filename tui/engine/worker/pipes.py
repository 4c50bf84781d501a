"""The worker's pipes to its parent: requests come in, events go out."""

import os
import sys
import threading
import time
from queue import SimpleQueue
from typing import IO, NoReturn, assert_never

import msgspec

from tui.chat.events import Failed
from tui.engine.cores import Threads
from tui.engine.wire import (
    DESCRIBE,
    Alive,
    Compare,
    Event,
    Job,
    Load,
    Reply,
    ScoreContinuation,
    ScorePassage,
    SetThreads,
    Stop,
    WireError,
    decode_request,
    encode_event,
)

HEARTBEAT_S = 1.0
"""Seconds between two `Alive` events while a request is processed."""


def refuse(sentence: str) -> NoReturn:
    """Send `sentence` as the answer to `--describe`, or as the failure of the first request, and exit."""
    if DESCRIBE in sys.argv[1:]:
        answer = msgspec.json.encode(sentence) + b"\n"
    else:
        first = decode_request(sys.stdin.buffer.readline())
        answer = encode_event(first.number, Failed(sentence)) if isinstance(first, Job) else b""
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    sys.exit(1)


class EventWriter:
    """Writes the events of the current request; any thread may send."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._number: int | None = None

    def begin(self, number: int) -> None:
        """Send events under request `number` from now on."""
        with self._lock:
            self._number = number

    def end(self) -> None:
        """Send nothing until the next request begins."""
        with self._lock:
            self._number = None

    def send(self, event: Event) -> None:
        """Send one event; without a current request, drop it."""
        with self._lock:
            if self._number is not None:
                self._pipe.write(encode_event(self._number, event))
                self._pipe.flush()

    def send_heartbeats(self) -> None:
        """Send `Alive` events for ever."""
        while True:
            time.sleep(HEARTBEAT_S)
            self.send(Alive())


class RequestReader:
    """Queues the parent's requests, and applies at once what changes the current one."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._requests: SimpleQueue[tuple[Job, float]] = SimpleQueue()
        self._stopped: set[int] = set()
        self._number = 0
        self.threads = Threads(1, 1)
        """The number of threads to compute with now."""

    def next(self) -> tuple[Job, float]:
        """Wait for the next request; return it and the moment of the monotonic clock at which it came."""
        request, received = self._requests.get()
        self._number = request.number
        return request, received

    def stopped(self) -> bool:
        """Return whether the current request is to stop."""
        return self._number in self._stopped

    def listen(self) -> None:
        """Read requests until the input ends, then end this process: its parent is gone."""
        for line in self._pipe:
            self._accept(line)
        os._exit(0)

    def _accept(self, line: bytes) -> None:
        try:
            request = decode_request(line)
        except WireError as error:
            sys.stderr.write(f"not a request: {error}\n")
            sys.stderr.flush()
            os._exit(2)
        match request:
            case Load():
                self._requests.put((request, time.monotonic()))
            case (
                Reply(threads=threads)
                | ScorePassage(threads=threads)
                | ScoreContinuation(threads=threads)
                | Compare(threads=threads)
            ):
                self.threads = threads
                self._requests.put((request, time.monotonic()))
            case SetThreads(threads=threads):
                self.threads = threads
            case Stop(number=number):
                self._stopped.add(number)
            case _:
                assert_never(request)
