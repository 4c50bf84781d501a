"""Owns which player is in which place, and whether anybody may know."""

from dataclasses import dataclass, replace

from tui.arena import blind
from tui.chat.conversation import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """Who is where: `swapped` now, `standing` where nothing is dealt; `hidden` while nobody may know."""

    swapped: bool
    standing: bool
    hidden: bool

    def at(self, side: Side) -> Side:
        """Who is in place `side`, and the place of player `side`."""
        return side.other if self.swapped else side

    def looks_like(self, other: "Deal") -> bool:
        """Whether it is shown as `other` is: while names are hidden, nothing that is painted may tell who is where."""
        return self == other or (self.hidden and other.hidden)

    def next(self, *, hidden: bool) -> "Deal":
        """For the next question to both: dealt anew where it is `hidden`."""
        return replace(self, swapped=blind.deal() if hidden else self.standing, hidden=hidden)

    def turned(self) -> "Deal":
        """With the players in each other's places from now on."""
        return replace(self, swapped=not self.swapped, standing=not self.swapped)
