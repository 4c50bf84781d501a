"""Download and verification of weights; a file that did not change since it was hashed is not hashed again."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path

from tui.models import local
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import FetchEvent, Note, Ready, fetch, verify
from tui.models.weights.ledger import Ledger


class Verifier:
    """Hashes weights files in a child process and adds them to `ledger`.

    All methods yield events; the last one is `Ready` or `FetchFailed`.
    """

    def __init__(self, ledger: Ledger, environ: Mapping[str, str]) -> None:
        self._ledger = ledger
        self._environ = environ

    async def fetch_or_check(
        self, spec: ModelSpec, path: Path | None, *, anew: bool = False
    ) -> AsyncGenerator[FetchEvent, None]:
        """Check the weights of `spec` at `path`, or fetch them if that is None; with `anew`, hash them in any case."""
        if path is None:
            events = self._fetch(spec)
        elif anew:
            events = self.hash(path, local.expected_sha256(spec, path))
        else:
            events = self.check(path, local.expected_sha256(spec, path))
        async with aclosing(events):
            async for event in events:
                yield event

    async def check(self, path: Path, expected: str | None) -> AsyncGenerator[FetchEvent, None]:
        """Check that the file at `path` has the sha256 `expected`; hash it only if the ledger cannot tell."""
        entry = self._ledger.current(path)
        if entry is not None and expected in {None, entry.sha256}:
            yield Ready(path, entry.sha256, entry.stamp.size, "disk", entry.stamp)
            return
        async with aclosing(self.hash(path, expected)) as events:
            async for event in events:
                yield event

    async def hash(self, path: Path, expected: str | None) -> AsyncGenerator[FetchEvent, None]:
        """Hash the file at `path` and check its sha256; with None, note if it differs from last time."""
        last = self._ledger.last(path)
        async with aclosing(verify(path, expected, environ=self._environ)) as events:
            async for event in events:
                if isinstance(event, Ready):
                    self._remember(event)
                    if expected is None and last is not None and last.sha256 != event.sha256:
                        yield Note(changed_note(path, event.sha256, last.sha256), lasting=True)
                yield event

    async def _fetch(self, spec: ModelSpec) -> AsyncGenerator[FetchEvent, None]:
        async with aclosing(fetch(spec, environ=self._environ)) as events:
            async for event in events:
                if isinstance(event, Ready):
                    self._remember(event)
                yield event

    def _remember(self, ready: Ready) -> None:
        if ready.stamp is not None:
            self._ledger.remember(ready.path, ready.stamp, ready.sha256)


def changed_note(path: Path, now: str, before: str) -> str:
    """Return the sentence about a file whose sha256 changed."""
    return f"{path.name} changed since it was last used: its sha256 is now {now[:8]}…, it was {before[:8]}…"
