"""Owns what a transcript shows of one exchange: question, folded thinking, answer, and how it ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment

from tui.chat.conversation import Answer, FinishReason
from tui.widgets.markdown.blocks import Block
from tui.widgets.markdown.code import Highlighter
from tui.widgets.markdown.component_styles import Palette
from tui.widgets.markdown.renderer import Renderer
from tui.widgets.markdown.stream import SHOWN_AT_MOST, Stream
from tui.widgets.rows.column import Piece
from tui.widgets.rows.wrapping import Row, indent

_TOO_LONG = f"Only the first {SHOWN_AT_MOST:,} characters are shown; copying and saving keep everything."
_ENDINGS = {
    FinishReason.STOP: "",
    FinishReason.LENGTH: "reached its limit",
    FinishReason.STOPPED: "stopped",
    FinishReason.FAILED: "failed",
    FinishReason.INTERRUPTED: "interrupted",
}


@dataclass(slots=True)
class Brush:
    """What a pane is drawn with now; the parts are replaced together when the theme changes."""

    palette: Palette
    answer: Renderer
    thinking: Renderer

    @classmethod
    def of(cls, palette: Palette, highlighter: Highlighter) -> "Brush":
        """The brush for `palette`."""
        return cls(palette, Renderer(palette, highlighter), Renderer(palette.quiet(), highlighter))


def duration(ms: float) -> str:
    """`ms` as a person says it: "3.2 s", "1 min 5 s"."""
    if ms < 59_950:
        return f"{ms / 1000:.1f} s"
    return f"{round(ms / 1000) // 60} min {round(ms / 1000) % 60} s"


class Turn:
    """One exchange as pieces; `brush` is asked anew at each layout, since the theme may have changed."""

    def __init__(self, question: str, brush: Callable[[], Brush], clock: Callable[[], float]) -> None:
        self.question = question
        self._brush = brush
        self._clock = clock
        self._question = Piece(lambda width: _ask(question, width, brush()), question)
        self.answer = Stream(self._lay_answer)
        self.thinking = Stream(self._lay_thinking)
        self.opened = False
        self.ended = False
        self._waiting = ""
        self._began: float | None = None
        self._thought_ms: float | None = None
        self._label = ""
        self._fold: Piece | None = None
        self._foot: Piece | None = None
        self._signature: Piece | None = None
        self._signed = ("", False)

    @property
    def fold(self) -> Piece | None:
        """The line that the thinking is folded under, where there is thinking."""
        return self._fold

    @property
    def head(self) -> Piece:
        """The question."""
        return self._question

    @property
    def ticking(self) -> bool:
        """Whether the thinking goes on, so that its line counts seconds."""
        return self._began is not None and self._thought_ms is None and not self.ended

    def think(self, text: str) -> None:
        """More thinking, raw."""
        if self._began is None:
            self._began = self._clock()
        self.thinking.write(text)

    def write(self, text: str) -> None:
        """More of the answer, raw."""
        if self.ticking and text.strip():
            self._stop_clock()
        self.answer.write(text)

    def recast(self) -> None:
        """All of the answer so far was thinking."""
        text = self.answer.text
        self.answer = Stream(self._lay_answer)
        if self._began is None:
            self._began = self._clock()
        self.thinking.write(text)

    def wait(self, label: str) -> None:
        """Shows `label` as long as nothing was written."""
        self._waiting = label
        self._foot = self.line(label, "dim") if label else None

    def end(self, note: str | None, reason: FinishReason, thinking_ms: float | None) -> None:
        """The exchange ended; `note` is raw and says more than `reason` does."""
        self.ended = True
        if thinking_ms is not None:
            self._thought_ms = thinking_ms
        elif self._began is not None and self._thought_ms is None:
            self._stop_clock()
        self.thinking.end()
        self.answer.end()
        words = note or _ENDINGS[reason]
        style = "error" if reason is FinishReason.FAILED else "notice"
        self._foot = self.line(words, style) if words else None

    def fill(self, answer: Answer | None) -> None:
        """Shows what the archive has: `answer`, or that there is none."""
        if answer is None:
            self.end(None, FinishReason.INTERRUPTED, None)
            return
        if answer.thinking:
            self.think(answer.thinking)
        self.write(answer.text)
        thinking_ms = answer.usage.thinking_ms if answer.usage else None
        self.end(answer.error, answer.finish_reason or FinishReason.INTERRUPTED, thinking_ms)

    def sign(self, text: str, *, better: bool) -> bool:
        """Puts `text` last, "" nothing; in the side's color for the `better` answer. Whether that changes anything."""
        changed = self._signed != (text, better)
        if changed:
            self._signed = (text, better)
            self._signature = self.line(text, "accent" if better else "dim") if text else None
        return changed

    def pieces(self) -> list[Piece]:
        """Everything that is shown, top to bottom; what did not change is the same object as before."""
        answer = self.answer.pieces()
        if answer:
            answer[0].gap = 1
        if answer and not self.ended:
            self._foot = None
        thinking = [] if self.thinking.empty else [self._folded(), *(self.thinking.pieces() if self.opened else ())]
        notice = [self.line(_TOO_LONG, "notice")] if self.answer.full else []
        last = [piece for piece in (self._foot, self._signature) if piece is not None]
        return [self._question, *thinking, *answer, *notice, *last]

    def _stop_clock(self) -> None:
        if self._began is not None:
            self._thought_ms = (self._clock() - self._began) * 1000

    def _folded(self) -> Piece:
        label = f"{'▾' if self.opened else '▸'} {self._thought()}"
        if self._fold is None or label != self._label:
            self._label = label
            self._fold = self.line(label, "thinking")
        return self._fold

    def _thought(self) -> str:
        if self._thought_ms is not None:
            return f"thought for {duration(self._thought_ms)}"
        if self.ticking and self._began is not None:
            return f"thinking… {int(self._clock() - self._began)} s"
        return "thought"

    def line(self, text: str, style: str) -> Piece:
        """A line of duochat's own below an empty row, in the palette's `style`."""

        def lay(width: int) -> list[Row]:
            palette = self._brush().palette
            return self._brush().answer.plain(text, width, getattr(palette, style))

        return Piece(lay, text, gap=1)

    def _lay_answer(self, block: Block, width: int, partial_answers: bool) -> Sequence[Row]:
        renderer = self._brush().answer
        return renderer.partial_answers(block, width) if partial_answers else renderer.block(block, width)

    def _lay_thinking(self, block: Block, width: int, partial_answers: bool) -> Sequence[Row]:
        brush = self._brush()
        pad = Segment("  " if width > 12 else "", brush.palette.text)
        room = max(1, width - len(pad.text))
        rows = brush.thinking.partial_answers(block, room) if partial_answers else brush.thinking.block(block, room)
        return indent(rows, pad, pad)


def _ask(question: str, width: int, brush: Brush) -> list[Row]:
    """A question as written, behind a bar in the side's color."""
    bar = Segment("▌ " if width > 8 else "", brush.palette.accent)
    rows = brush.answer.plain(question.strip(), max(1, width - len(bar.text)), brush.palette.question)
    return indent(rows, bar, bar)
