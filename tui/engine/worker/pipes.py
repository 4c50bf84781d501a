"""A worker's two lines to its parent: requests come in, events go out."""

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

HEARTBEAT = 1.0
"""Seconds between two signs of life while a request is worked on."""


def refuse(sentence: str) -> NoReturn:
    """Send `sentence` as the answer to `--describe`, or as the failure of the first request, and exit."""
    if "--describe" in sys.argv[1:]:
        answer = msgspec.json.encode(sentence) + b"\n"
    else:
        first = decode_request(sys.stdin.buffer.readline())
        answer = encode_event(first.number, Failed(sentence)) if isinstance(first, Job) else b""
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    sys.exit(1)


class Outbox:
    """The line to the parent: events of the request at work, from whichever thread."""

    def __init__(self, line: IO[bytes]) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._number: int | None = None

    def begin(self, number: int) -> None:
        """What is said from now on belongs to request `number`."""
        with self._lock:
            self._number = number

    def end(self) -> None:
        """Nothing is being worked on any more."""
        with self._lock:
            self._number = None

    def say(self, event: Event) -> None:
        """Sends one event."""
        with self._lock:
            if self._number is not None:
                self._line.write(encode_event(self._number, event))
                self._line.flush()

    def frame_clock(self) -> None:
        """Sends signs of life for ever."""
        while True:
            time.sleep(HEARTBEAT)
            self.say(Alive())


class Inbox:
    """What the parent wants: requests in their order, and wishes that take effect while one of them runs."""

    def __init__(self, line: IO[bytes]) -> None:
        self._line = line
        self._requests: SimpleQueue[tuple[Job, float]] = SimpleQueue()
        self._stopped: set[int] = set()
        self._number = 0
        self.threads = Threads(1, 1)

    def next(self) -> tuple[Job, float]:
        """The next request and when it came, on the monotonic clock; waits for it."""
        request, received = self._requests.get()
        self._number = request.number
        return request, received

    def stopped(self) -> bool:
        """Whether the request at work shall stop."""
        return self._number in self._stopped

    def listen(self) -> None:
        """Takes requests until the input ends, and the process with it: without a parent there is nobody to answer."""
        for line in self._line:
            self._take(line)
        os._exit(0)

    def _take(self, line: bytes) -> None:
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
