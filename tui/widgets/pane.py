"""One pane of the screen: its model, what was said, how it goes, and what went wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, assert_never

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.amounts import size
from tui.chat.conversation import FinishReason, ModelInfo, PaneSide, Usage
from tui.chat.events import (
    Checking,
    Delta,
    Failed,
    Finished,
    Loaded,
    LoadEvent,
    Loading,
    Outdated,
    Prefill,
    Recast,
    ReplyEvent,
    Restarted,
)
from tui.chat.finish_words import STATES
from tui.chat.generation_settings import THINK_IGNORED
from tui.session.events import (
    AnswerHeld,
    AnswerProgressed,
    HistoryShown,
    LoadProgressed,
    LoadStarted,
    ModelShown,
    NotAsked,
    PaneEvent,
    QuestionShown,
    RegenerationShown,
    Signed,
    StateShown,
    TurnRevealed,
)
from tui.text import clean, clean_line
from tui.widgets.answer_stats import AnswerStats
from tui.widgets.cached_rendering import CachedRendering
from tui.widgets.frame_clock import FrameClock
from tui.widgets.status import Status, StatusView
from tui.widgets.transcript.widget import Transcript

READING = "reading the question…"
HELD = "Both answers will be shown together, as soon as both are there."
HIDDEN = "hidden until you vote"

_SUGGESTIONS = {
    PaneSide.LEFT: "Ask anything: both models get the same words. Try “Name three rivers.”",
    PaneSide.RIGHT: "Each model remembers its own answers only. 试试：“用一句话介绍你自己。”",
}

_BLIND_SUGGESTIONS = {
    PaneSide.LEFT: "Ask anything: both models get the same words, and each question shuffles the sides anew.",
    PaneSide.RIGHT: "Say which answer is better; then you are told who wrote it.",
}


class Pane(CachedRendering, Vertical):
    """A conversation and its state; `-empty` before the first question, `-failed` until the model is loaded again."""

    @dataclass
    class Turned(Message):
        """The state of the pane `side` is now called `state`."""

        side: PaneSide
        state: str

    def __init__(
        self,
        side: PaneSide,
        model: ModelInfo | None,
        *,
        restart_key: str,
        frame_clock: FrameClock | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(id=side.value, classes=f"{side} -empty")
        self.side = side
        self._model = model
        self._restart_key = restart_key
        frame_clock = frame_clock or FrameClock(self)
        self._transcript, self._status = Transcript(side, frame_clock=frame_clock), Status(frame_clock=frame_clock)
        self._clock = clock
        self._pace: AnswerStats | None = None
        self._remarks: dict[str, None] = {}
        self._view = StatusView(state="waiting")
        self._entitle()

    def compose(self) -> ComposeResult:
        """Yield the transcript, or a card before anything was said; what went wrong; the status line."""
        yield Static(_card(self.side, self._model), classes="hint")
        yield self._transcript
        yield Static("", classes="note")
        yield Static("", classes="trouble")
        yield self._status

    def show(self, event: PaneEvent) -> None:
        """Show what happened in this pane."""
        match event:
            case ModelShown(model=model):
                self._show_model(model)
            case HistoryShown(exchanges=exchanges):
                self.set_class(not exchanges, "-empty")
                self._transcript.show(exchanges)
            case LoadStarted():
                self.remove_class("-failed")
                self._tell(state="loading", failed=False)
            case LoadProgressed(event=progress):
                self._show_load(progress)
            case StateShown(state=state):
                self._tell(state=state)
            case AnswerProgressed(event=progress, shared=shared):
                self._show_answer(progress, shared=shared)
            case _:
                self._show_turn(event)

    def _show_turn(
        self, event: QuestionShown | RegenerationShown | AnswerHeld | NotAsked | TurnRevealed | Signed
    ) -> None:
        match event:
            case QuestionShown(text=text, follow=follow):
                self.remove_class("-empty")
                self._transcript.begin(text, follow=follow)
                self._await()
            case RegenerationShown():
                self._transcript.begin_again()
                self._await()
            case AnswerHeld():
                self._pace = None
                self._transcript.waiting(HELD)
            case NotAsked():
                self._transcript.withdraw("Not asked: the question could not be saved.")
                self._tell(state="ready")
            case TurnRevealed(turn=turn, exchange=exchange):
                self._transcript.retell(turn, exchange)
            case Signed(signatures=signatures):
                self._transcript.sign(signatures)
            case _:
                assert_never(event)

    def write(self, text: str) -> None:
        """Show more of an answer that was held back."""
        if text:
            self._transcript.write(text)

    def close(self, note: str) -> None:
        """End an answer that was held back; `note` is what else there is to say of it."""
        self._transcript.end(note or None, FinishReason.STOP)

    def _show_model(self, model: ModelInfo | None) -> None:
        self._model = model
        self._pace = None
        self._entitle()
        self._note("")
        self.remove_class("-failed")
        self.query_one(".hint", Static).update(_card(self.side, model))
        self._view = StatusView(state=self._view.state)
        self._tell(state="ready", context=model.context or None if model is not None else None)

    def _entitle(self) -> None:
        model = self._model
        known = (model.quant, model.license, model.country) if model is not None else (HIDDEN,)
        name = clean_line(model.name or model.model, 60) or "?" if model is not None else self.side.value
        self.border_title = Content(name)
        self.border_subtitle = Content(" · ".join(clean_line(part, 40) for part in known if part))

    def take_keyboard(self) -> None:
        """Focus the transcript."""
        self._transcript.focus()

    def answer_text(self) -> str:
        """Return the last answer that has any text, as the model wrote it; "" when there is none."""
        return self._transcript.answer_text() or self._transcript.answer_text(-2)

    @property
    def transcript(self) -> Transcript:
        """Return the transcript as it is shown, with names masked where they are."""
        return self._transcript

    def code_block(self) -> str:
        """Return the last block of code that was written here; "" when there is none."""
        return self._transcript.code_block()

    def toggle_thinking(self) -> None:
        """Unfold all thinking, or fold it."""
        self._transcript.toggle_thinking()

    def _show_load(self, event: LoadEvent) -> None:
        match event:
            case Loading(fraction=fraction):
                self._tell(state="loading" if fraction is None else f"loading {fraction:.0%}".replace("%", " %"))
            case Checking():
                self._tell(state=event.state)
            case Loaded(context=context, notes=notes):
                self._tell(state="ready", context=context)
                self._note(" ".join(notes))
            case Failed(message=message):
                self._fail(message)
            case _:
                assert_never(event)

    def _await(self) -> None:
        self._pace = AnswerStats(asked_at=self._clock())
        self._remarks.clear()
        self._transcript.waiting(READING)
        self._tell(state="reading", first_ms=None, rate=None, tokens=None, shared=False)

    def show_memory(self, held: int) -> None:
        """Show how many bytes all of duochat holds."""
        self._tell(memory=held)

    def _show_answer(self, event: ReplyEvent, *, shared: bool) -> None:
        """Show how the answer goes. Once the other model computed at the same time, all of the answer is `shared`."""
        if shared and not self._view.shared:
            self._view = replace(self._view, shared=True)
        match event:
            case Checking() | Outdated() | Restarted():
                self._tell_of_engine(event)
            case Prefill():
                self._read(event)
            case Delta():
                self._write(event)
            case Recast():
                self._transcript.recast()
            case Finished(reason=reason, usage=usage):
                self._finish(reason, usage)
            case Failed(message=message, fatal=fatal):
                self._transcript.end(message, FinishReason.FAILED)
                self._paced()
                self._tell(state="failed", failed=True)
                if fatal:
                    self._fail("")
            case _:
                assert_never(event)

    def _tell_of_engine(self, event: Checking | Outdated | Restarted) -> None:
        """Show what happened to the engine or its weights."""
        match event:
            case Checking():
                self._tell(state=event.state)
            case Outdated(message=message):
                self._remark(message)
            case Restarted(loaded=loaded):
                for note in loaded.notes:
                    self._remark(note)

    def _read(self, event: Prefill) -> None:
        if self._pace is not None:
            self._pace = self._pace.after_prefill(event)
            reading = event.done < event.total
            self._tell(state=f"reading {event.done}/{event.total}" if reading else "reading", used=self._pace.used)
        if event.dropped_turns:
            turns = "The oldest turn does" if event.dropped_turns == 1 else f"The {event.dropped_turns} oldest turns do"
            self._remark(f"{turns} not fit into this model's context any more and were left out.")
        if event.think_ignored:
            self._remark(THINK_IGNORED)

    def _write(self, event: Delta) -> None:
        if event.thinking:
            self._transcript.think(event.text)
        else:
            self._transcript.write(event.text)
        if self._pace is not None:
            self._pace = self._pace.after_delta(event, self._clock())
        state = "thinking" if event.thinking else "writing"
        if self._view.state == state:
            self._status.follow(self._paced)
        else:
            self._paced()
            self._tell(state=state)

    def _paced(self) -> StatusView:
        """Return the figures of an answer in progress, as of now."""
        if self._pace is not None:
            pace = self._pace
            self._view = replace(self._view, first_ms=pace.first_ms, rate=pace.rate, tokens=pace.tokens, used=pace.used)
        return self._view

    def _finish(self, reason: FinishReason, usage: Usage) -> None:
        self._transcript.end(None, reason, usage.thinking_ms)
        self._tell(
            state=STATES[reason],
            first_ms=usage.first_ms,
            rate=usage.tokens_per_second or None,
            shared=usage.shared,
            tokens=usage.completion_tokens,
            used=usage.prompt_tokens + usage.completion_tokens,
        )

    def _fail(self, message: str) -> None:
        """Show what happened, unless the transcript does already, and the next step."""
        way_on = Content.styled(f"{self._restart_key} loads this model again.", "bold")
        self.query_one(".trouble", Static).update(Content("\n").join([Content(clean(message)), way_on][not message :]))
        self.add_class("-failed")
        self._tell(state="failed", failed=True)

    def _tell(self, **changes: Any) -> None:
        before, self._view = self._view, replace(self._view, **changes)
        if before.state != self._view.state:
            self.post_message(self.Turned(self.side, self._view.state))
        self._status.show(self._view)

    def _remark(self, sentence: str) -> None:
        """Add `sentence` to the remarks on this answer."""
        self._remarks[sentence] = None
        self._note(" ".join(self._remarks))

    def _note(self, sentence: str) -> None:
        line = self.query_one(".note", Static)
        line.display = bool(sentence)
        line.update(Content(clean(sentence)))


class Panes(CachedRendering, Horizontal):
    """Both panes beside each other."""


def _card(side: PaneSide, model: ModelInfo | None) -> Content:
    """Return the facts of the model, unless it is hidden, and what to do."""
    if model is None:
        return Content.styled(_BLIND_SUGGESTIONS[side], "$foreground")
    maker = ", ".join(part for part in (model.maker, model.country) if part)
    settings = " · ".join(
        part for part in (model.license, size(model.weights.size) if model.weights.size else "") if part
    )
    facts = [Content(clean_line(fact)) for fact in (maker, settings, model.weights.repo or model.weights.file) if fact]
    return Content("\n").join([*facts, Content(""), Content.styled(_SUGGESTIONS[side], "$foreground")])
