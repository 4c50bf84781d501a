"""A ledger for tests whose models need not be hashed."""

from pathlib import Path

from tui.models.weights.ledger import Entry, Ledger
from tui.models.weights.stamps import stamp_of


class TrustingLedger(Ledger):
    """Takes every file for verified, with the hash `sha256`."""

    def __init__(self, sha256: str = "00" * 32) -> None:
        super().__init__(None)
        self._sha256 = sha256

    def current(self, path: Path) -> Entry | None:
        """Return an entry about the file as it is now."""
        stamp = stamp_of(path)
        return None if stamp is None else Entry(str(path), stamp, self._sha256)
