"""Owns one question whose answers nobody may tell apart yet, and where an exchange stands on the screen."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from tui.arena.blind import Unveiling
from tui.chat.conversation import Conversation, Exchange, Side
from tui.chat.events import Failed, Finished
from tui.widgets.signature import signature


@dataclass(slots=True)
class Round:
    """A question whose answers nobody may tell apart; sides are players' here, `waited` for those that still write."""

    waited: set[Side]
    asked: tuple[Side, ...]
    ends: dict[Side, Finished | Failed] = field(default_factory=dict)
    unveiling: Unveiling | None = None
    named: bool = False
    seconds: int = 0

    def unveiled(self, conversation: Conversation) -> Unveiling:
        """The answers that were asked for, which are the last ones of `conversation`, on their way to their places."""
        exchange = conversation.exchanges[-1]
        texts = {exchange.question.player(side): exchange.answers[side].text for side in self.asked}
        names = (name for seat in conversation.seats.values() for name in (seat.name, seat.model, seat.maker) if name)
        said = "\n".join(each.question.text for each in conversation.exchanges)
        return Unveiling(texts, names, said)


def stands(exchange: Exchange, place: Side) -> bool:
    """Whether `exchange` has a turn in `place`."""
    player = exchange.question.player(place)
    return player in exchange.question.sides or player in exchange.answers


def signatures(
    exchanges: Sequence[Exchange], place: Side, *, secret: Container[int], named: bool
) -> dict[int, tuple[str, bool]]:
    """What stands below each answer in `place`, by its turn there; nothing below those that are `secret`."""
    here = [(number, each) for number, each in enumerate(exchanges) if stands(each, place)]
    return {
        turn: signature(each, each.question.player(place), named=named)
        for turn, (number, each) in enumerate(here)
        if number not in secret
    }
