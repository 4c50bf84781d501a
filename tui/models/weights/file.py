"""The weights file of a loaded model: its verified content, and changes of the file since then."""

from collections.abc import AsyncGenerator, Container
from contextlib import aclosing
from enum import Enum
from pathlib import Path

from tui.chat.events import Checking
from tui.models.download.parent import FetchFailed, Ready, Verifying
from tui.models.weights.stamps import Stamp, stamp_of
from tui.models.weights.verifier import Verifier


class Change(Enum):
    """A change of a file: the same file with another stamp, another file in its place, or no file.

    A `LOST` file was overwritten and then replaced or deleted: its bytes can no longer be compared.
    """

    OVERWRITTEN = "overwritten"
    REPLACED = "replaced"
    DELETED = "deleted"
    LOST = "lost"


_NEXT_STEP = {
    Change.REPLACED: "Load it again to use the new one.",
    Change.DELETED: "Put it back before you load it again.",
}


class WeightsError(Exception):
    """The file does not hold what it must hold; the message is one sentence with the next step."""


class WeightsFile:
    """The file at `path`, which must have the sha256 `expected`, or any if that is None.

    `ready` is the result of an earlier verification.
    """

    def __init__(self, path: Path, expected: str | None, verifier: Verifier, ready: Ready | None = None) -> None:
        self.path = path
        self.ready = ready
        """The result of the last verification."""
        self._expected = expected
        self._verifier = verifier
        self._overwritten = False
        self._seen: tuple[Change | None, str] = (None, "")
        self._reported: tuple[Change | None, str] = (None, "")

    def change(self) -> Change | None:
        """Return how the file changed since it was verified, by one `stat`; None if it did not."""
        now = stamp_of(self.path)
        found = self._change(now)
        self._overwritten = self._overwritten or found is Change.OVERWRITTEN
        if self._overwritten and found in {Change.REPLACED, Change.DELETED}:
            found = Change.LOST
        self._seen = (found, now.inode if now is not None else "")
        return found

    def notice(self) -> str | None:
        """Return a sentence about the last change seen, once for each, if the loaded file is no longer at its path."""
        change = self._seen[0]
        if change is None or change not in _NEXT_STEP or self._reported == self._seen:
            return None
        self._reported = self._seen
        return (
            f"The weights file {self.path.name} was {change.value} since it was loaded; "
            f"this model still answers from the old one. {_NEXT_STEP[change]}"
        )

    async def verify(self) -> AsyncGenerator[Checking, None]:
        """Verify the file before it is loaded, unless it did not change since; raise WeightsError if it is wrong."""
        if self.ready is not None and self.change() is None:
            return
        async with aclosing(self._verifier.check(self.path, self._expected)) as events:
            async for event in events:
                match event:
                    case Verifying(done=done, total=total):
                        yield Checking(done, total)
                    case Ready():
                        self._accept(event)
                    case FetchFailed(message=message):
                        raise WeightsError(message)
                    case _:
                        pass

    async def compare(self, when: str, also: Container[Change] = ()) -> AsyncGenerator[Checking, None]:
        """Raise WeightsError if the loaded file was overwritten with other bytes.

        It is hashed if it was overwritten, or changed in one of the `also` ways; `when` completes the error's sentence.
        """
        known, change = self.ready, self.change()
        if change is Change.LOST:
            raise self._error(change, when)
        if known is None or change is None or (change is not Change.OVERWRITTEN and change not in also):
            return
        async with aclosing(self._verifier.hash(self.path, None)) as events:
            async for event in events:
                match event:
                    case Verifying(done=done, total=total):
                        yield Checking(done, total)
                    case Ready() if event.sha256 != known.sha256:
                        raise self._error(change, when)
                    case Ready():
                        self._accept(event)
                    case FetchFailed(message=message):
                        raise WeightsError(message)
                    case _:
                        pass

    def _change(self, now: Stamp | None) -> Change | None:
        known = self.ready.stamp if self.ready is not None else None
        if now is None:
            return Change.DELETED
        if now == known:
            return None
        return Change.OVERWRITTEN if known is None or now.inode == known.inode else Change.REPLACED

    def _accept(self, ready: Ready) -> None:
        self.ready, self._overwritten = ready, False

    def _error(self, change: Change, when: str) -> WeightsError:
        how = "replaced" if change is Change.REPLACED else "overwritten"
        step = "load it again" if self._expected is None else "remove it, `duochat pull` it again, and load it again"
        return WeightsError(f"Its weights file {self.path.name} was {how} {when}; {step}.")
