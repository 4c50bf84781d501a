"""Owns one side's conversation on screen: its questions, its folded thinking, its answers as they are written."""

import time
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import ClassVar

from rich.style import Style
from textual.timer import Timer

from tui.chat.conversation import Exchange, FinishReason, PaneSide
from tui.session.events import Signature
from tui.widgets.frame_clock import FRAME_S, FrameClock
from tui.widgets.markdown.code import Highlighter
from tui.widgets.markdown.component_styles import COMPONENTS, Palette, palette
from tui.widgets.rows.column import Piece
from tui.widgets.transcript.answer import Brush, Turn
from tui.widgets.transcript.highlights import Seeking
from tui.widgets.transcript.signature import signature_line
from tui.widgets.transcript.turn import Attempts

_BEATS_AT_MOST = 4
"""Beats between two paintings while text streams in; one unless painting is dear."""
_REST = 40
"""A painting that took t seconds of computing is followed by at least this many times t without one."""
_TICK = 0.5
_STRIDE = 4


class Transcript(Seeking):
    """Everything that one side was asked and said.

    Text is handed in raw, piece by piece, and painted at the beat.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)

    DEFAULT_CSS = """
    Transcript {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $foreground 15%;

        & > .transcript--dim, & > .transcript--thinking, & > .transcript--notice { color: $text-muted; }
        & > .transcript--accent { color: $text-primary; }
        & > .transcript--question { text-style: bold; }
        & > .transcript--inline { color: $text-accent; }
        & > .transcript--code, & > .transcript--keyword, & > .transcript--string, & > .transcript--number,
        & > .transcript--comment, & > .transcript--name { background: $surface; }
        & > .transcript--label { color: $text-muted; background: $surface; }
        & > .transcript--rule { color: $foreground 25%; }
        & > .transcript--link { text-style: underline; }
        & > .transcript--error { color: $text-error; }
        & > .transcript--more { color: $text-primary; background: $primary-muted; }
        & > .transcript--found { color: $text-warning; background: $warning-muted; }
        & > .transcript--here { color: $background; background: $warning; text-style: bold; }
        & > .transcript--keyword { color: $text-primary; }
        & > .transcript--string { color: $text-success; }
        & > .transcript--number { color: $text-warning; }
        & > .transcript--comment { color: $text-muted; text-style: italic; }
        & > .transcript--name { color: $text-accent; }
    }
    Transcript.-right > .transcript--accent { color: $text-accent; }
    """

    def __init__(
        self,
        side: PaneSide,
        *,
        id: str | None = None,  # noqa: A002
        frame_clock: FrameClock | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id, classes=f"-{side}")
        self.side = side
        self._clock = clock
        self._last_start = 0
        self._highlighter = Highlighter()
        self._brush: Brush | None = None
        self._frame_clock = frame_clock or FrameClock(self)
        self._flushing = False
        self._counting: Timer | None = None
        self._beats = 1
        self._withdrawn: Attempts | None = None

    # What it is told

    def begin(self, question: str, *, follow: bool = True) -> None:
        """A new exchange: `question` as it was asked, and room for its answer; `follow` brings it into view."""
        self._withdrawn = None
        if self._turns:
            self._turns[-1].look(0)
        self._start(question)
        self._following = self._following or follow
        self._rebuild()

    def begin_again(self) -> None:
        """The last question once more: room for another answer in place of the last one, which can be looked at."""
        self._withdrawn = None
        if self._turns:
            self._turns[-1].add(self._turn(self._turns[-1].newest.question))
            self._following = True
            self._rebuild()

    def withdraw(self, note: str) -> None:
        """What was begun last is not asked after all: `note` says so, below what was, until something else is begun.

        Where it would have been another answer, the one before is there again instead.
        """
        if self._turns and not self._turns[-1].drop():
            self._withdrawn = self._turns.pop()
            self._withdrawn.newest.end(note, FinishReason.FAILED, None)
        self._rebuild()

    def waiting(self, label: str) -> None:
        """Says what is going on as long as there is no text; "" says nothing."""
        if self._turns:
            self._turns[-1].newest.wait(label)
            self._soon()

    def think(self, text: str) -> None:
        """More of the thinking."""
        if self._turns:
            self._turns[-1].newest.think(text)
            self._soon()

    def write(self, text: str) -> None:
        """More of the answer."""
        if self._turns:
            self._turns[-1].newest.write(text)
            self._soon()

    def recast(self) -> None:
        """All of the answer so far was thinking."""
        if self._turns:
            self._turns[-1].newest.recast()
            self._rebuild()

    def end(self, note: str | None, kind: FinishReason, thinking_ms: float | None = None) -> None:
        """The answer ended; `note` says more than `kind` does and is the message of a failure."""
        if self._turns:
            self._turns[-1].newest.end(note, kind, thinking_ms)
            self._rebuild()

    def show(self, exchanges: Iterable[Exchange]) -> None:
        """Shows a conversation from the archive instead of what is there: what stood here of it, from its end."""
        self._turns.clear()
        self._withdrawn = None
        for exchange in exchanges:
            participant = exchange.question.side(self.side)
            if participant in exchange.question.sides or participant in exchange.answers:
                self._fill(self._start(exchange.question.text), exchange)
        self._following = True
        self._rebuild()

    def retell(self, index: int, exchange: Exchange) -> None:
        """Shows an exchange as it was in place of what stands at `index`, which told less."""
        told = Attempts(self._turn(exchange.question.text))
        told.head.gap = self._turns[index].head.gap
        self._fill(told, exchange)
        self._turns[index] = told
        self._change(self._rebuild)

    def sign(self, signatures: Mapping[int, Signature]) -> None:
        """Put a line below the answers at those turns."""
        known = {at: each for at, each in signatures.items() if self._has(at)}
        changed = [
            self._turns[at].newest.sign(signature_line(each), better=each.outcome == "better")
            for at, each in known.items()
        ]
        if any(changed):
            self._change(self._rebuild)

    def _change(self, change: Callable[[], None]) -> None:
        """Makes a change that leaves the reader where they are; at the end, at the end."""
        if self._following:
            change()
        else:
            self.stay(change)

    def _fill(self, attempts: Attempts, exchange: Exchange) -> None:
        participant = exchange.question.side(self.side)
        for given in (*exchange.earlier.get(participant, ()), exchange.answers.get(participant)):
            if attempts.newest.ended:
                attempts.add(self._turn(exchange.question.text))
            attempts.newest.fill(given)

    def _start(self, question: str) -> Attempts:
        attempts = Attempts(self._turn(question))
        if self._turns:
            attempts.head.gap = 2
        self._turns.append(attempts)
        return attempts

    def _turn(self, question: str) -> Turn:
        turn = Turn(question, self._brush_now, self._clock)
        turn.opened = bool(self._turns) and self._turns[-1].newest.opened
        return turn

    def _brush_now(self) -> Brush:
        if self._brush is None:
            self._brush = Brush.of(palette(self.get_component_rich_style), self._highlighter)
        return self._brush

    # What it shows

    def on_mount(self) -> None:
        """Shows what it was told before it had a place."""
        self._rebuild()

    def notify_style_update(self) -> None:
        """Takes its colors from the theme anew, once the stylesheet has been applied whole."""
        super().notify_style_update()
        self.call_later(self._recolor)

    def more_style(self) -> Style:
        """The style of the mark that says there is more below."""
        return self._brush_now().palette.more

    def palette_now(self) -> Palette:
        """The styles of what is drawn."""
        return self._brush_now().palette

    def _recolor(self) -> None:
        fresh = palette(self.get_component_rich_style)
        if self._brush is not None and self._brush.palette != fresh:
            self._brush = Brush.of(fresh, self._highlighter)
            self.restyle()

    def _rebuild(self) -> None:
        """Shows all exchanges as they are now."""
        self.stride = _STRIDE if self._turns and not self._turns[-1].newest.ended else 1
        earlier = [piece for turn in self._turns[:-1] for piece in turn.pieces()]
        self._last_start = len(earlier)
        self.put(0, [*earlier, *self._end_pieces()])
        self._count()
        self.settle_later()

    def _end_pieces(self) -> list[Piece]:
        """The last exchange, and what was not asked after all."""
        last = (*self._turns[-1:], *filter(None, [self._withdrawn]))
        return [piece for turn in last for piece in turn.pieces()]

    def _soon(self) -> None:
        if not self._flushing and self.is_attached:
            self._flushing = True
            self._frame_clock.after(self._beats, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if not self._turns or not self.is_attached:
            return
        began = time.thread_time()
        self.put(self._last_start, self._end_pieces())
        self._beats = min(ceil((time.thread_time() - began) * _REST / FRAME_S), _BEATS_AT_MOST)
        self._count()

    def _count(self) -> None:
        """Lets the line of running thinking count seconds."""
        if self._counting is None and self.is_attached and self._turns and self._turns[-1].newest.ticking:
            self._counting = self.set_timer(_TICK, self._counted)

    def _counted(self) -> None:
        self._counting = None
        self._soon()
