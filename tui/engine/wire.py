"""The requests to a worker and its events, one line of JSON each, used by both ends."""

from dataclasses import replace
from typing import Literal, TypeVar, assert_never, get_args

import msgspec

from tui.chat.conversation import Message, Setup
from tui.chat.events import Delta, Failed, Finished, Loaded, Loading, Prefill, Recast
from tui.chat.scores import Continuation, Contrast, Diverged, Done, Parted, Passage, Scored
from tui.engine.cores import Threads
from tui.engine.steering import FREE, Steering

VERSION: Literal[1] = 1
"""Goes up whenever a line changes its meaning; both ends refuse another one."""

MAX_EVENT_BYTES = 1 << 20
"""The longest line that a worker may send; an event holds some 40 ms of text."""

SAFE_MODE = "--safe"
"""The worker's argument that asks for the safe mode: no AMX, or where that cannot be refused, no extra buffers."""


_T = TypeVar("_T")


class WireError(ValueError):
    """A line that is no request or event of this version."""


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Load the weights at `path` (a file system's bytes) with room for `context` tokens.

    The warm-up computes on `threads`. `extra_buffers` is whether llama.cpp may repack weights.
    """

    number: int
    path: bytes
    context: int
    threads: int = 1
    extra_buffers: bool = True


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    """Answer the last of `messages` under `setup` on so many `threads`, with what is imposed on it."""

    number: int
    messages: tuple[Message, ...]
    setup: Setup
    threads: Threads
    steering: Steering = FREE


class ScorePassage(msgspec.Struct, frozen=True, tag="score_passage"):
    """Say how likely each token of a text is, on so many `threads`."""

    number: int
    passage: Passage
    threads: Threads


class ScoreContinuation(msgspec.Struct, frozen=True, tag="score_continuation"):
    """Say how likely each token of an answer is, on so many `threads`."""

    number: int
    continuation: Continuation
    threads: Threads


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """Compare with the weights at `path` (a file system's bytes), on so many `threads`; the rest is as in `Load`."""

    number: int
    path: bytes
    contrast: Contrast
    threads: Threads
    extra_buffers: bool = True


class SetThreads(msgspec.Struct, frozen=True, tag="set_threads"):
    """Compute on so many threads from the next token on."""

    threads: Threads


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Stop the request `number`, whether it waits or runs; another one is left alone."""

    number: int


Job = Load | Reply | ScorePassage | ScoreContinuation | Compare
"""What is worked off one after the other, each to its last event."""

Request = Job | SetThreads | Stop


class Alive(msgspec.Struct, frozen=True):
    """A request is being worked on, though there is nothing to say about it yet."""


Event = Loading | Loaded | Prefill | Delta | Recast | Finished | Scored | Diverged | Parted | Done | Failed | Alive


Computed = Delta | Scored | Diverged | Parted
"""Events that prove that the model computes."""


class EngineFacts(msgspec.Struct, frozen=True):
    """What computes here: the engine's name and versions, its features and devices in llama.cpp's words."""

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
    """The request as a line.

    Half a surrogate pair in a text, which no JSON can hold, becomes U+FFFD; the setup's own copy of the system text,
    which the messages begin with, stays behind.
    """
    return msgspec.json.encode(_RequestLine(VERSION, _encodable(request))) + b"\n"


def decode_request(line: bytes) -> Request:
    """The request in `line`, or WireError."""
    return _decoded(line, _RequestLine).request


def encode_event(number: int, event: Event) -> bytes:
    """The event of request `number` as a line."""
    body = msgspec.Raw(msgspec.json.encode(event))
    return msgspec.json.encode(_EventLine(VERSION, number, type(event).__name__, body)) + b"\n"


def decode_event(line: bytes) -> tuple[int, Event]:
    """The number of the request and the event in `line`, or WireError."""
    said = _decoded(line, _EventLine)
    kind = next((each for each in _EVENTS if each.__name__ == said.name), None)
    if kind is None:
        raise WireError(f"no event is named {said.name!r}")
    return said.number, _decoded(said.event, kind)


def _encodable(request: Request) -> Request:
    match request:
        case Reply(messages=messages, setup=setup):
            return msgspec.structs.replace(request, messages=_whole_messages(messages), setup=_bare(setup))
        case ScorePassage(passage=passage):
            return msgspec.structs.replace(request, passage=_whole_passage(passage))
        case ScoreContinuation(continuation=each):
            whole = Continuation(_whole_messages(each.messages), _bare(each.setup), _whole(each.text))
            return msgspec.structs.replace(request, continuation=whole)
        case Compare(contrast=each):
            prompts = tuple(map(_whole, each.prompts))
            whole_contrast = Contrast(_whole_passage(each.text), prompts, _bare(each.setup))
            return msgspec.structs.replace(request, contrast=whole_contrast)
        case Load() | SetThreads() | Stop():
            return request
        case _:
            assert_never(request)


def _bare(setup: Setup) -> Setup:
    return replace(setup, system=None)


def _whole_passage(passage: Passage) -> Passage:
    return replace(passage, text=_whole(passage.text))


def _whole_messages(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    return tuple(map(_whole_message, messages))


def _decoded(line: bytes | msgspec.Raw, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(str(error)) from error


def _whole_message(message: Message) -> Message:
    return Message(message.role, _whole(message.text), None if message.thinking is None else _whole(message.thinking))


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
