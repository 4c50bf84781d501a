"""A hub on this machine: two origins (the hub and its CDN), counted bytes, faults on demand."""

import contextlib
import functools
import hashlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from tests.patience import GUARD

COMMIT = "c0ffee" + "0" * 34
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """A received request; header names are in lower case."""

    origin: Literal["hub", "cdn"]
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer of the hub's origin for a file instead of the redirect."""

    status: int
    code: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in one answer of the CDN; `after` counts bytes of that answer's body.

    `cut` ends the body early: by a reset, by a clean close, or by silence until the hub is closed. `gate` is what the
    rest of the body waits for. `content` stands in
    for the file; `extra` is sent after its end without a declared length; `headers` replace the usual ones.
    """

    cut: Literal["reset", "close", "stall"] | None = None
    after: int = 0
    gate: threading.Event | None = None
    status: int | None = None
    ignores_range: bool = False
    flips: int | None = None
    content: bytes | None = None
    extra: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class LoopbackHub:
    """Serves `files` (by `owner/name/path/in/repo`) as a hub does, counts requests, and makes faults on demand.

    Each answer of the CDN takes the next of `faults`; each question to the hub takes the next of `refusals`; `denied`
    holds refusals that stay, by repository. `throttle` is in bytes a second for each answer. A captive portal answers
    every question with a web page; a silent hub takes them and says nothing; `claimed_size` is what it says in place
    of a file's size.
    """

    files: dict[str, bytes]
    throttle: float | None = None
    faults: deque[Fault] = field(default_factory=deque)
    refusals: deque[Refusal] = field(default_factory=deque)
    denied: dict[str, Refusal] = field(default_factory=dict)
    is_captive_portal: bool = False
    is_silent: bool = False
    claimed_size: int | None = None
    requests: list[Seen] = field(default_factory=list)
    sent: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    _servers: list[ThreadingHTTPServer] = field(default_factory=list)

    @classmethod
    def of_folder(cls, folder: Path) -> "LoopbackHub":
        """Serve every file below `folder`, which holds `owner/name/file`."""
        return cls({str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()})

    @property
    def endpoint(self) -> str:
        """The value for HF_ENDPOINT."""
        return self._address(0)

    @property
    def cdn(self) -> str:
        """The origin that the hub redirects to."""
        return self._address(1)

    def _address(self, index: int) -> str:
        return f"http://127.0.0.1:{self._servers[index].server_address[1]}"

    def asked(self, origin: str, method: str = "GET") -> list[Seen]:
        """Return the requests that an origin got."""
        return [seen for seen in self.requests if seen.origin == origin and seen.method == method]

    def environ(self, home: Path) -> dict[str, str]:
        """Return the environment of a child that knows only this hub and `home`."""
        return {
            "HF_ENDPOINT": self.endpoint,
            "HF_HOME": str(home / "hf"),
            "DUOCHAT_HOME": str(home / "duochat"),
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
        }

    def __enter__(self) -> Self:
        for handler in (_HubHandler, _CdnHandler):
            server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"hub": self}))
            server.daemon_threads = False
            self._servers.append(server)
            threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: LoopbackHub
    origin: Literal["hub", "cdn"]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""

    def handle(self) -> None:
        self.request.settimeout(GUARD)
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def note(self) -> None:
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.hub.requests.append(Seen(self.origin, self.command, self.path, headers))

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head of an answer; each connection serves one request, so that no test waits for an idle one."""
        self.send_response(status)
        for key, value in {**headers, "Connection": "close"}.items():
            self.send_header(key, value)
        self.end_headers()
        self.close_connection = True

    def reply(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.start(status, {"Content-Length": str(len(body)), **headers})
        if self.command != "HEAD":
            self.wfile.write(body)


class _HubHandler(_Handler):
    origin = "hub"

    def do_HEAD(self) -> None:
        self.note()
        if self.hub.is_silent:
            self.hub.closing.wait()
            return
        if self.hub.is_captive_portal:
            self.reply(200, {"Content-Type": "text/html"}, b"<html>Welcome to our network</html>")
            return
        refusal = self._refusal()
        if refusal is None:
            self._redirect()
            return
        codes = {"X-Error-Code": refusal.code, "X-Error-Message": refusal.message}
        given = {key: value for key, value in codes.items() if value}
        self.reply(refusal.status, {**given, **refusal.headers}, json.dumps({"error": refusal.message}).encode())

    do_GET = do_HEAD  # noqa: N815

    def _refusal(self) -> Refusal | None:
        repo, revision, _file = self._named()
        if self.hub.refusals:
            return self.hub.refusals.popleft()
        if repo in self.hub.denied:
            return self.hub.denied[repo]
        if not any(name.startswith(f"{repo}/") for name in self.hub.files):
            return Refusal(401, "RepoNotFound", "Invalid username or password.")
        if revision not in {"main", COMMIT}:
            return Refusal(404, "RevisionNotFound", "Invalid rev id")
        return None

    def _redirect(self) -> None:
        repo, _revision, file = self._named()
        content = self.hub.files.get(f"{repo}/{file}")
        if content is None:
            self.reply(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            return
        sha256 = _sha256(content)
        size = len(content) if self.hub.claimed_size is None else self.hub.claimed_size
        about = {"X-Repo-Commit": COMMIT, "X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(size)}
        self.reply(302, {**about, "Location": f"{self.hub.cdn}/{repo}/{file}?signed=1"})

    def _named(self) -> tuple[str, str, str]:
        repo, _, rest = unquote(urlsplit(self.path).path).lstrip("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        return repo, revision, file


class _CdnHandler(_Handler):
    origin = "cdn"

    def do_GET(self) -> None:
        self.note()
        fault = self.hub.faults.popleft() if self.hub.faults else Fault()
        content = self.hub.files[unquote(urlsplit(self.path).path).lstrip("/")]
        etag = f'"cdn-{_sha256(content)[:16]}"'
        if fault.status is not None:
            self.reply(fault.status, fault.headers, b"" if fault.content is None else fault.content)
            return
        start = 0 if fault.ignores_range else self._start(etag)
        whole = _altered(content if fault.content is None else fault.content, fault)
        if start >= len(whole) > 0:
            self.reply(416, {"Content-Range": f"bytes */{len(whole)}"})
            return
        self._send(whole, start, etag, fault)

    def _start(self, etag: str) -> int:
        wanted = self.headers.get("Range", "bytes=0-")
        changed = self.headers.get("If-Range", etag) != etag
        return 0 if changed else int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _send(self, whole: bytes, start: int, etag: str, fault: Fault) -> None:
        headers = {"ETag": etag, "Content-Type": "application/octet-stream", "Content-Length": str(len(whole) - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        if fault.extra:
            del headers["Content-Length"]
        self.start(206 if start else 200, {**headers, **fault.headers})
        body = whole[start:] + fault.extra
        if fault.gate is not None:
            self._write(body[: fault.after])
            fault.gate.wait(GUARD)
            body = body[fault.after :]
        self._write(body if fault.cut is None else body[: fault.after])
        self._cut(fault)

    def _write(self, body: bytes) -> None:
        for at in range(0, len(body), _PIECE):
            if self.hub.closing.is_set():
                return
            piece = body[at : at + _PIECE]
            self.wfile.write(piece)
            self.hub.sent += len(piece)
            if self.hub.throttle:
                time.sleep(len(piece) / self.hub.throttle)

    def _cut(self, fault: Fault) -> None:
        if fault.cut == "stall":
            self.hub.closing.wait()
        if fault.cut == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()


@functools.lru_cache(maxsize=16)
def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _altered(content: bytes, fault: Fault) -> bytes:
    if fault.flips is None:
        return content
    flipped = bytearray(content)
    flipped[fault.flips] ^= 1
    return bytes(flipped)


def weights(size: int, seed: int = 0) -> bytes:
    """Return `size` bytes that start as a GGUF does and do not repeat."""
    blocks = (hashlib.sha256(f"{seed}-{index}".encode()).digest() for index in range(size // 32 + 1))
    return (b"GGUF" + b"".join(blocks))[:size]


@contextlib.contextmanager
def closed_port() -> Iterator[str]:
    """Return an address on this machine without a server."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
