"""Owns who is shown where: the deal of each question, and all that nobody may know before the vote."""

from collections.abc import Callable, Iterable

from tui.arena import blind
from tui.arena.blind import Unveiling
from tui.chat.conversation import Seat, Side
from tui.chat.events import Failed, Finished, Loaded, LoadEvent, Loading, ReplyEvent
from tui.chat.placing import by_others
from tui.duo import BOTH, Duo
from tui.screens.round import Round, signatures, stands
from tui.widgets.pane import Pane

HELD = "Both answers will be shown together, as soon as both are there."
"""What a place says while answers are held back; the same in both, whoever is first."""
_EMPTY = "an empty answer"


class Curtain:
    """Between a duo, whose sides are players, and two panes, which are places.

    With `blind`, the next questions to both are dealt anew, and held back until both have answered. `pane` finds the
    pane of a place.
    """

    def __init__(self, duo: Duo, pane: Callable[[Side], Pane], *, blind: bool) -> None:
        exchanges = duo.conversation.exchanges
        self.blind = blind
        self._duo = duo
        self._pane = pane
        self._swapped = bool(exchanges) and exchanges[-1].question.swapped
        self._standing = self._swapped
        self._hidden = blind and not exchanges
        self._rounds: dict[int, Round] = {}
        self._now: Round | None = None
        self._named = any(each.question.swapped or by_others(each, duo.conversation.seats) for each in exchanges)
        self._loading: set[Side] = set()
        self._loads: dict[Side, LoadEvent] = {}

    # What there is to know

    @property
    def hidden(self) -> bool:
        """Whether nobody may know who is where now."""
        return self._hidden

    @property
    def anything_hidden(self) -> bool:
        """Whether there is anything that a reveal would tell."""
        return self._hidden or bool(self._rounds)

    @property
    def votes_blind(self) -> bool:
        """Whether a vote on the last question would be a blind one."""
        return self._now is not None

    @property
    def named(self) -> bool:
        """Whether an answer to the last question told who wrote it, and was masked."""
        return self._now is not None and self._now.named

    @property
    def unveiling(self) -> bool:
        """Whether answers are on their way to the screen."""
        return self._now is not None and self._now.unveiling is not None and not self._now.unveiling.done

    @property
    def busy(self) -> bool:
        """Whether answers are held back, or on their way to the screen."""
        return self._now is not None and (bool(self._now.waited) or self.unveiling)

    def at(self, side: Side) -> Side:
        """Who is shown in place `side` now, and the place where player `side` is shown."""
        return side.other if self._swapped else side

    def seat(self, place: Side) -> Seat | None:
        """Who is shown in `place`, or None while nobody may know."""
        return None if self._hidden else self._duo.conversation.seats[self.at(place)]

    # What happens

    def begin(self) -> None:
        """Shows what was said before, and who sits where."""
        conversation = self._duo.conversation
        for place in BOTH:
            self._pane(place).show(conversation.exchanges)
        self._sit()
        self.sign()

    def flip(self) -> None:
        """Makes the next questions blind, or not any more."""
        self.blind = not self.blind
        if not self._duo.conversation.exchanges and self._now is None:
            self._hidden = self.blind
            self._sit()
            self._show_loads()

    def swap(self) -> None:
        """The players change places from now on; what they said before stays where it was shown, with their names."""
        self._standing = self._swapped = not self._swapped
        self._named = self._named or bool(self._duo.conversation.exchanges)
        self._sit()
        self._show_loads()
        self.sign()

    def reseat(self, side: Side) -> None:
        """Another model sits on `side` now: below each answer from before stands whose it was."""
        self._loads.pop(side, None)
        self._named = self._named or bool(self._duo.conversation.exchanges)
        self._pane(self.at(side)).sit(self.seat(self.at(side)))
        self.sign()

    def load_began(self, sides: Iterable[Side]) -> None:
        """`sides` are being loaded."""
        self._loading.update(sides)
        for side in sides:
            self._loads.pop(side, None)
        if self._hidden:
            self._show_loads()
        else:
            for side in sides:
                self._pane(self.at(side)).begin_loading()

    def load_said(self, side: Side, event: LoadEvent) -> None:
        """`side` got on with its loading; how far tells its size, so that nothing is shown before both are there."""
        self._loads[side] = event
        if not isinstance(event, Loading):
            self._loading.discard(side)
        if not self._hidden:
            self._pane(self.at(side)).hear_load(event)
        elif not self._loading:
            if any(isinstance(each, Failed) for each in self._loads.values()):
                self.reveal()
            self._show_loads()

    def asked(self, text: str, sides: Iterable[Side]) -> bool:
        """Shows `text`, put to `sides`, where its answers will be; whether each is shown on the other side."""
        self.rest()
        sides, was = tuple(sides), (self._hidden, self._swapped)
        if len(sides) == len(BOTH):
            self._hidden, self._swapped = self.blind, blind.deal() if self.blind else self._standing
        if was != (self._hidden, self._swapped):
            self._named = True
            self.sign()
            self._sit()
        self._now = Round(waited=set(sides), asked=sides) if self._hidden else None
        if self._now is not None:
            self._rounds[len(self._duo.conversation.exchanges)] = self._now
        for side in sides:
            self._pane(self.at(side)).begin(text)
        self._hold()
        return self._swapped

    def asked_again(self, sides: Iterable[Side]) -> None:
        """Makes room for another answer to the last question."""
        self.rest()
        sides = tuple(sides)
        if self._now is not None:
            self._now.waited, self._now.asked, self._now.unveiling, self._now.seconds = set(sides), sides, None, 0
        for place in BOTH:
            self._pane(place).sign({-1: ("", False)})
        for side in sides:
            self._pane(self.at(side)).begin_again()
        self._hold()

    def not_asked(self, sides: Iterable[Side]) -> None:
        """What was just shown reaches nobody."""
        if self._now is not None:
            self._now.waited.clear()
            if self._rounds.pop(len(self._duo.conversation.exchanges), None) is not None:
                self._now = None
            self._say("ready")
        for side in sides:
            self._pane(self.at(side)).give_up()

    def side_said(self, side: Side, event: ReplyEvent) -> None:
        """`side` got on with its answer, or ended it."""
        if isinstance(event, Failed) and event.fatal:
            self._loads[side] = event
        if self._now is None:
            self._pane(self.at(side)).hear(event, shared=side.other in self._duo.answering)
            if self._named and isinstance(event, Finished | Failed):
                self.sign()
        elif isinstance(event, Finished | Failed):
            self._now.ends[side] = event
            self._now.waited.discard(side)
            if not self._now.waited:
                self._end(self._now)

    def count(self) -> None:
        """Another second went by: a sign of life, the same in both places."""
        if self._now is not None and self._now.waited:
            self._now.seconds += 1
            self._say(f"answering {self._now.seconds} s")

    def step(self) -> None:
        """Shows a little more of both answers."""
        if self._now is not None and self._now.unveiling is not None:
            self._write(self._now, self._now.unveiling, self._now.unveiling.step())

    def rest(self) -> None:
        """Shows both answers whole."""
        if self.unveiling and self._now is not None and self._now.unveiling is not None:
            self._write(self._now, self._now.unveiling, self._now.unveiling.rest())

    def reveal(self) -> None:
        """Tells who wrote everything that is there."""
        self.rest()
        for number in tuple(self._rounds):
            self._retell(number)
        self._show_who()

    def judged(self, exchange_id: int) -> None:
        """Tells who wrote the answers to a question, and how they were judged; what was asked since stays hidden."""
        number = [each.id for each in self._duo.conversation.exchanges].index(exchange_id)
        judged = self._rounds.get(number)
        if judged is not None and not judged.waited:
            self.rest()
            self._retell(number)
            self._named = True
        if judged is not None and judged is self._now and not judged.waited:
            self._show_who()
        else:
            self.sign()

    def sign(self) -> None:
        """Says below each answer that is no secret whose it is, where panes' titles cannot, and how it was judged."""
        exchanges = self._duo.conversation.exchanges
        for place in BOTH:
            self._pane(place).sign(signatures(exchanges, place, secret=self._rounds, named=self._named))

    # How it is done

    def _sit(self) -> None:
        for place in BOTH:
            self._pane(place).sit(self.seat(place))

    def _say(self, state: str) -> None:
        for place in BOTH:
            self._pane(place).say(state)

    def _hold(self) -> None:
        if self._now is not None:
            self._say("answering")
            for side in self._now.asked:
                self._pane(self.at(side)).hold(HELD)

    def _show_loads(self) -> None:
        """Shows how far loading is, as far as everybody may know."""
        if self._hidden:
            self._say("loading" if self._loading else "ready")
            return
        for side in BOTH:
            if side in self._loading:
                self._pane(self.at(side)).begin_loading()
            if side in self._loads:
                self._pane(self.at(side)).hear_load(self._loads[side])

    def _end(self, now: Round) -> None:
        """Everybody asked has ended: shows what they wrote, or all of it with its names where a side failed.

        A pane has to say which model failed, and why, so that nothing is left to be hidden then.
        """
        if any(isinstance(each, Failed) for each in now.ends.values()):
            self._retell(len(self._duo.conversation.exchanges) - 1)
            self._show_who()
        else:
            now.unveiling = now.unveiled(self._duo.conversation)

    def _write(self, now: Round, unveiling: Unveiling, pieces: dict[Side, str]) -> None:
        for place, piece in pieces.items():
            self._pane(place).write(piece)
        if unveiling.done:
            now.named = now.named or unveiling.named
            answers = self._duo.conversation.exchanges[-1].answers
            for side in now.asked:
                self._pane(self.at(side)).close("" if answers[side].text.strip() else _EMPTY)
            self._say("answered")

    def _retell(self, number: int) -> None:
        """Shows an exchange as it was, names, thinking and all."""
        exchange = self._duo.conversation.exchanges[number]
        del self._rounds[number]
        for place in BOTH:
            if stands(exchange, place):
                before = self._duo.conversation.exchanges[:number]
                self._pane(place).retell(sum(stands(each, place) for each in before), exchange)

    def _show_who(self) -> None:
        """Everybody may know who is where now."""
        now, self._now, was = self._now, None, self._hidden
        self._hidden, self._named = False, True
        if was:
            self._sit()
            for side, event in self._loads.items():
                if isinstance(event, Loaded):
                    self._pane(self.at(side)).hear_load(event)
        for side, end in now.ends.items() if now is not None else ():
            self._pane(self.at(side)).hear(end, shared=isinstance(end, Finished) and end.usage.shared)
        self.sign()
