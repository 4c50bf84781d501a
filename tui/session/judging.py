"""Votes on the last exchange: saved, annotated, taken back; and the reveal of all names."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tui.archive.errors import ArchiveError
from tui.chat.conversation import Exchange, FinishReason
from tui.chat.judgment import Judgment, Verdict, across
from tui.session.duo import BOTH, Duo
from tui.session.events import JudgingChanged, SavingFailed, SessionEvent
from tui.session.presenter import Presenter

_COMPLETE = frozenset({FinishReason.STOP, FinishReason.LENGTH, FinishReason.STOPPED})


class Judging:
    """Judges the last exchange of `duo`. Whether a vote counts as blind is told by the exchange itself.

    `start` runs a coroutine that saves; its end is told to `emit`.
    """

    def __init__(
        self,
        duo: Duo,
        presenter: Presenter,
        emit: Callable[[SessionEvent], None],
        start: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._duo = duo
        self._presenter = presenter
        self._emit = emit
        self._start = start

    @property
    def exchange(self) -> Exchange | None:
        """Return the last exchange if both sides have answered it completely."""
        exchanges = self._duo.conversation.exchanges
        if not exchanges or self._presenter.holding:
            return None
        reasons = [answer.finish_reason for answer in exchanges[-1].answers.values()]
        return exchanges[-1] if len(reasons) == len(BOTH) and _COMPLETE.issuperset(reasons) else None

    def vote(self, verdict: Verdict, *, note: str, tags: tuple[str, ...]) -> None:
        """Save a vote, with left and right as panes. The note and the tags of an earlier vote stay."""
        exchange = self.exchange
        if exchange is None:
            return
        by_side, before = across(verdict, swapped=exchange.question.swapped), exchange.judgment
        if before is not None and before.verdict is by_side:
            return
        current = self._presenter.current
        vote = Judgment(
            verdict=by_side,
            at=datetime.now(UTC),
            blind=current is not None and current.counts_as_blind,
            masked=current is not None and current.masked,
            note=note if before is None else before.note,
            tags=tags if before is None else before.tags,
        )
        self._start(self._save(exchange, vote))

    def annotate(self, *, note: str | None = None, tags: tuple[str, ...] | None = None) -> None:
        """Save another note, or other tags, with the vote."""
        exchange = self.exchange
        if exchange is not None and exchange.judgment is not None:
            vote = exchange.judgment
            vote = replace(vote, note=vote.note if note is None else note, tags=vote.tags if tags is None else tags)
            self._start(self._save(exchange, vote))

    def undo(self) -> None:
        """Take the vote back."""
        exchange = self.exchange
        if exchange is not None:
            self._start(self._save(exchange, None))

    def reveal(self) -> None:
        """Show all names. A vote from now on is not a blind one."""
        if self.exchange is not None:
            self._presenter.reveal()

    async def _save(self, exchange: Exchange, vote: Judgment | None) -> None:
        """Save `vote`, and show whose answers these were. The next question may have been asked by then."""
        if exchange.id is None:
            return
        try:
            await self._duo.judge(exchange.id, vote)
        except ArchiveError as error:
            self._emit(SavingFailed(str(error)))
            return
        self._presenter.judged(exchange.id)
        self._emit(JudgingChanged())
