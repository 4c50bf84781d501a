"""Owns who is shown where: the deal of each question, and all that nobody may know before the vote."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tui.chat.conversation import ModelInfo, Side
from tui.chat.events import Failed, Finished, LoadEvent, Outdated, ReplyEvent, Restarted
from tui.screens.compare.deal import Deal
from tui.screens.compare.loads import Loads
from tui.screens.compare.past import Past
from tui.screens.compare.round import Round
from tui.session.duo import BOTH, Duo
from tui.widgets.pane import Pane

HELD = "Both answers will be shown together, as soon as both are there."
"""What a place says while answers are held back; the same in both, whoever is first."""


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
        swapped = bool(exchanges) and exchanges[-1].question.swapped
        self._deal = Deal(swapped=swapped, standing=swapped, hidden=blind and not exchanges)
        self._past = Past(duo, pane)
        self._now: Round | None = None
        self._begun = bool(exchanges)
        self._before: tuple[bool, Deal, Round | None] | None = None
        self._loads = Loads()

    # What there is to know

    @property
    def hidden(self) -> bool:
        """Whether nobody may know who is where now."""
        return self._deal.hidden

    @property
    def anything_hidden(self) -> bool:
        """Whether there is anything that a reveal would tell."""
        return self.hidden or self._past.secret

    @property
    def votes_blind(self) -> bool:
        """Whether a vote on the last question would be a blind one."""
        return self._now is not None and not self._now.stopped

    @property
    def named(self) -> bool:
        """Whether an answer to the last question had a name that was hidden."""
        return self._now is not None and self._now.named

    @property
    def unveiling(self) -> bool:
        """Whether answers are on their way to the screen."""
        return self._now is not None and self._now.comes

    @property
    def busy(self) -> bool:
        """Whether answers are held back, or on their way to the screen."""
        return self._waits or self.unveiling

    @property
    def moved(self) -> bool:
        """Whether the players have changed places since the last question."""
        exchanges = self._duo.conversation.exchanges
        return bool(exchanges) and exchanges[-1].question.swapped is not self._deal.swapped

    def at(self, side: Side) -> Side:
        """Who is shown in place `side` now, and the place where player `side` is shown."""
        return self._deal.at(side)

    def model(self, place: Side) -> ModelInfo | None:
        """Who is shown in `place`, or None while nobody may know."""
        return None if self.hidden else self._duo.conversation.models[self.at(place)]

    # What happens

    def begin(self) -> None:
        """Shows what was said before, and who sits where."""
        self._past.show()
        self._sit()
        self._past.sign()

    def flip(self) -> None:
        """Makes the next questions blind, or not any more."""
        self.blind = not self.blind
        if not self._begun:
            self._choose()

    def swap(self) -> None:
        """The players change places from now on; what they said before stays where it was shown, with their names."""
        self._deal = self._deal.turned()
        self._past.named = self._past.named or self._begun
        self._sit()
        self._show_loads()
        self._past.sign()

    def reseat(self, side: Side) -> None:
        """Another model sits on `side` now: below each answer from before stands whose it was."""
        self._loads.forget(side)
        self._past.named = self._past.named or self._begun
        self._pane(self.at(side)).sit(self.model(self.at(side)))
        self._past.sign()

    def load_began(self, sides: Iterable[Side]) -> None:
        """`sides` are being loaded."""
        sides = tuple(sides)
        self._loads.begin(sides)
        if self.hidden:
            self._show_loads()
        else:
            for side in sides:
                self._pane(self.at(side)).begin_loading()

    def load_said(self, side: Side, event: LoadEvent) -> None:
        """`side` got on with its loading; how far tells its size, so that nothing is shown before both are there.

        Nothing either while answers are held back: whoever is loaded then has failed, and the end of the round says so.
        """
        self._loads.hear(side, event)
        if not self.hidden:
            self._pane(self.at(side)).hear_load(event)
        elif self._loads.failed and not self._loads.under_way and not self._waits:
            self.reveal()
        else:
            self._show_loads()

    def asked(self, text: str, sides: Iterable[Side], *, waited: bool) -> bool:
        """Shows `text`, put to `sides`, where its answers will be; whether each is shown on the other side.

        One that `waited` leaves the reader where they are.
        """
        self.rest()
        sides, was = tuple(sides), self._deal
        self._begun, self._before = True, (self._begun, was, self._now)
        if len(sides) == len(BOTH):
            self._deal = was.next(hidden=self.blind)
        if not self._deal.looks_like(was):
            self._past.named = True
            self._past.sign()
            self._sit()
        self._now = Round(waited=set(sides), asked=sides) if self.hidden else None
        if self._now is not None:
            self._past.keep(self._now)
        for pane in self._panes(sides):
            pane.begin(text, follow=not waited)
        self._hold()
        return self._deal.swapped

    def asked_again(self, sides: Iterable[Side]) -> None:
        """Makes room for another answer to the last question."""
        self.rest()
        sides, self._before = tuple(sides), None
        if self._now is not None:
            self._now.begin_again(sides)
        self._past.unsign_last()
        for pane in self._panes(sides):
            pane.begin_again()
        self._hold()

    def not_asked(self, sides: Iterable[Side]) -> None:
        """What was just shown reaches nobody: who is where, and whether that is known, is as it was before it."""
        for pane in self._panes(sides):
            pane.give_up()
        if self._now is not None:
            self._now.waited.clear()
            self._say("ready")
        if self._before is not None:
            self._past.drop()
            dealt = self._deal
            self._begun, self._deal, self._now = self._before
            if not self._begun:
                self._choose()
            elif not self._deal.looks_like(dealt):
                self._sit()
                self._show_loads()
        self._past.sign()

    def side_said(self, side: Side, event: ReplyEvent) -> None:
        """`side` got on with its answer, or ended it."""
        if isinstance(event, Failed) and event.fatal:
            self._loads.hear(side, event)
        if self._now is None:
            self._pane(self.at(side)).hear(event, shared=side.other in self._duo.answering)
            if self._past.named and isinstance(event, Finished | Failed):
                self._past.sign()
        elif isinstance(event, Outdated | Restarted):
            self._now.remarks.append((side, event))
        elif isinstance(event, Finished | Failed):
            self._now.end(side, event)
            if not self._now.waited:
                self._end(self._now)

    def count(self) -> None:
        """Another second went by: a sign of life, the same in both places."""
        if self._now is not None and self._now.waited:
            self._now.seconds += 1
            self._say(f"answering {self._now.seconds} s")

    def stop_wanted(self) -> None:
        """Somebody wants an answer stopped; that it was whole by then tells how fast its model is, too."""
        if self._now is not None and self._now.waited:
            self._now.stopped = True

    def step(self, *, whole: bool = False) -> None:
        """Shows a little more of both answers, or both whole."""
        if self._now is not None and self._now.comes:
            self._now.come_on(self._pane, whole=whole)
            if not self._now.comes:
                self._say("answered")

    def rest(self) -> None:
        """Shows both answers whole."""
        self.step(whole=True)

    def reveal(self) -> None:
        """Tells who wrote everything that is there."""
        self.rest()
        self._past.tell_all()
        self._show_who()

    def judged(self, exchange_id: int) -> None:
        """Tells who wrote the answers to a question, and how they were judged; what was asked since stays hidden."""
        judged = self._past.whole(exchange_id)
        if judged is not None:
            self.rest()
            self._past.tell(exchange_id)
            self._past.named = True
        if judged is not None and judged is self._now:
            self._show_who()
        else:
            self._past.sign()

    # How it is done

    @property
    def _waits(self) -> bool:
        """Whether answers are held back."""
        return self._now is not None and bool(self._now.waited)

    def _choose(self) -> None:
        """Hides names before the first question, or not, as is wished; a pane has to say which model failed."""
        self._deal = replace(self._deal, hidden=self.blind and not self._loads.failed)
        self._sit()
        self._show_loads()

    def _panes(self, sides: Iterable[Side]) -> list[Pane]:
        """Where `sides` are shown, the left one first: which is told something first must not tell who is where."""
        places = set(map(self.at, sides))
        return [self._pane(place) for place in BOTH if place in places]

    def _sit(self) -> None:
        for place in BOTH:
            self._pane(place).sit(self.model(place))

    def _say(self, state: str) -> None:
        for place in BOTH:
            self._pane(place).say(state)

    def _hold(self) -> None:
        if self._now is not None:
            self._say("answering")
            for pane in self._panes(self._now.asked):
                pane.hold(HELD)

    def _show_loads(self) -> None:
        """Shows how far loading is, as far as everybody may know."""
        if not self.hidden:
            for side in BOTH:
                self._loads.show(side, self._pane(self.at(side)))
        elif not self._waits:
            self._say("loading" if self._loads.under_way else "ready")

    def _end(self, now: Round) -> None:
        """Everybody asked has ended: shows what they wrote, or all of it with its names where a side failed.

        A pane has to say which model failed, and why, so that nothing is left to be hidden then.
        """
        if now.failed:
            self._past.tell_last()
            self._show_who()
        else:
            now.unveil(self._duo.conversation)

    def _show_who(self) -> None:
        """Everybody may know who is where now."""
        now, self._now, was = self._now, None, self.hidden
        self._deal, self._past.named = replace(self._deal, hidden=False), True
        if was:
            self._sit()
            self._show_loads()
        for side, remark in now.remarks if now is not None else ():
            self._pane(self.at(side)).hear(remark, shared=False)
        for side, end in now.ends.items() if now is not None else ():
            self._pane(self.at(side)).hear(end, shared=isinstance(end, Finished) and end.usage.shared)
            self._loads.show_since(side, end, self._pane(self.at(side)))
        self._past.sign()
