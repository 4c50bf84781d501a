"""Which side's answers are shown in which pane, and whether that is known."""

import secrets
from dataclasses import dataclass, replace

from tui.chat.conversation import PaneSide, Side, pane_of, side_of


def draw() -> bool:
    """Draw whether each side's answer to the next question is shown in the other pane. It cannot be predicted."""
    return bool(secrets.randbits(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The present assignment: `swapped` now, `default` for questions that are not blind, `hidden` from the user."""

    swapped: bool
    default: bool
    hidden: bool

    def pane(self, side: Side) -> PaneSide:
        """Return the pane that shows the answers of `side`."""
        return pane_of(side, swapped=self.swapped)

    def side(self, pane: PaneSide) -> Side:
        """Return the side whose answers are shown in `pane`."""
        return side_of(pane, swapped=self.swapped)

    def looks_like(self, other: "Assignment") -> bool:
        """Return whether both look the same to the user. While names are hidden, nothing shown depends on `swapped`."""
        return self == other or (self.hidden and other.hidden)

    def for_question(self, drawn: bool | None) -> "Assignment":
        """Return the assignment of the next question to both: shuffled and hidden as `drawn`, or not blind for None."""
        return replace(self, swapped=self.default if drawn is None else drawn, hidden=drawn is not None)

    def turned(self) -> "Assignment":
        """Return the assignment with both sides in each other's pane from now on."""
        return replace(self, swapped=not self.swapped, default=not self.swapped)

    def with_hidden(self, hidden: bool) -> "Assignment":
        """Return the same assignment, hidden or not."""
        return replace(self, hidden=hidden)
