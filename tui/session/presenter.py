"""What both sides do, as events of the panes, under the rules of blind judging."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from tui.arena.blind.assignment import Assignment
from tui.arena.blind.exchange import BlindExchange
from tui.arena.blind.masking import Masked, masked
from tui.chat.conversation import Conversation, ModelInfo, PaneSide, Side
from tui.chat.events import Failed, Finished, LoadEvent, Outdated, ReplyEvent, Restarted
from tui.session.duo import BOTH, Duo
from tui.session.events import (
    AnswerHeld,
    AnswerProgressed,
    AnswersReleased,
    ExchangeStarted,
    HistoryShown,
    LoadProgressed,
    LoadStarted,
    ModelShown,
    NotAsked,
    QuestionShown,
    RegenerationShown,
    SessionEvent,
    Signature,
    Signed,
    StateShown,
    TurnRevealed,
)
from tui.session.load_states import LoadStates
from tui.session.turns import needs_names, signatures, turn_of


class Presenter:
    """Turns events of the sides of `duo` into events of the panes, which it hands to `emit`.

    With `blind`, the next questions to both are shuffled by `draw`, and their answers held back until both are
    complete. Events of both panes come in the order of the panes, so that the order tells nothing of the sides.
    """

    def __init__(
        self, duo: Duo, emit: Callable[[SessionEvent], None], *, blind: bool, draw: Callable[[], bool]
    ) -> None:
        exchanges = duo.conversation.exchanges
        swapped = bool(exchanges) and exchanges[-1].question.swapped
        self.blind = blind
        self.assignment = Assignment(swapped=swapped, default=swapped, hidden=blind and not exchanges)
        self._duo = duo
        self._emit = emit
        self._draw = draw
        self._hidden: dict[int, BlindExchange] = {}
        self._current: int | None = None
        self._named = needs_names(duo.conversation)
        self._begun = bool(exchanges)
        self._before: tuple[bool, Assignment, int | None] | None = None
        self._loads = LoadStates()
        self._seconds = 0

    # What is known

    @property
    def current(self) -> BlindExchange | None:
        """Return the last exchange if its answers must not be told apart."""
        return None if self._current is None else self._hidden.get(self._current)

    @property
    def hidden(self) -> bool:
        """Return whether it is hidden now which model is in which pane."""
        return self.assignment.hidden

    @property
    def anything_hidden(self) -> bool:
        """Return whether a reveal would tell anything."""
        return self.hidden or bool(self._hidden)

    @property
    def holding(self) -> bool:
        """Return whether answers are held back."""
        return self.current is not None and bool(self.current.waiting)

    @property
    def moved(self) -> bool:
        """Return whether the sides have changed panes since the last question."""
        exchanges = self._duo.conversation.exchanges
        return bool(exchanges) and exchanges[-1].question.swapped is not self.assignment.swapped

    # What happens

    def begin(self) -> None:
        """Show what was said before, and the models."""
        for pane in PaneSide:
            self._emit(HistoryShown(pane, self._conversation.exchanges))
        self._show_models()
        self._sign()

    def toggle_blind(self) -> None:
        """Make the next questions blind, or no longer."""
        self.blind = not self.blind
        if not self._begun:
            self._hide_as_wanted()

    def swap(self) -> None:
        """Show each side in the other pane from now on. Earlier answers stay where they are, with their names."""
        self.assignment = self.assignment.turned()
        self._named = self._named or self._begun
        self._show_models()
        self._show_loads()
        self._sign()

    def replaced(self, side: Side) -> None:
        """Show the model that was assigned to `side`; earlier answers get their names."""
        self._loads.forget(side)
        self._named = self._named or self._begun
        pane = self.assignment.pane(side)
        self._emit(ModelShown(pane, self.model(pane)))
        self._sign()

    def load_started(self, sides: tuple[Side, ...]) -> None:
        """Show that `sides` are being loaded."""
        self._loads.begin(sides)
        if self.hidden:
            self._show_loads()
        else:
            for side in sides:
                self._emit(LoadStarted(self.assignment.pane(side)))

    def load_progressed(self, side: Side, event: LoadEvent) -> None:
        """Show how far `side` is. While names are hidden, that would tell its size: only the end of both is shown.

        While answers are held back, nothing is: a side that is loaded then has failed, and the end of the exchange
        says so.
        """
        self._loads.note(side, event)
        if not self.hidden:
            self._emit(LoadProgressed(self.assignment.pane(side), event))
        elif self._loads.failed and not self._loads.loading and not self.holding:
            self.reveal()
        else:
            self._show_loads()

    def ask(self, text: str, sides: tuple[Side, ...], *, waited: bool) -> bool:
        """Show that `text` is put to `sides`. Return whether each answer is shown in the other pane.

        A question that `waited` leaves the user's scroll position alone.
        """
        before = self.assignment
        self._begun, self._before = True, (self._begun, before, self._current)
        self._emit(ExchangeStarted())
        if len(sides) == len(BOTH):
            self.assignment = before.for_question(self._draw() if self.blind else None)
        if not self.assignment.looks_like(before):
            self._named = True
            self._sign()
            self._show_models()
        number = len(self._conversation.exchanges)
        self._current = number if self.hidden else None
        if self.hidden:
            self._hidden[number] = BlindExchange.of(sides)
        for pane in self._panes(sides):
            self._emit(QuestionShown(pane, text, follow=not waited))
        self._hold()
        return self.assignment.swapped

    def regenerate(self, sides: tuple[Side, ...]) -> None:
        """Show that the last question is put to `sides` once more."""
        self._before = None
        self._emit(ExchangeStarted())
        self._set_current(lambda now: now.regenerated(sides))
        for pane in PaneSide:
            turn = turn_of(self._conversation, len(self._conversation.exchanges) - 1, pane)
            if turn is not None:
                self._emit(Signed(pane, {turn: Signature(None, None)}))
        for pane in self._panes(sides):
            self._emit(RegenerationShown(pane))
        self._hold()

    def not_asked(self, sides: tuple[Side, ...]) -> None:
        """Show that the question reaches no model; the assignment, and what is hidden, are as before it."""
        for pane in self._panes(sides):
            self._emit(NotAsked(pane))
        if self.current is not None:
            self._set_current(BlindExchange.abandoned)
            self._show_state("ready")
        if self._before is not None:
            self._hidden.pop(len(self._conversation.exchanges), None)
            shown = self.assignment
            self._begun, self.assignment, self._current = self._before
            if not self._begun:
                self._hide_as_wanted()
            elif not self.assignment.looks_like(shown):
                self._show_models()
                self._show_loads()
        self._sign()

    def answer_progressed(self, side: Side, event: ReplyEvent) -> None:
        """Show how the answer of `side` goes, or hold that back."""
        if isinstance(event, Failed) and event.fatal:
            self._loads.note(side, event)
        if self.current is None:
            shared = side.other in self._duo.answering
            self._emit(AnswerProgressed(self.assignment.pane(side), event, shared))
            if self._named and isinstance(event, Finished | Failed):
                self._sign()
        elif isinstance(event, Outdated | Restarted):
            self._set_current(lambda now: now.remarked(side, event))
        elif isinstance(event, Finished | Failed):
            self._set_current(lambda now: now.ended(side, event))
            if self.current is not None and not self.current.waiting:
                self._release(self.current)

    def tick(self) -> None:
        """Show that another second went by while answers are held back, the same in both panes."""
        if self.holding:
            self._seconds += 1
            self._show_state(f"answering {self._seconds} s")

    def stop_requested(self) -> None:
        """Note that the user wants an answer stopped."""
        self._set_current(BlindExchange.stop_requested)

    def reveal(self) -> None:
        """Show the names of all models, and all that was hidden."""
        current = self.current
        for number in tuple(self._hidden):
            self._reveal_turn(number)
        self._show_names(current)

    def judged(self, exchange_id: int) -> None:
        """Show the names and the outcome of an exchange that was judged. Later ones stay hidden."""
        number = [exchange.id for exchange in self._conversation.exchanges].index(exchange_id)
        found = self._hidden.get(number)
        if found is None or found.waiting:
            self._sign()
            return
        is_current = number == self._current
        self._reveal_turn(number)
        self._named = True
        if is_current:
            self._show_names(found)
        else:
            self._sign()

    # How it is shown

    @property
    def _conversation(self) -> Conversation:
        return self._duo.conversation

    def _set_current(self, change: Callable[[BlindExchange], BlindExchange]) -> None:
        if self._current is not None and self._current in self._hidden:
            self._hidden[self._current] = change(self._hidden[self._current])

    def model(self, pane: PaneSide) -> ModelInfo | None:
        """Return the model in `pane`, or None while that is hidden."""
        return None if self.hidden else self._conversation.models[self.assignment.side(pane)]

    def _panes(self, sides: Iterable[Side]) -> list[PaneSide]:
        """Return the panes of `sides`, always the left one first."""
        shown = {self.assignment.pane(side) for side in sides}
        return [pane for pane in PaneSide if pane in shown]

    def _hide_as_wanted(self) -> None:
        """Hide names before the first question, or show them. A model that failed is always named."""
        self.assignment = self.assignment.with_hidden(self.blind and not self._loads.failed)
        self._show_models()
        self._show_loads()

    def _show_models(self) -> None:
        for pane in PaneSide:
            self._emit(ModelShown(pane, self.model(pane)))

    def _show_state(self, state: str) -> None:
        for pane in PaneSide:
            self._emit(StateShown(pane, state))

    def _show_loads(self) -> None:
        """Show how far loading is, as far as it may be known."""
        if not self.hidden:
            for side in BOTH:
                self._show_load(side)
        elif not self.holding:
            self._show_state("loading" if self._loads.loading else "ready")

    def _show_load(self, side: Side) -> None:
        pane = self.assignment.pane(side)
        for event in self._loads.events(side):
            self._emit(LoadStarted(pane) if event is None else LoadProgressed(pane, event))

    def _hold(self) -> None:
        if self.current is not None:
            self._seconds = 0
            self._show_state("answering")
            for pane in self._panes(self.current.asked):
                self._emit(AnswerHeld(pane))

    def _sign(self) -> None:
        for pane in PaneSide:
            shown = signatures(self._conversation, pane, without=self._hidden, named=self._named)
            self._emit(Signed(pane, shown))

    def _release(self, ended: BlindExchange) -> None:
        """Release both answers, masked; or, where a side failed, show all, since its pane has to say what failed."""
        if ended.failed:
            self._reveal_turn(len(self._conversation.exchanges) - 1)
            self._show_names(ended)
            return
        answers = _masked_answers(self._conversation, ended.asked)
        if any(answer.named for answer in answers.values()):
            self._set_current(lambda now: replace(now, masked=True))
        self._emit(AnswersReleased({pane: answer.text for pane, answer in answers.items()}))

    def _reveal_turn(self, number: int) -> None:
        del self._hidden[number]
        if number == self._current:
            self._current = None
        for pane in PaneSide:
            turn = turn_of(self._conversation, number, pane)
            if turn is not None:
                self._emit(TurnRevealed(pane, turn, self._conversation.exchanges[number]))

    def _show_names(self, current: BlindExchange | None) -> None:
        """Show which model is in which pane, and what was held back of `current`."""
        was_hidden, self.assignment, self._named = self.hidden, self.assignment.with_hidden(False), True
        if was_hidden:
            self._show_models()
            self._show_loads()
        for side, remark in current.remarks if current is not None else ():
            self._emit(AnswerProgressed(self.assignment.pane(side), remark, shared=False))
        for side, end in current.ends.items() if current is not None else ():
            shared = isinstance(end, Finished) and end.usage.shared
            self._emit(AnswerProgressed(self.assignment.pane(side), end, shared))
            if isinstance(end, Failed) and self._loads.loaded_after(side, end):
                self._emit(LoadStarted(self.assignment.pane(side)))
                self._show_load(side)
        self._sign()


def _masked_answers(conversation: Conversation, asked: tuple[Side, ...]) -> Mapping[PaneSide, Masked]:
    """Return the last answers of `asked` as a blind user sees them."""
    question, answers = conversation.exchanges[-1].question, conversation.exchanges[-1].answers
    models = conversation.models.values()
    names = tuple(name for model in models for name in (model.name, model.model, model.maker) if name)
    said = "\n".join(exchange.question.text for exchange in conversation.exchanges)
    return {
        pane: masked(answers[question.side(pane)].text, names, said)
        for pane in PaneSide
        if question.side(pane) in asked
    }
