"""The transcript: one side's conversation on screen, painted while answers stream in."""

import time
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.selection import SELECT_ALL, Selection
from textual.timer import Timer

from tui.chat.conversation import Exchange, FinishReason, PaneSide
from tui.session.events import Signature
from tui.widgets.frame_clock import FRAME_S, FrameClock
from tui.widgets.markdown.code import Highlighter
from tui.widgets.markdown.component_styles import COMPONENTS, ComponentStyles
from tui.widgets.markdown.stream import Stream
from tui.widgets.rows.column import Column, Piece
from tui.widgets.rows.view import RowView
from tui.widgets.transcript.answer import Renderers
from tui.widgets.transcript.highlights import Highlights, Passages
from tui.widgets.transcript.turn_list import TurnList

_MAX_FRAMES = 4
"""Frames between two paintings while text streams in; one unless painting is slow."""
_REST = 40
"""A painting that took t seconds is followed by at least this many times t without one."""
_COUNT_S = 0.5
_STRIDE = 4


class Transcript(RowView, inherit_bindings=False):
    """All questions to one side and its answers. Text comes in raw, piece by piece, and is painted frame by frame."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *RowView.BINDINGS,
        Binding("left_square_bracket,ctrl+up", "message(-1)", "Message before", show=False, id="reply.previous"),
        Binding("right_square_bracket,ctrl+down", "message(1)", "Next message", show=False, id="reply.next"),
        Binding("left", "attempt(-1)", "Answer before", show=False, id="reply.attempt_before"),
        Binding("right", "attempt(1)", "Answer after", show=False, id="reply.attempt_after"),
        Binding("enter", "unfold", "Unfold thinking", show=False, id="reply.unfold"),
    ]

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
        column = Column()
        self._highlights = Highlights(column, stream=self._last_stream, styles=lambda: self._renderers().styles)
        super().__init__(
            column,
            overlays=[self._highlights],
            clicked=self._click,
            more_style=lambda: self._renderers().styles.more,
            id=id,
            classes=f"-{side}",
        )
        self._turns = TurnList(side, self._renderers, clock)
        self._highlighter = Highlighter()
        self._cached_renderers: Renderers | None = None
        self._frame_clock = frame_clock or FrameClock(self)
        self._last_start = 0
        self._flushing = False
        self._frames = 1
        self._counting: Timer | None = None

    # The conversation

    def begin(self, question: str, *, follow: bool = True) -> None:
        """Add a question, with room for its answer; `follow` scrolls to it."""
        self._turns.begin(question)
        self.viewport.following = self.viewport.following or follow
        self._rebuild()

    def begin_again(self) -> None:
        """Make room for another answer to the last question; the one before can still be shown."""
        self._turns.begin_again()
        self.viewport.following = True
        self._rebuild()

    def withdraw(self, note: str) -> None:
        """Take back what was begun last, since it was not asked; `note` says so until something else is begun."""
        self._turns.withdraw(note)
        self._rebuild()

    def waiting(self, label: str) -> None:
        """Show `label` until there is text; "" shows nothing."""
        if answer := self._turns.newest:
            answer.wait(label)
            self._flush_soon()

    def think(self, text: str) -> None:
        """Add `text` to the thinking."""
        if answer := self._turns.newest:
            answer.think(text)
            self._flush_soon()

    def write(self, text: str) -> None:
        """Add `text` to the answer."""
        if answer := self._turns.newest:
            answer.write(text)
            self._flush_soon()

    def recast(self) -> None:
        """Turn the whole answer so far into thinking."""
        if answer := self._turns.newest:
            answer.recast()
            self._rebuild()

    def end(self, note: str | None, kind: FinishReason, thinking_ms: float | None = None) -> None:
        """End the answer; `note` stands for the words of `kind`, and is the message of a failure."""
        if answer := self._turns.newest:
            answer.end(note, kind, thinking_ms)
            self._rebuild()

    def show(self, exchanges: Iterable[Exchange]) -> None:
        """Show exchanges from the archive instead of the present ones, from their end."""
        self._turns.load(exchanges)
        self.viewport.following = True
        self._rebuild()

    def retell(self, index: int, exchange: Exchange) -> None:
        """Show `exchange` in place of the turn at `index`, with the reader's place kept."""
        self._turns.replace(index, exchange)
        self._rebuild_in_place()

    def sign(self, signatures: Mapping[int, Signature]) -> None:
        """Put a line below the answers at those turns."""
        if self._turns.sign(signatures):
            self._rebuild_in_place()

    # Reading it

    def answer_text(self, index: int = -1) -> str:
        """Return an answer as the model wrote it, by its index, or "" where there is none."""
        return self._turns.answer_text(index)

    def code_block(self) -> str:
        """Return the last fenced block of the last answer that has one, or ""."""
        return self._turns.code_block()

    def whole_text(self) -> str:
        """Return all questions and answers, raw."""
        return self._turns.text()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text; the raw text if everything is selected."""
        return (self.whole_text(), "\n") if selection == SELECT_ALL else super().get_selection(selection)

    def toggle_thinking(self) -> None:
        """Unfold the thinking of every exchange, or fold it when any is unfolded."""
        self._turns.toggle_thinking()
        self._refold()

    def highlight(self, passages: Passages | None) -> bool:
        """Highlight passages of the last answer and scroll to the first current one; None highlights nothing.

        Return False where the current ones are not shown as they were written.
        """
        found = self._highlights.show(passages)
        self.refresh()
        if found:
            self._scroll_into_view(self._highlights.row_of(found[0]))
        return bool(found) or passages is None or not passages.current

    def _last_stream(self) -> Stream | None:
        return self._turns.last.shown.stream if self._turns.last else None

    def _scroll_into_view(self, y: int) -> None:
        """Scroll if row `y` is out of view or at its edge."""
        height, top = self.size.height, self.scroll_offset.y
        if not top + 1 <= y < top + height - 2:
            self.scroll_to(y=max(0, y - height // 3), animate=False)

    # Keys and mouse

    def action_unfold(self) -> None:
        """Fold or unfold the thinking nearest to the end of the view."""
        row = self._nearest(turn.shown.fold_line for turn in self._turns)
        if row is not None:
            self._click(row)

    def action_attempt(self, by: int) -> None:
        """Show the answer before (-1) or after (1), for the question with several that is nearest to the view's end."""
        row = self._nearest(turn.switch for turn in self._turns)
        piece = self.column.piece(row) if row is not None else None
        if any(turn.step(by) for turn in self._turns if piece is not None and turn.switch is piece):
            self.stay(self._refold)

    def action_message(self, direction: int) -> None:
        """Go to the question above (-1) or below (1) the first row in view."""
        here = self.scroll_offset.y
        tops = self.column.rows_of(turn.head for turn in self._turns)
        if direction < 0:
            self.scroll_to(y=max((top for top in tops if top < here), default=0), animate=False)
        elif (below := min((top for top in tops if top > here), default=None)) is not None:
            self.scroll_to(y=below, animate=False)
        else:
            self.action_scroll_end()

    def _click(self, y: int) -> None:
        """Fold or unfold the thinking whose line stands on row `y`, or show another answer."""
        piece = self.column.piece(y)
        if piece is not None and self._turns.click(piece):
            self.stay(self._refold)

    def _nearest(self, pieces: Iterable[Piece | None]) -> int | None:
        """The first row of that of `pieces` which stands nearest to the end of the view, or else next below it."""
        rows = self.column.rows_of(piece for piece in pieces if piece is not None)
        last = self.scroll_offset.y + self.size.height
        return max((row for row in rows if row < last), default=rows[0] if rows else None)

    # Painting

    def on_mount(self) -> None:
        """Show what was added before the widget was mounted."""
        self._rebuild()

    def notify_style_update(self) -> None:
        """Read the styles again, once the whole stylesheet has been applied."""
        super().notify_style_update()
        self.call_later(self._recolor)

    def _recolor(self) -> None:
        styles = ComponentStyles.read(self.get_component_rich_style)
        if self._cached_renderers is not None and self._cached_renderers.styles != styles:
            self._cached_renderers = Renderers.of(styles, self._highlighter)
            self.restyle()

    def _renderers(self) -> Renderers:
        if self._cached_renderers is None:
            styles = ComponentStyles.read(self.get_component_rich_style)
            self._cached_renderers = Renderers.of(styles, self._highlighter)
        return self._cached_renderers

    def _refold(self) -> None:
        self.selection.clear()
        self._rebuild()

    def _rebuild_in_place(self) -> None:
        """Show all turns as they are now; a reader who is not at the end stays in place."""
        if self.following:
            self._rebuild()
        else:
            self.stay(self._rebuild)

    def _rebuild(self) -> None:
        """Show all turns as they are now."""
        newest = self._turns.newest
        self.viewport.stride = _STRIDE if newest is not None and not newest.ended else 1
        earlier = self._turns.earlier_pieces()
        self._last_start = len(earlier)
        self.put(0, [*earlier, *self._turns.last_pieces()])
        self._count_seconds()
        self.settle_later()

    def _flush_soon(self) -> None:
        if not self._flushing and self.is_attached:
            self._flushing = True
            self._frame_clock.after(self._frames, self._flush)

    def _flush(self) -> None:
        """Show the last turn as it is now."""
        self._flushing = False
        if self._turns.last is None or not self.is_attached:
            return
        began = time.thread_time()
        self.put(self._last_start, self._turns.last_pieces())
        self._frames = min(ceil((time.thread_time() - began) * _REST / FRAME_S), _MAX_FRAMES)
        self._count_seconds()

    def _count_seconds(self) -> None:
        """Update the line of running thinking, twice a second."""
        newest = self._turns.newest
        if self._counting is None and self.is_attached and newest is not None and newest.is_thinking:
            self._counting = self.set_timer(_COUNT_S, self._counted)

    def _counted(self) -> None:
        self._counting = None
        self._flush_soon()
