"""Requests to the fetching child and its answers, one line of JSON each, and the error that says why it failed."""

from pathlib import Path

import msgspec

from tui.models.catalogue.spec import ModelSpec
from tui.models.weights.stamps import Stamp


class Fetch(msgspec.Struct, frozen=True, tag=True):
    """Asks for the weights of `spec`; answered with `FetchEvent`s, the last being `Ready` or `FetchFailed`."""

    spec: ModelSpec


class Verify(msgspec.Struct, frozen=True, tag=True):
    """Asks whether the file at `path` has the hash `sha256` (hex), or with None, which; answered as `Fetch` is."""

    path: Path
    sha256: str | None


class Probe(msgspec.Struct, frozen=True, tag=True):
    """Asks which sources of weights answer; answered with one `Probed`."""


class Note(msgspec.Struct, frozen=True, tag=True):
    """What is being done now, in words: which source, whom it waits for, how long it backs off.

    A `lasting` one is to be seen when the weights are ready, too.
    """

    text: str
    lasting: bool = False


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Bytes of the model on this disk, of `total`; `source` is the host, or `package index`."""

    done: int
    total: int
    source: str


class Verifying(msgspec.Struct, frozen=True, tag=True):
    """Bytes hashed, of `total`."""

    done: int
    total: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The weights lie at `path`, whole: `size` bytes with the hash `sha256` (hex), from `source`.

    `stamp` is that of the file which was hashed, None where it changed meanwhile.
    """

    path: Path
    sha256: str
    size: int
    source: str
    stamp: Stamp | None = None


class FetchFailed(msgspec.Struct, frozen=True, tag=True):
    """The weights cannot be had: what happened and the next step."""

    message: str


class SourceState(msgspec.Struct, frozen=True):
    """Whether one source of weights (`hub` or `package index`) answers; `host` is empty where it is not known."""

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
    """A source cannot give the weights: `reason` is a clause without a full stop, `advice` the next step.

    `final` says that no other source can help either. As a text it is one sentence and the next step.
    """

    def __init__(self, reason: str, advice: str, *, final: bool = False) -> None:
        super().__init__(f"{_opened(reason)}. {advice}")
        self.reason = reason
        self.advice = advice
        self.final = final


def _opened(clause: str) -> str:
    """`clause` as a sentence begins, except with the name of a host, file or repository, which stays as it is."""
    word = clause.partition(" ")[0]
    return clause if set(word) & set("./:'") else clause[:1].upper() + clause[1:]


def encode(value: Request | Line) -> bytes:
    """`value` as one line."""
    return msgspec.json.encode(value, enc_hook=str) + b"\n"


def decode_request(line: bytes) -> Request:
    """The request in `line`; raises `msgspec.DecodeError`."""
    request: Request = msgspec.json.decode(line, type=Request, dec_hook=_construct)
    return request


def decode_line(line: bytes) -> Line:
    """What the child says in `line`; raises `msgspec.DecodeError`."""
    said: Line = msgspec.json.decode(line, type=Line, dec_hook=_construct)
    return said


def _construct(kind: type, value: object) -> object:
    return kind(value)
