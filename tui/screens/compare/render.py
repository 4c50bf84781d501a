"""Events of the session, shown on the main screen."""

from collections.abc import Callable, Mapping
from typing import Any

from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui.chat.conversation import PaneSide
from tui.screens.compare import lines
from tui.screens.compare.differences import Differences
from tui.screens.compare.reveal import Reveal
from tui.screens.compare.voting import Voting
from tui.session.events import (
    AnswersReleased,
    DefectMet,
    ExchangeStarted,
    JudgingChanged,
    QuestionReturned,
    QueueChanged,
    SavingFailed,
    SessionEvent,
    TargetChanged,
    TurnRevealed,
    Waiting,
)
from tui.session.session import ALL_PANES, Session
from tui.text import clean
from tui.widgets.pane import Pane
from tui.widgets.prompt import Prompt

READ_ERROR_S = 12
"""Seconds that a failure to save is shown."""


class Renderer:
    """Shows events in the widgets of `screen`; `key` names the key of a binding, `warn` shows a sentence."""

    def __init__(
        self,
        session: Session,
        *,
        screen: Screen[Any],
        panes: Mapping[PaneSide, Pane],
        prompt: Prompt,
        reveal: Reveal,
        voting: Voting,
        differences: Differences,
        key: Callable[[str], str],
        warn: Callable[[str], None],
    ) -> None:
        self._session = session
        self._screen = screen
        self._panes = panes
        self._prompt = prompt
        self._reveal = reveal
        self._voting = voting
        self._differences = differences
        self._key = key
        self._warn = warn

    def show(self, event: SessionEvent) -> None:
        """Show what happened."""
        match event:
            case ExchangeStarted():
                self._reveal.finish()
                self._voting.reset()
                self._differences.end()
            case AnswersReleased(texts=texts):
                self._reveal.start(texts)
                self.show_judging()
            case TurnRevealed(pane=pane):
                self._reveal.finish()
                self._panes[pane].show(event)
            case JudgingChanged():
                self._voting.update()
                self.show_judging()
            case QueueChanged(waiting=waiting):
                self._show_queue(waiting)
            case TargetChanged(target=target):
                self._show_target(target)
            case QuestionReturned() | SavingFailed() | DefectMet():
                self._show_failure(event)
            case _:
                self._panes[event.pane].show(event)

    def answers_shown(self) -> None:
        """Ask for a vote: both blind answers are shown completely."""
        self._voting.offer()
        self.show_judging()

    def show_judging(self) -> None:
        """Show whether names are hidden, how to judge what can be judged, and whether the conditions were equal."""
        session, revealing = self._session, self._reveal.running
        parts = ["blind"] if session.blind else []
        exchange = None if self._voting.is_open or revealing else session.judging.exchange
        if exchange is not None:
            parts.append(f"{self._key('judge')} {'judges' if exchange.judgment is None else 'note, undo'}")
        self._prompt.border_subtitle = Content(" · ".join(parts))
        self._differences.update()
        unfair = None
        if not (session.holding or revealing):
            unfair = lines.unfairness(session.conversation, self._key("conditions"), hidden=session.hidden)
        lines.show(self._screen.query_one("#unfair", Static), unfair)

    def _show_queue(self, waiting: tuple[Waiting, ...]) -> None:
        self._prompt.questions_wait = bool(waiting)
        lines.show(self._screen.query_one("#waiting", Static), lines.queue(waiting))

    def _show_target(self, target: tuple[PaneSide, ...]) -> None:
        only = target[0] if target != ALL_PANES else None
        for side, pane in self._panes.items():
            pane.set_class(only is side, "-asked-alone")
            pane.set_class(only is side.other, "-not-asked")
        self._prompt.placeholder = lines.invitation(target, self._key)
        self._prompt.border_title = f"to the {only} only" if only else ""
        self._prompt.set_class(only is not None, "-one-sided")

    def _show_failure(self, event: QuestionReturned | SavingFailed | DefectMet) -> None:
        match event:
            case QuestionReturned(text=text, reason=reason):
                self._prompt.give_back(text)
                if reason is not None:
                    self._warn(reason)
            case SavingFailed(message=message):
                self._screen.notify(clean(message), severity="error", timeout=READ_ERROR_S, markup=False)
            case DefectMet(error=error):
                # Outside of the handler that happens to run, so that the app ends with it.
                self._screen.call_later(_raise, error)


def _raise(error: BaseException) -> None:
    raise error
