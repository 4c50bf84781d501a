"""A ranged request for a file's bytes: redirects, the token's origin, and answers that are not the file."""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx2

from tui.models.download.events import FetchError

T = TypeVar("T")

_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_REDIRECTS = 5
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Interrupted(Exception):  # noqa: N818
    """The download stopped for a reason that may pass; `retry_after` is the server's wait in seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Restart(Exception):  # noqa: N818
    """The server cannot continue the part on this disk; the text is a clause that says why."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer: `host` sends it, and its first byte is the file's byte `start`."""

    host: str
    start: int
    chunks: Iterator[bytes]


@dataclass(slots=True)
class Transfer:
    """Requests of the file of `size` bytes and hash `sha256` at `url`, from any byte on.

    `headers`, which include the token, go only to the origin of `url`. `refusal` explains an answer of that origin
    that a retry would not change. `stall` is how many seconds may pass without a byte.
    """

    client: httpx2.Client
    url: str
    headers: Mapping[str, str] = field(repr=False)
    size: int
    sha256: str
    refusal: Callable[[httpx2.Response], FetchError]
    stall: float = 10.0
    _etags: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def open(self, offset: int) -> Iterator[Body]:
        """Request the file's bytes from `offset` on; the server may start at 0 instead (see `Body.start`).

        Raise `Interrupted`, `Restart` or `FetchError`.
        """
        host = urlsplit(self.url).netloc
        try:
            response = self._follow(offset)
            host = response.url.host
            try:
                yield Body(host, self._checked_start(response, offset), response.iter_raw())
            finally:
                response.close()
        except httpx2.TransportError as error:
            raise Interrupted(explain(error, host)) from error

    def _follow(self, offset: int) -> httpx2.Response:
        url = self.url
        for _ in range(_REDIRECTS):
            response = self._send(url, offset)
            if not response.has_redirect_location:
                self._check_status(response, at_home=_origin(url) == _origin(self.url))
                return response
            response.close()
            self._check_unchanged(response)
            url = urljoin(url, response.headers["Location"])
        raise FetchError(f"{urlsplit(self.url).netloc} redirects without end", "Try again later.")

    def _send(self, url: str, offset: int) -> httpx2.Response:
        headers = {"Accept-Encoding": "identity"}
        if _origin(url) == _origin(self.url):
            headers |= self.headers
        if offset:
            headers["Range"] = f"bytes={offset}-"
            if etag := self._etags.get(_origin(url)):
                headers["If-Range"] = etag
        timeout = httpx2.Timeout(self.stall)
        request = self.client.build_request("GET", url, headers=headers, timeout=timeout)
        return self.client.send(request, stream=True, follow_redirects=False)

    def _check_unchanged(self, response: httpx2.Response) -> None:
        linked = response.headers.get("X-Linked-Etag", "").strip('"')
        if linked and linked != self.sha256:
            raise FetchError(
                f"the file changed on {response.url.host} while it was being fetched", "Try again for the new one."
            )

    def _check_status(self, response: httpx2.Response, *, at_home: bool) -> None:
        """Raise unless bytes follow; a refusal of another origin may be an expired address, which a retry renews."""
        code = response.status_code
        if code in {200, 206}:
            return
        if code == 416:
            response.close()
            raise Restart("the server has fewer bytes than expected")
        if code in {408, 425, 429} or code >= 500 or not at_home:
            response.close()
            raise Interrupted(f"{response.url.host} answers {code}", retry_after(response.headers))
        error = self.refusal(response)
        response.close()
        raise error

    def _checked_start(self, response: httpx2.Response, offset: int) -> int:
        """Return the file's byte with which the body starts; raise if the body cannot be the file."""
        host = response.url.host
        if "html" in response.headers.get("Content-Type", ""):
            raise FetchError(
                f"{host} sent a web page instead of the weights",
                "If this network asks to log in, do so in a browser, then try again.",
            )
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise FetchError(f"{host} sent the weights compressed ({encoding})", "Try again without the proxy.")
        start, total = _start_and_total(response)
        if total not in {None, self.size}:
            raise FetchError(f"{host} offers {total} bytes where {self.size} are expected", "Try again later.")
        if start not in {0, offset}:
            raise Restart(f"{host} sent another range than requested")
        self._remember_etag(response, start)
        return start

    def _remember_etag(self, response: httpx2.Response, start: int) -> None:
        etag, origin = response.headers.get("ETag", ""), _origin(str(response.url))
        known = self._etags.get(origin)
        if start and known and etag != known:
            raise Restart("the file changed on the server")
        if etag.startswith('"'):
            self._etags[origin] = etag


def explain(error: httpx2.TransportError, host: str) -> str:
    """Return a clause on why the request to `host` failed."""
    match error:
        case httpx2.ProxyError():
            return f"the proxy does not let {host} through"
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return f"{host} does not answer"
        case httpx2.TimeoutException():
            return f"{host} stopped sending"
        case httpx2.ConnectError() if _is_about_certificates(error):
            return f"the certificate of {host} is not trusted (SSL_CERT_FILE may name an authority)"
        case httpx2.ConnectError():
            return f"{host} cannot be reached ({_ERRNO.sub('', str(error))})"
        case _:
            return f"the connection to {host} broke off"


def retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds that a server asks to wait (RFC 9110, 10.2.3), or None."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def within(seconds: float, work: Callable[[], T], late: str) -> T:
    """Return or raise what `work` does, or raise `Interrupted(late)`: name resolution has no timeout of its own."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    try:
        return future.result(timeout=seconds)
    except TimeoutError:
        raise Interrupted(late) from None


def _is_about_certificates(error: BaseException) -> bool:
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, ssl.SSLCertVerificationError):
            return True
        chain = chain.__cause__ or chain.__context__
    return False


def _start_and_total(response: httpx2.Response) -> tuple[int, int | None]:
    """Return the first byte of the body and the size of the whole file, None if the server does not send it."""
    if response.status_code == 206:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None:
            raise Restart(f"{response.url.host} does not say which bytes it sends")
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
