"""Owns what was said so far as it stands in the panes: which of it is secret, and what stands below the rest."""

from collections.abc import Callable

from tui.chat.conversation import Exchange, Side
from tui.chat.pane_order import by_others
from tui.screens.compare.round import Round
from tui.session.duo import BOTH, Duo
from tui.widgets.pane import Pane
from tui.widgets.transcript.signature import signature


class Past:
    """The exchanges of a duo, in the panes that `pane` finds; those whose answers nobody may tell apart are secret.

    With `named`, below each answer that is no secret stands whose it is, since the panes' titles do not tell that.
    """

    def __init__(self, duo: Duo, pane: Callable[[Side], Pane]) -> None:
        self._duo = duo
        self._pane = pane
        self._secret: dict[int, Round] = {}
        models = duo.conversation.models
        self.named = any(each.question.swapped or by_others(each, models) for each in self._exchanges)

    @property
    def secret(self) -> bool:
        """Whether any of it is secret."""
        return bool(self._secret)

    def show(self) -> None:
        """Shows all of it, as the archive has it."""
        for place in BOTH:
            self._pane(place).show(self._exchanges)

    def keep(self, now: Round) -> None:
        """The next exchange will be secret: it is `now` under way."""
        self._secret[len(self._exchanges)] = now

    def drop(self) -> None:
        """The next exchange will not be what was to be kept."""
        self._secret.pop(len(self._exchanges), None)

    def whole(self, exchange_id: int) -> Round | None:
        """The secret round with that id, if nobody writes in it any more."""
        found = self._secret.get(self._number(exchange_id))
        return found if found is not None and not found.waited else None

    def tell(self, exchange_id: int) -> None:
        """Shows a secret exchange as it was, names, thinking and all."""
        self._tell(self._number(exchange_id))

    def tell_last(self) -> None:
        """Shows the last exchange, a secret, as it was."""
        self._tell(len(self._exchanges) - 1)

    def tell_all(self) -> None:
        """Shows every secret exchange as it was."""
        for number in tuple(self._secret):
            self._tell(number)

    def sign(self) -> None:
        """Says below each answer that is no secret whose it is, where that is wanted, and how it was judged."""
        for place in BOTH:
            here = ((number, each) for number, each in enumerate(self._exchanges) if _stands(each, place))
            self._pane(place).sign(
                {
                    turn: signature(each, each.question.participant(place), named=self.named)
                    for turn, (number, each) in enumerate(here)
                    if number not in self._secret
                }
            )

    def unsign_last(self) -> None:
        """Says nothing below the last answers any more: they are asked for again."""
        for place in BOTH:
            turn = self._turn(len(self._exchanges) - 1, place)
            self._pane(place).sign({turn: ("", False)} if turn is not None else {})

    @property
    def _exchanges(self) -> tuple[Exchange, ...]:
        return self._duo.conversation.exchanges

    def _number(self, exchange_id: int) -> int:
        return [each.id for each in self._exchanges].index(exchange_id)

    def _turn(self, number: int, place: Side) -> int | None:
        """Which turn in `place` the exchange with that `number` is, or None where it has none there."""
        if not _stands(self._exchanges[number], place):
            return None
        return sum(_stands(each, place) for each in self._exchanges[:number])

    def _tell(self, number: int) -> None:
        del self._secret[number]
        for place in BOTH:
            turn = self._turn(number, place)
            if turn is not None:
                self._pane(place).retell(turn, self._exchanges[number])


def _stands(exchange: Exchange, place: Side) -> bool:
    """Whether `exchange` has a turn in `place`."""
    participant = exchange.question.participant(place)
    return participant in exchange.question.sides or participant in exchange.answers
