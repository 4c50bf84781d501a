"""Owns one side's conversation on screen: its questions, its folded thinking, its answers as they are written."""

import time
from collections.abc import Callable, Iterable
from math import ceil
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.timer import Timer

from tui.chat.conversation import Exchange, FinishReason, Side
from tui.widgets.beat import BEAT, Beat
from tui.widgets.code import Highlighter
from tui.widgets.marks import fenced
from tui.widgets.paging import SCROLLING
from tui.widgets.palette import COMPONENTS, palette
from tui.widgets.pointing import PointedView
from tui.widgets.turn import Brush, Turn

_BEATS_AT_MOST = 4
"""Beats between two paintings while text streams in; one unless painting is dear."""
_REST = 40
"""A painting that took t seconds of computing is followed by at least this many times t without one."""
_TICK = 0.5
_STRIDE = 4


class Transcript(PointedView):
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
        & > .transcript--keyword { color: $text-primary; }
        & > .transcript--string { color: $text-success; }
        & > .transcript--number { color: $text-warning; }
        & > .transcript--comment { color: $text-muted; text-style: italic; }
        & > .transcript--name { color: $text-accent; }
    }
    Transcript.-right > .transcript--accent { color: $text-accent; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *SCROLLING,
        Binding("left_square_bracket,ctrl+up", "message(-1)", "Message before", show=False, id="reply.previous"),
        Binding("right_square_bracket,ctrl+down", "message(1)", "Next message", show=False, id="reply.next"),
        Binding("enter", "unfold", "Unfold thinking", show=False, id="reply.unfold"),
    ]

    def __init__(
        self,
        side: Side,
        *,
        id: str | None = None,  # noqa: A002
        beat: Beat | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id, classes=f"-{side}")
        self.side = side
        self._clock = clock
        self._turns: list[Turn] = []
        self._last_start = 0
        self._highlighter = Highlighter()
        self._brush: Brush | None = None
        self._beat = beat or Beat(self)
        self._flushing = False
        self._counting: Timer | None = None
        self._beats = 1

    # What it is told

    def begin(self, question: str) -> None:
        """A new exchange: `question` as it was asked, and room for its answer."""
        self._start(question)
        self._following = True
        self._rebuild()

    def waiting(self, label: str) -> None:
        """Says what is going on as long as there is no text; "" says nothing."""
        if self._turns:
            self._turns[-1].wait(label)
            self._soon()

    def think(self, text: str) -> None:
        """More of the thinking."""
        if self._turns:
            self._turns[-1].think(text)
            self._soon()

    def write(self, text: str) -> None:
        """More of the answer."""
        if self._turns:
            self._turns[-1].write(text)
            self._soon()

    def recast(self) -> None:
        """All of the answer so far was thinking."""
        if self._turns:
            self._turns[-1].recast()
            self._rebuild()

    def end(self, note: str | None, kind: FinishReason, thinking_ms: float | None = None) -> None:
        """The answer ended; `note` says more than `kind` does and is the message of a failure."""
        if self._turns:
            self._turns[-1].end(note, kind, thinking_ms)
            self._rebuild()

    def show(self, exchanges: Iterable[Exchange]) -> None:
        """Shows a conversation from the archive instead of what is there: this side's part of it, from its end."""
        self._turns.clear()
        for exchange in exchanges:
            answer = exchange.answers.get(self.side)
            if self.side not in exchange.question.sides and answer is None:
                continue
            turn = self._start(exchange.question.text)
            if answer is None:
                turn.end(None, FinishReason.INTERRUPTED, None)
                continue
            if answer.thinking:
                turn.think(answer.thinking)
            turn.write(answer.text)
            usage = answer.usage
            reason = answer.finish_reason or FinishReason.INTERRUPTED
            turn.end(answer.error, reason, usage.thinking_ms if usage else None)
        self._following = True
        self._rebuild()

    # What it knows

    def answer_text(self, index: int = -1) -> str:
        """An answer as the model wrote it, by its place; "" when there is none."""
        return self._turns[index].answer.text if self._has(index) else ""

    def code_block(self) -> str:
        """The last fenced block of the last answer that has one; "" when there is none."""
        found = (fenced(turn.answer.text) for turn in reversed(self._turns))
        return next((blocks[-1] for blocks in found if blocks), "")

    def toggle_thinking(self) -> None:
        """Unfolds the thinking of every exchange, or folds it when any is unfolded."""
        opened = not any(turn.opened for turn in self._turns)
        for turn in self._turns:
            turn.opened = opened
        self._refold()

    def _has(self, index: int) -> bool:
        return -len(self._turns) <= index < len(self._turns)

    def _start(self, question: str) -> Turn:
        turn = Turn(question, self._brush_now, self._clock)
        if self._turns:
            turn.head.gap = 2
            turn.opened = self._turns[-1].opened
        self._turns.append(turn)
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

    def whole_text(self) -> str:
        """All questions and answers, raw."""
        return "\n\n".join(text for turn in self._turns for text in (turn.question, turn.answer.text))

    def pressed(self, y: int) -> bool:
        """Folds or unfolds the thinking whose line stands on row `y`."""
        piece = self.column.pieces[self.column.at(y)[0]] if self.column.pieces else None
        turn = next((turn for turn in self._turns if turn.fold is not None and turn.fold is piece), None)
        if turn is not None:
            turn.opened = not turn.opened
            self.stay(self._refold)
        return turn is not None

    def action_unfold(self) -> None:
        """Folds or unfolds the thinking nearest to the end of the view."""
        last = self.scroll_offset.y + self.size.height
        tops = {id(piece): self.column.top(at) for at, piece in enumerate(self.column.pieces)}
        rows = [tops[id(turn.fold)] for turn in self._turns if turn.fold is not None and id(turn.fold) in tops]
        if rows:
            self.pressed(max((row for row in rows if row < last), default=rows[0]))

    def action_message(self, direction: int) -> None:
        """Goes to the question above (-1) or below (1) the first row in view."""
        here = self.scroll_offset.y
        heads = {id(turn.head) for turn in self._turns}
        tops = [self.column.top(at) + piece.gap for at, piece in enumerate(self.column.pieces) if id(piece) in heads]
        if direction < 0:
            self.scroll_to(y=max((top for top in tops if top < here), default=0), animate=False)
        elif (below := min((top for top in tops if top > here), default=None)) is not None:
            self.scroll_to(y=below, animate=False)
        else:
            self.action_scroll_end()

    def _recolor(self) -> None:
        fresh = palette(self.get_component_rich_style)
        if self._brush is not None and self._brush.palette != fresh:
            self._brush = Brush.of(fresh, self._highlighter)
            self.restyle()

    def _refold(self) -> None:
        self.unmark()
        self._rebuild()

    def _rebuild(self) -> None:
        """Shows all exchanges as they are now."""
        self.stride = _STRIDE if self._turns and not self._turns[-1].ended else 1
        earlier = [piece for turn in self._turns[:-1] for piece in turn.pieces()]
        self._last_start = len(earlier)
        self.put(0, [*earlier, *(self._turns[-1].pieces() if self._turns else ())])
        self._count()
        self.settle_later()

    def _soon(self) -> None:
        if not self._flushing and self.is_attached:
            self._flushing = True
            self._beat.after(self._beats, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if not self._turns or not self.is_attached:
            return
        began = time.thread_time()
        self.put(self._last_start, self._turns[-1].pieces())
        self._beats = min(ceil((time.thread_time() - began) * _REST / BEAT), _BEATS_AT_MOST)
        self._count()

    def _count(self) -> None:
        """Lets the line of running thinking count seconds."""
        if self._counting is None and self.is_attached and self._turns and self._turns[-1].ticking:
            self._counting = self.set_timer(_TICK, self._counted)

    def _counted(self) -> None:
        self._counting = None
        self._soon()
