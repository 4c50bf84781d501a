"""One weights file that an engine loads: what it held when it was verified, and what became of it since."""

from collections.abc import AsyncGenerator, Container
from contextlib import aclosing
from enum import Enum
from pathlib import Path

from tui.chat.events import Checking
from tui.models.download.parent import FetchFailed, Ready, Verifying
from tui.models.weights.stamps import Stamp, stamp_of
from tui.models.weights.verifier import Verifier


class Change(Enum):
    """What became of a file: the same file with another stamp, another file in its place, or none.

    `LOST` is a file that was overwritten and then replaced or deleted: its bytes can no longer be compared.
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
    """The file at `path`, which must have the sha256 `expected`, or any where that is None.

    `ready` is what is known of it already.
    """

    def __init__(self, path: Path, expected: str | None, verifier: Verifier, ready: Ready | None = None) -> None:
        self.path = path
        self.ready = ready
        """What the file held when it was last verified."""
        self._expected = expected
        self._verifier = verifier
        self._overwritten = False
        self._seen: tuple[Change | None, str] = (None, "")
        self._told: tuple[Change | None, str] = (None, "")

    def change(self) -> Change | None:
        """Return what became of the file since it was verified, by one `stat`; None where nothing did."""
        now = stamp_of(self.path)
        found = self._change(now)
        self._overwritten = self._overwritten or found is Change.OVERWRITTEN
        if self._overwritten and found in {Change.REPLACED, Change.DELETED}:
            found = Change.LOST
        self._seen = (found, now.inode if now is not None else "")
        return found

    def news(self) -> str | None:
        """Return a sentence on the last change seen, once for each, where what is loaded is another file by now."""
        change = self._seen[0]
        if change is None or change not in _NEXT_STEP or self._told == self._seen:
            return None
        self._told = self._seen
        return (
            f"The weights file {self.path.name} was {change.value} since it was loaded; "
            f"this model still answers from the old one. {_NEXT_STEP[change]}"
        )

    async def verify(self) -> AsyncGenerator[Checking, None]:
        """Find out what the file holds, before it is loaded; raise WeightsError where that is not what it must be."""
        if self.ready is not None and self.change() is None:
            return
        async with aclosing(self._verifier.check(self.path, self._expected)) as events:
            async for event in events:
                match event:
                    case Verifying(done=done, total=total):
                        yield Checking(done, total)
                    case Ready():
                        self._settle(event)
                    case FetchFailed(message=message):
                        raise WeightsError(message)
                    case _:
                        pass

    async def compare(self, when: str, also: Container[Change] = ()) -> AsyncGenerator[Checking, None]:
        """Raise WeightsError if the file that was loaded was overwritten with other bytes.

        It is hashed where it was overwritten, or changed in one of the `also` ways; `when` that was ends the sentence.
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
                        self._settle(event)
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

    def _settle(self, ready: Ready) -> None:
        self.ready, self._overwritten = ready, False

    def _error(self, change: Change, when: str) -> WeightsError:
        how = "replaced" if change is Change.REPLACED else "overwritten"
        step = "load it again" if self._expected is None else "remove it, `duochat pull` it again, and load it again"
        return WeightsError(f"Its weights file {self.path.name} was {how} {when}; {step}.")
