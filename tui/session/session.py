"""The session: what is asked, stopped, judged and shown of a comparison, for any front end."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from tui.archive.errors import ArchiveError
from tui.arena.blind.assignment import draw as draw_assignment
from tui.chat.conversation import Conversation, ModelInfo, PaneSide, Side
from tui.chat.events import Failed, Loaded, Prefill, ReplyEvent
from tui.errors import UserError
from tui.session.duo import BOTH, Duo
from tui.session.events import (
    DefectMet,
    JudgingChanged,
    QuestionReturned,
    QueueChanged,
    SavingFailed,
    SessionEvent,
    TargetChanged,
    Waiting,
)
from tui.session.judging import Judging
from tui.session.participants import Participant
from tui.session.presenter import Presenter

ALL_PANES = tuple(PaneSide)

PATIENCE_S = 0.5
"""Seconds that `close` waits for engines to stop; what they say later is lost."""

_NEXT_TARGET: Mapping[tuple[PaneSide, ...], tuple[PaneSide, ...]] = {
    ALL_PANES: (PaneSide.LEFT,),
    (PaneSide.LEFT,): (PaneSide.RIGHT,),
    (PaneSide.RIGHT,): ALL_PANES,
}
_NEXT_THINKING: Mapping[bool | None, bool | None] = {None: True, True: False, False: None}

ONE_ALONE = "While names are hidden, both are asked: how long one takes alone would tell which it is."
WOULD_TELL = "That would tell which model is which: say which answer is better first, or reveal the names."
AT_WORK = "A model is at work: wait until it is done, or stop it, then "


class RefusedError(UserError):
    """What was asked of the session cannot be done now. A name in braces in its message is the id of a key binding."""


class Session:
    """A duo at work. One question at a time; what is sent meanwhile waits, and goes to the sides that are loaded then.

    All that happens is handed to `emit` as a `SessionEvent`; nothing is asked of it. With `blind`, the first question
    is a blind one. `draw` shuffles the panes of a blind question, and `second_s` is how long a second is.
    """

    def __init__(
        self,
        duo: Duo,
        emit: Callable[[SessionEvent], None],
        *,
        blind: bool = False,
        draw: Callable[[], bool] = draw_assignment,
        second_s: float = 1.0,
    ) -> None:
        self.duo = duo
        self.target: tuple[PaneSide, ...] = ALL_PANES
        """The panes whose models the next questions are for."""
        self._emit = emit
        self._presenter = Presenter(duo, emit, blind=blind, draw=draw)
        self._second_s = second_s
        self._loading: set[Side] = set()
        self._asking = False
        self._waiting: list[Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticking = False
        self.judging = Judging(duo, self._presenter, emit, self._start)
        """Votes on the last exchange, and the reveal."""

    # What is known

    @property
    def conversation(self) -> Conversation:
        """Return the conversation as it stands, answers in progress included."""
        return self.duo.conversation

    @property
    def failed(self) -> tuple[Side, ...]:
        """Return the sides that have to be loaded again before they can answer."""
        return tuple(side for side in BOTH if side not in self._loading and not self.duo.ready(side))

    @property
    def outdated(self) -> tuple[Side, ...]:
        """Return the sides that can answer, but from another file than is on the disk now."""
        return tuple(side for side in BOTH if side not in self._loading and side in self.duo.outdated)

    @property
    def busy(self) -> bool:
        """Return whether a model loads or answers."""
        return bool(self._loading) or self._asking

    @property
    def blind(self) -> bool:
        """Return whether the next question to both is a blind one."""
        return self._presenter.blind

    @property
    def hidden(self) -> bool:
        """Return whether it is hidden now which model is in which pane."""
        return self._presenter.hidden

    @property
    def anything_hidden(self) -> bool:
        """Return whether a reveal would tell anything."""
        return self._presenter.anything_hidden

    @property
    def holding(self) -> bool:
        """Return whether blind answers are held back."""
        return self._presenter.holding

    def model(self, pane: PaneSide) -> ModelInfo | None:
        """Return the model in `pane`, or None while that is hidden."""
        return self._presenter.model(pane)

    def side(self, pane: PaneSide) -> Side:
        """Return the side whose answers are shown in `pane` now."""
        return self._presenter.assignment.side(pane)

    def pane(self, side: Side) -> PaneSide:
        """Return the pane in which the answers of `side` are shown now."""
        return self._presenter.assignment.pane(side)

    # Loading and asking

    def begin(self) -> None:
        """Show what was said before, and load both models."""
        self._presenter.begin()
        self.load()

    def load(self, sides: Iterable[Side] = BOTH) -> None:
        """Start to load those of `sides` that neither load nor answer."""
        wanted = tuple(side for side in sides if side not in self._loading and side not in self.duo.answering)
        if wanted:
            self._loading.update(wanted)
            self._presenter.load_started(wanted)
            self._start(self._load(wanted))

    def load_again(self) -> None:
        """Load the models that failed, or else those whose weights files were replaced. Raises RefusedError."""
        sides = self.failed or self.outdated
        if not sides:
            raise RefusedError("Nothing failed: both models are loaded or loading.")
        self.load(sides)

    def next_target(self) -> None:
        """Put the next questions to both, then to the left one only, then to the right one only."""
        self.target = _NEXT_TARGET[self.target]
        self._emit(TargetChanged(self.target))

    def ask(self, text: str) -> None:
        """Ask the models of the target, now, or as soon as no model loads or answers and one of them can."""
        if self._is_alone(len(self.target)):
            self._emit(QuestionReturned(text, ONE_ALONE))
            return
        question = Waiting(text, self.target)
        self._waiting.append(question)
        self._ask_next(question)

    def take_back(self) -> str | None:
        """Return the question that was sent last and still waits; it waits no longer."""
        question = self._waiting.pop() if self._waiting else None
        self._emit(QueueChanged(tuple(self._waiting)))
        return question.text if question is not None else None

    def regenerate(self, pane: PaneSide | None = None) -> None:
        """Let the model in `pane`, or both, answer the last question once more. Raises RefusedError."""
        panes = ALL_PANES if pane is None else (pane,)
        self._check_regeneration(panes)
        question = self.conversation.exchanges[-1].question
        asked = tuple(side for side in map(self.side, panes) if side in question.sides)
        ready = tuple(side for side in asked if self.duo.ready(side))
        if not asked:
            raise RefusedError(f"The last question was put to the {self.pane(question.sides[0])} model only.")
        if not ready:
            failed = " and the ".join(map(self.pane, asked))
            raise RefusedError(f"The {failed} model cannot answer again before it is loaded again.")
        self._asking = True
        self._presenter.regenerate(ready)
        self._start_ticking()
        self._start(self._read(self.duo.again(ready), ready, None))

    def stop(self, pane: PaneSide | None = None) -> None:
        """Stop the answer in `pane`, or both, from the moment of the question on. What was written stays."""
        self._presenter.stop_requested()
        if self._asking:
            self._start(self.duo.stop(None if pane is None else self.side(pane)))

    # Names and panes

    def toggle_blind(self) -> None:
        """Make the next questions blind, or no longer."""
        self._presenter.toggle_blind()
        self._emit(JudgingChanged())

    def swap(self) -> None:
        """Show each model in the other pane from now on. Raises RefusedError."""
        if self.hidden:
            raise RefusedError("Names are hidden, and each question is shuffled: there is nothing to swap.")
        if self.busy:
            raise RefusedError(f"{AT_WORK}swap.")
        self._presenter.swap()

    def switch_thinking(self, pane: PaneSide) -> bool | None:
        """Switch thinking on for the model in `pane`, then off, then to its maker's default; return which it is.

        It holds from the next question on. Raises RefusedError.
        """
        if self.hidden:
            raise RefusedError("It is hidden which model is where: judge the answers, then switch its thinking.")
        side = self.side(pane)
        overrides = self.duo.overrides(side)
        think = _NEXT_THINKING[overrides.think]
        self.duo.override(side, replace(overrides, think=think))
        return think

    def check_replaceable(self) -> None:
        """Raise RefusedError unless another model can be assigned to a side now."""
        if self.hidden:
            raise RefusedError("Names are hidden: say which answer is better first, or reveal them.")
        if self.busy:
            raise RefusedError(f"{AT_WORK}choose another one.")

    async def replace_model(self, side: Side, participant: Participant) -> None:
        """Let `participant` continue in place of the model of `side`, and load it. Nothing is asked meanwhile."""
        self._loading.add(side)
        try:
            await self.duo.replace_model(side, participant)
        finally:
            self._loading.discard(side)
        self._presenter.replaced(side)
        self.load([side])

    def check_at_rest(self) -> None:
        """Raise RefusedError while a model is at work or names are hidden."""
        if self.busy:
            raise RefusedError(f"{AT_WORK}look again.")
        if self.hidden:
            raise RefusedError(WOULD_TELL)

    def check_prompts_known(self) -> None:
        """Raise RefusedError unless the prompts of the last answers may be shown."""
        if not self.conversation.exchanges:
            raise RefusedError("No model has read anything yet: ask something first.")
        if self.hidden:
            raise RefusedError(WOULD_TELL)
        if self.anything_hidden:
            raise RefusedError(
                "The prompts hold earlier answers, and would tell whose those without a name are: "
                "{judge}, then {judge.reveal}, shows all names."
            )

    async def close(self) -> None:
        """End everything; answers in progress are saved as interrupted."""
        self._waiting.clear()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE_S)
        await self.duo.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    # How it is done

    def _is_alone(self, asked: int) -> bool:
        """Return whether so few models must not be asked while names are hidden."""
        return asked < len(BOTH) and self.hidden

    def _check_regeneration(self, panes: tuple[PaneSide, ...]) -> None:
        if self._is_alone(len(panes)):
            raise RefusedError(ONE_ALONE)
        if self._presenter.moved and not self.busy:  # until it is saved, the last question is the one before
            raise RefusedError("The models have changed panes since that question: {swap} swaps them back.")
        if not self.conversation.exchanges:
            raise RefusedError("There is no answer yet that could be given again: ask something first.")
        if self.busy:
            raise RefusedError(f"{AT_WORK}have it answer again.")

    def _ask_next(self, just_sent: Waiting | None = None) -> None:
        """Ask the question that has waited longest, if that can be now; `just_sent` has not waited."""
        while not self.busy and (sides := self._next_sides()):
            question = self._waiting.pop(0)
            if self._is_alone(len(sides)):
                self._emit(QuestionReturned(question.text, ONE_ALONE))
            else:
                self._ask(question.text, sides, waited=question is not just_sent)
        self._emit(QueueChanged(tuple(self._waiting)))

    def _next_sides(self) -> tuple[Side, ...]:
        """Return the sides that can answer the question that has waited longest; none where no question waits."""
        wanted = set(map(self.side, self._waiting[0].target)) if self._waiting else set()
        return tuple(side for side in BOTH if side in wanted and self.duo.ready(side))

    def _ask(self, text: str, sides: tuple[Side, ...], *, waited: bool) -> None:
        # Shown at once, not when its task begins: what the question was allowed for must not change by then.
        self._asking = True
        swapped = self._presenter.ask(text, sides, waited=waited)
        self._start_ticking()
        self._start(self._read(self.duo.ask(text, sides, swapped=swapped), sides, text))

    async def _load(self, sides: tuple[Side, ...]) -> None:
        async with aclosing(self.duo.load(sides)) as events:
            async for side, event in events:
                if isinstance(event, Loaded | Failed):
                    self._loading.discard(side)
                self._presenter.load_progressed(side, event)
                self._ask_next()

    async def _read(
        self, events: AsyncGenerator[tuple[Side, ReplyEvent], None], sides: tuple[Side, ...], text: str | None
    ) -> None:
        """Show the answers of `sides` to `text`, or to the last question again, then ask what waits."""
        began = False
        try:
            async with aclosing(events):
                async for side, event in events:
                    began = True
                    self._presenter.answer_progressed(side, event)
                    if side not in self.duo.answering or (isinstance(event, Prefill) and event.prompt is not None):
                        self._emit(JudgingChanged())
        except ArchiveError as error:
            self._emit(SavingFailed(str(error)))
            if not began:
                self._not_asked(sides, text)
        finally:
            self._asking = False
        self._ask_next()

    def _not_asked(self, sides: tuple[Side, ...], text: str | None) -> None:
        if text is not None:
            self._emit(QuestionReturned(text, None))
        self._presenter.not_asked(sides)
        self._emit(JudgingChanged())

    def _start_ticking(self) -> None:
        if self.holding and not self._ticking:
            self._ticking = True
            self._start(self._tick())

    async def _tick(self) -> None:
        """Count the seconds while answers are held back."""
        try:
            while self.holding:
                await asyncio.sleep(self._second_s)
                self._presenter.tick()
        finally:
            self._ticking = False

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._emit(DefectMet(error))
