"""Owns the judging of answers on the main screen: votes, blind or not, with notes and tags, and who may be known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.archive.errors import ArchiveError
from tui.chat.conversation import Exchange, FinishReason, Side
from tui.chat.judgment import Judgment, Verdict
from tui.screens.compare.showing import Showing
from tui.text import clean
from tui.widgets.vote_bar import JudgeBar, JudgeView, Line

_WHOLE = frozenset({FinishReason.STOP, FinishReason.LENGTH, FinishReason.STOPPED})
_ACROSS: Mapping[Verdict, Verdict] = {Verdict.LEFT: Verdict.RIGHT, Verdict.RIGHT: Verdict.LEFT}


class Judging(Showing):
    """The part of the main screen that asks which answer is better, and tells whose they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f12", "judge", "Say which answer is better", id="judge", show=False),
    ]

    _remarks = JudgeView()

    @property
    def _bar(self) -> JudgeBar:
        return self.query_one(JudgeBar)

    def action_judge(self) -> None:
        """Opens the bar for the last answers, or closes it."""
        self._hurry()
        if self._bar.has_focus_within and self._bar.asked_for:
            self._close_bar()
        elif (exchange := self._judgeable()) is None:
            self._warn("There are no two whole answers to the last question that could be judged.")
        else:
            self._bar.open(self._view_of(exchange), asked_for=True)

    @on(JudgeBar.Voted)
    def vote(self, event: JudgeBar.Voted) -> None:
        """Keeps what was said; the names are shown with it."""
        exchange = self._judgeable()
        if exchange is None:
            return
        verdict, before = _moved(event.verdict, exchange), exchange.judgment
        if before is None or before.verdict is not verdict:
            self._keep(
                exchange,
                Judgment(
                    verdict=verdict,
                    at=datetime.now(UTC),
                    blind=self._curtain.votes_blind,
                    masked=self._curtain.named,
                    note=before.note if before is not None else self._remarks.note,
                    tags=before.tags if before is not None else _tags(self._remarks.tags),
                ),
            )
        self._close_bar()

    @on(JudgeBar.Wrote)
    def write(self, event: JudgeBar.Wrote) -> None:
        """Keeps a note or tags with the verdict that stands, or for the one to come."""
        exchange = self._judgeable()
        if exchange is None:
            return
        if exchange.judgment is not None:
            self._keep(exchange, _annotated(exchange.judgment, event.line, event.text))
        elif event.line == "note":
            self._remarks = replace(self._remarks, note=event.text)
        else:
            self._remarks = replace(self._remarks, tags=event.text)
        self._show_bar()

    @on(JudgeBar.Undone)
    def undo(self) -> None:
        """Takes the verdict back."""
        exchange = self._judgeable()
        if exchange is not None:
            self._keep(exchange, None)

    @on(JudgeBar.Revealed)
    def reveal(self) -> None:
        """Shows all names; a vote from now on is not a blind one."""
        if self._judgeable() is not None:
            self._curtain.reveal()
            self._show_bar()

    @on(JudgeBar.Closed)
    def leave_bar(self) -> None:
        """Goes back to the prompt."""
        self._close_bar()

    def type_on(self, event: events.Key) -> None:
        """What is typed is the next question; the prompt has the keyboard from this very key on."""
        self.set_focus(self._prompt)
        self._prompt.post_message(event)

    def _asked(self) -> None:
        self._remarks = JudgeView()
        self._close_bar()

    def _unveiled(self) -> None:
        """Asks which answer is better, unless the person writes already."""
        self._changed()
        exchange = self._judgeable()
        if exchange is not None and self._curtain.hidden and not self._prompt.text and self._prompt.has_focus:
            self._bar.open(self._view_of(exchange), asked_for=False)
            self._changed()

    def _judgeable(self) -> Exchange | None:
        """The last exchange, if both sides have answered it and nothing is held back any more."""
        exchanges = self._talk.duo.conversation.exchanges
        last = exchanges[-1] if exchanges and not self._curtain.busy else None
        reasons = [answer.finish_reason for answer in last.answers.values()] if last is not None else []
        return last if len(reasons) == len(Side) and all(reason in _WHOLE for reason in reasons) else None

    def _view_of(self, exchange: Exchange) -> JudgeView:
        hidden, judgment = self._curtain.anything_hidden, exchange.judgment
        if judgment is None:
            return replace(self._remarks, hidden=hidden)
        verdict, tags = _moved(judgment.verdict, exchange), " ".join(judgment.tags)
        return JudgeView(verdict=verdict, hidden=hidden, note=judgment.note, tags=tags)

    def _show_bar(self) -> None:
        exchange = self._judgeable()
        if exchange is not None:
            self._bar.show(self._view_of(exchange))

    def _close_bar(self) -> None:
        if self._bar.has_focus_within:
            self._prompt.focus()
        self._bar.display = False
        self._changed()

    @work(group="judge")
    async def _keep(self, exchange: Exchange, judgment: Judgment | None) -> None:
        """Saves `judgment`, and tells whose answers these were; the next question may have been asked by then."""
        if exchange.id is None:
            return
        try:
            await self._talk.duo.judge(exchange.id, judgment)
        except ArchiveError as error:
            self._warn(clean(str(error)))
            return
        self._curtain.judged(exchange.id)
        self._show_bar()
        self._changed()

    def _changed(self) -> None:
        """Says at the prompt's border whether names are hidden, and how to judge what can be judged."""
        said = ["blind"] if self._curtain.blind else []
        exchange = self._judgeable() if not self._bar.display else None
        if exchange is not None:
            said.append(f"{self._key('judge')} {'judges' if exchange.judgment is None else 'note, undo'}")
        self._prompt.border_subtitle = Content(" · ".join(said))


def _moved(verdict: Verdict, exchange: Exchange) -> Verdict:
    """A verdict by place as one by player, or the other way round."""
    return _ACROSS.get(verdict, verdict) if exchange.question.swapped else verdict


def _tags(text: str) -> tuple[str, ...]:
    """The words of `text`, which commas or spaces set apart, each once."""
    return tuple(dict.fromkeys(word for word in (each.strip("#") for each in text.replace(",", " ").split()) if word))


def _annotated(judgment: Judgment, line: Line, text: str) -> Judgment:
    return replace(judgment, note=text) if line == "note" else replace(judgment, tags=_tags(text))
