"""One blind exchange: what is known of it before the vote, and whether a vote on it counts as blind."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tui.chat.conversation import FinishReason, Side
from tui.chat.events import Failed, Finished, Outdated, Restarted


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindExchange:
    """A question whose answers must not be told apart yet; `waiting` are the sides that still answer.

    `ends` and `remarks` are held back: both tell the sides apart. `masked` says that a name in an answer was masked.
    """

    asked: tuple[Side, ...]
    waiting: frozenset[Side]
    ends: Mapping[Side, Finished | Failed] = field(default_factory=dict)
    remarks: tuple[tuple[Side, Outdated | Restarted], ...] = ()
    stopped: bool = False
    masked: bool = False

    @classmethod
    def of(cls, sides: tuple[Side, ...]) -> "BlindExchange":
        """Return the exchange at the moment its question is put to `sides`."""
        return cls(asked=sides, waiting=frozenset(sides))

    @property
    def counts_as_blind(self) -> bool:
        """Return whether a vote before the reveal is a blind one.

        It is not once a stop was requested while an answer was held back: how much was written by then tells how fast
        its model is, even if both answers are generated again.
        """
        return not self.stopped

    @property
    def failed(self) -> bool:
        """Return whether a side failed."""
        return any(isinstance(end, Failed) for end in self.ends.values())

    def ended(self, side: Side, end: Finished | Failed) -> "BlindExchange":
        """Return the exchange once `side` has ended."""
        stopped = isinstance(end, Finished) and end.reason is FinishReason.STOPPED
        return replace(
            self,
            ends={**self.ends, side: end},
            waiting=self.waiting - {side},
            stopped=self.stopped or stopped,
        )

    def remarked(self, side: Side, remark: Outdated | Restarted) -> "BlindExchange":
        """Return the exchange with something to say of the engine or the weights of `side`, after the reveal."""
        return replace(self, remarks=(*self.remarks, (side, remark)))

    def stop_requested(self) -> "BlindExchange":
        """Return the exchange after the user asked for a stop."""
        return replace(self, stopped=self.stopped or bool(self.waiting))

    def regenerated(self, sides: tuple[Side, ...]) -> "BlindExchange":
        """Return the exchange while `sides` answer its question once more."""
        return replace(self, asked=sides, waiting=frozenset(sides))

    def abandoned(self) -> "BlindExchange":
        """Return the exchange when its question could not be asked after all."""
        return replace(self, waiting=frozenset())
