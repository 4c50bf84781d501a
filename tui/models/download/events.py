"""Requests to the child that downloads and hashes, and its events; each is one line of JSON."""

from pathlib import Path

import msgspec

from tui.models.catalogue.spec import ModelSpec
from tui.models.weights.stamps import Stamp


class Fetch(msgspec.Struct, frozen=True, tag=True):
    """Fetch the weights of `spec`; answered with `FetchEvent`s, the last of which is `Ready` or `FetchFailed`."""

    spec: ModelSpec


class Verify(msgspec.Struct, frozen=True, tag=True):
    """Hash the file at `path` and compare that with `sha256` (hex) unless it is None; answered as `Fetch` is."""

    path: Path
    sha256: str | None


class Probe(msgspec.Struct, frozen=True, tag=True):
    """Find out which sources of weights answer; answered with one `Probed`."""


class Note(msgspec.Struct, frozen=True, tag=True):
    """The current step in words: the source, what it waits for, how long it backs off.

    A `lasting` note stays visible when the weights are ready.
    """

    text: str
    lasting: bool = False


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Downloaded bytes of `total`; `source` is the host, or `package index`."""

    done: int
    total: int
    source: str


class Verifying(msgspec.Struct, frozen=True, tag=True):
    """Hashed bytes of `total`."""

    done: int
    total: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The weights are complete at `path`: `size` bytes with the hash `sha256` (hex), from `source`.

    `stamp` is that of the hashed file, or None if it changed meanwhile.
    """

    path: Path
    sha256: str
    size: int
    source: str
    stamp: Stamp | None = None


class FetchFailed(msgspec.Struct, frozen=True, tag=True):
    """The weights cannot be fetched or are wrong; `message` says what happened and the next step."""

    message: str


class SourceState(msgspec.Struct, frozen=True):
    """Whether one source of weights (`hub` or `package index`) answers; `host` is empty if it is not known."""

    source: str
    host: str
    answers: bool
    detail: str


class Probed(msgspec.Struct, frozen=True, tag=True):
    """Every source of weights, in the order in which they are tried."""

    sources: tuple[SourceState, ...]


Request = Fetch | Verify | Probe
FetchEvent = Note | Progress | Verifying | Ready | FetchFailed
Line = FetchEvent | Probed


class FetchError(Exception):
    """A source cannot provide the weights; `reason` is a clause without a full stop, `advice` the next step.

    If `final`, no other source can help either. Its text is one sentence and the next step.
    """

    def __init__(self, reason: str, advice: str, *, final: bool = False) -> None:
        super().__init__(f"{_capitalized(reason)}. {advice}")
        self.reason = reason
        self.advice = advice
        self.final = final


def _capitalized(clause: str) -> str:
    """Return `clause` with a capital, unless it starts with the name of a host, file or repository."""
    word = clause.partition(" ")[0]
    return clause if set(word) & set("./:'") else clause[:1].upper() + clause[1:]


def encode(value: Request | Line) -> bytes:
    """Return `value` as one line."""
    return msgspec.json.encode(value, enc_hook=str) + b"\n"


def decode_request(line: bytes) -> Request:
    """Return the request in `line`; raise `msgspec.DecodeError`."""
    request: Request = msgspec.json.decode(line, type=Request, dec_hook=_construct)
    return request


def decode_line(line: bytes) -> Line:
    """Return the child's event in `line`; raise `msgspec.DecodeError`."""
    event: Line = msgspec.json.decode(line, type=Line, dec_hook=_construct)
    return event


def _construct(kind: type, value: object) -> object:
    return kind(value)
