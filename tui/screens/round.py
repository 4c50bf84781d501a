"""Owns one question whose answers nobody may tell apart yet: who still writes, and how they come to the screen."""

from dataclasses import dataclass, field

from tui.arena.blind import Unveiling
from tui.chat.conversation import Conversation, Side
from tui.chat.events import Failed, Finished


@dataclass(slots=True)
class Round:
    """A question whose answers nobody may tell apart; sides are players' here, `waited` for those that still write."""

    waited: set[Side]
    asked: tuple[Side, ...]
    ends: dict[Side, Finished | Failed] = field(default_factory=dict)
    unveiling: Unveiling | None = None
    named: bool = False
    seconds: int = 0

    @property
    def failed(self) -> bool:
        """Whether a side failed."""
        return any(isinstance(each, Failed) for each in self.ends.values())

    @property
    def comes(self) -> bool:
        """Whether its answers are on their way to the screen."""
        return self.unveiling is not None and not self.unveiling.done

    def pieces(self, *, whole: bool) -> dict[Side, str]:
        """What each place shows next of them, or all the rest; keeps whether a name was hidden."""
        if self.unveiling is None:
            return {}
        pieces = self.unveiling.rest() if whole else self.unveiling.step()
        self.named = self.named or (self.unveiling.done and self.unveiling.named)
        return pieces

    def end(self, side: Side, event: Finished | Failed) -> None:
        """`side` writes no more."""
        self.ends[side] = event
        self.waited.discard(side)

    def begin_again(self, sides: tuple[Side, ...]) -> None:
        """`sides` write another answer to it."""
        self.waited, self.asked, self.unveiling, self.seconds = set(sides), sides, None, 0

    def unveiled(self, conversation: Conversation) -> Unveiling:
        """The answers that were asked for, which are the last ones of `conversation`, on their way to their places."""
        exchange = conversation.exchanges[-1]
        texts = {exchange.question.player(side): exchange.answers[side].text for side in self.asked}
        names = (name for seat in conversation.seats.values() for name in (seat.name, seat.model, seat.maker) if name)
        said = "\n".join(each.question.text for each in conversation.exchanges)
        return Unveiling(texts, names, said)
