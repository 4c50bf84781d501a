"""Requests to a worker and its events: one line of JSON each, used by both ends."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args

import msgspec

from tui.chat.conversation import Message, Setup
from tui.chat.events import Delta, Failed, Finished, Loaded, Loading, Prefill, Recast
from tui.chat.scores import Continuation, Contrast, Diverged, Done, Parted, Passage, Scored
from tui.engine.cores import Threads
from tui.engine.steering import FREE, Steering

VERSION: Literal[1] = 1
"""Increased when a line changes its meaning; both ends refuse other versions."""

MAX_EVENT_BYTES = 1 << 20
"""The longest line that a worker may send; an event holds some 40 ms of text."""

PACE = 0.04
"""Least seconds between two events about one piece of work: faster than the eye, slower than a fast model."""

DESCRIBE = "--describe"
"""The worker's argument that makes it print `EngineFacts` and exit."""

SAFE_MODE = "--safe"
"""The worker's argument for the safe mode: no AMX, or no extra buffers where AMX cannot be refused."""


_T = TypeVar("_T")


class WireError(ValueError):
    """A line is not a request or event of this version."""


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Load the weights at `path` (a file system's bytes) with `context` tokens, and warm up on `threads`.

    `extra_buffers` is whether llama.cpp may repack weights.
    """

    number: int
    path: bytes
    context: int
    threads: int = 1
    extra_buffers: bool = True


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    """Answer the last of `messages`."""

    number: int
    messages: tuple[Message, ...]
    setup: Setup
    threads: Threads
    steering: Steering = FREE


class ScorePassage(msgspec.Struct, frozen=True, tag="score_passage"):
    """Score each token of a text."""

    number: int
    passage: Passage
    threads: Threads


class ScoreContinuation(msgspec.Struct, frozen=True, tag="score_continuation"):
    """Score each token of an answer."""

    number: int
    continuation: Continuation
    threads: Threads


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """Compare with the weights at `path` (a file system's bytes)."""

    number: int
    path: bytes
    contrast: Contrast
    threads: Threads
    extra_buffers: bool = True


class SetThreads(msgspec.Struct, frozen=True, tag="set_threads"):
    """Set the number of threads from the next token on."""

    threads: Threads


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Stop the request `number`, whether it waits or runs, and no other."""

    number: int


Job = Load | Reply | ScorePassage | ScoreContinuation | Compare
"""Requests that are processed one after the other, each up to its last event."""

Request = Job | SetThreads | Stop


class Alive(msgspec.Struct, frozen=True):
    """The worker is processing a request and has nothing to report yet."""


Event = Loading | Loaded | Prefill | Delta | Recast | Finished | Scored | Diverged | Parted | Done | Failed | Alive


Computed = Delta | Scored | Diverged | Parted
"""Events that prove that the model computes."""


class EngineFacts(msgspec.Struct, frozen=True):
    """The engine's name and versions, and its features and devices in llama.cpp's words."""

    engine: str
    features: str
    devices: list[str]
    gpu: bool


class _RequestLine(msgspec.Struct, frozen=True):
    version: Literal[1]
    request: Request


class _EventLine(msgspec.Struct, frozen=True):
    version: Literal[1]
    number: int
    name: str
    event: msgspec.Raw


_EVENTS: tuple[type[Event], ...] = get_args(Event)


def encode_request(request: Request) -> bytes:
    """Return `request` as a line; a lone surrogate in a text, which UTF-8 cannot hold, becomes U+FFFD."""
    line = _RequestLine(VERSION, request)
    try:
        return msgspec.json.encode(line) + b"\n"
    except UnicodeEncodeError:
        return msgspec.json.encode(_without_surrogates(msgspec.to_builtins(line))) + b"\n"


def decode_request(line: bytes) -> Request:
    """Return the request in `line`, or raise WireError."""
    return _decode(line, _RequestLine).request


def encode_event(number: int, event: Event) -> bytes:
    """Return the event of request `number` as a line."""
    body = msgspec.Raw(msgspec.json.encode(event))
    return msgspec.json.encode(_EventLine(VERSION, number, type(event).__name__, body)) + b"\n"


def decode_event(line: bytes) -> tuple[int, Event]:
    """Return the number of the request and the event in `line`, or raise WireError."""
    decoded = _decode(line, _EventLine)
    kind = next((each for each in _EVENTS if each.__name__ == decoded.name), None)
    if kind is None:
        raise WireError(f"no event is named {decoded.name!r}")
    return decoded.number, _decode(decoded.event, kind)


def _decode(line: bytes | msgspec.Raw, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(str(error)) from error


def _without_surrogates(value: Any) -> Any:
    """Return `value` (JSON in Python's types) with valid text; two surrogates that form a pair become its character."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case Mapping():
            return {key: _without_surrogates(each) for key, each in value.items()}
        case Sequence():
            return [_without_surrogates(each) for each in value]
        case _:
            return value
