"""One answer in a transcript: folded thinking, text, how it ended, and the line with its model and verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment

from tui.amounts import elapsed
from tui.chat.conversation import Answer, FinishReason
from tui.chat.finish_words import STATES
from tui.session.events import Outcome, Signature
from tui.text import clean_line
from tui.widgets.markdown.blocks import Block
from tui.widgets.markdown.code import Highlighter
from tui.widgets.markdown.component_styles import ComponentStyles
from tui.widgets.markdown.parser import BlockParser
from tui.widgets.markdown.renderer import Renderer
from tui.widgets.markdown.stream import MAX_SHOWN, Stream
from tui.widgets.rows.column import Piece
from tui.widgets.rows.wrapping import Row, indent

BETTER = "✓ the better answer"
_OUTCOMES: dict[Outcome, str] = {"better": BETTER, "tie": "= a tie", "both bad": "✗ both bad"}
_TOO_LONG = f"Only the first {MAX_SHOWN:,} characters are shown; copying and saving keep everything."
_ENDINGS = {**STATES, FinishReason.STOP: ""}


@dataclass(frozen=True, slots=True)
class Renderers:
    """The styles of a pane and the renderers made from them; all are replaced when the theme changes."""

    styles: ComponentStyles
    answer: Renderer
    thinking: Renderer

    @classmethod
    def of(cls, styles: ComponentStyles, highlighter: Highlighter) -> "Renderers":
        """Return the renderers for `styles`."""
        return cls(styles, Renderer(styles, highlighter), Renderer(styles.quiet(), highlighter))

    def label(self, text: str, style: str, width: int) -> list[Row]:
        """Return the rows of duochat's own words in the component style `style`."""
        return self.answer.plain(text, width, getattr(self.styles, style))


def signature_line(signature: Signature) -> str:
    """Return the line below an answer: the model's name where the pane does not show it, and the verdict; or ""."""
    name = f"— {clean_line(signature.name, 60)}" if signature.name is not None else ""
    outcome = _OUTCOMES[signature.outcome] if signature.outcome is not None else ""
    return "   ".join(part for part in (name, outcome) if part)


class AnswerView:
    """One answer as pieces. `renderers` is called at each layout, since the theme may have changed."""

    def __init__(self, renderers: Callable[[], Renderers], parser: BlockParser, clock: Callable[[], float]) -> None:
        self._renderers = renderers
        self._parser = parser
        self._clock = clock
        self.stream = Stream(parser, self._lay_answer)
        self.thinking = Stream(parser, self._lay_thinking)
        self.unfolded = False
        self.ended = False
        self._thinking_since: float | None = None
        self._thinking_ms: float | None = None
        self._fold_text = ""
        self._fold_line: Piece | None = None
        self._end_line: Piece | None = None
        self._signature = ("", False)
        self._signature_line: Piece | None = None

    @property
    def fold_line(self) -> Piece | None:
        """The line that the thinking is folded under, if there is thinking."""
        return self._fold_line

    @property
    def is_thinking(self) -> bool:
        """Whether the thinking goes on, so that its line counts seconds."""
        return self._thinking_since is not None and self._thinking_ms is None and not self.ended

    def think(self, text: str) -> None:
        """Add `text` to the thinking, raw."""
        if self._thinking_since is None:
            self._thinking_since = self._clock()
        self.thinking.write(text)

    def write(self, text: str) -> None:
        """Add `text` to the answer, raw."""
        if text.strip():
            self._stop_thinking()
        self.stream.write(text)

    def recast(self) -> None:
        """Turn the whole answer so far into thinking."""
        text, self.stream = self.stream.text, Stream(self._parser, self._lay_answer)
        self.think(text)

    def wait(self, label: str) -> None:
        """Show `label` as long as there is no text; "" shows nothing."""
        self._end_line = self.label(label, "dim") if label else None

    def end(self, note: str | None, reason: FinishReason, thinking_ms: float | None) -> None:
        """Show that the answer ended; `note` is raw and stands for the words of `reason`."""
        if thinking_ms is not None:
            self._thinking_ms = thinking_ms
        self._stop_thinking()
        self.ended = True
        self.thinking.end()
        self.stream.end()
        words = note or _ENDINGS[reason]
        style = "error" if reason is FinishReason.FAILED else "notice"
        self._end_line = self.label(words, style) if words else None

    def load(self, answer: Answer | None) -> None:
        """Show an answer from the archive, or that there is none."""
        if answer is None:
            self.end(None, FinishReason.INTERRUPTED, None)
            return
        if answer.thinking:
            self.think(answer.thinking)
        self.write(answer.text)
        thinking_ms = answer.usage.thinking_ms if answer.usage else None
        self.end(answer.error, answer.finish_reason or FinishReason.INTERRUPTED, thinking_ms)

    def sign(self, signature: Signature) -> bool:
        """Show the model and the verdict in the last line, and return whether that changes anything."""
        text, better = signature_line(signature), signature.outcome == "better"
        changed = self._signature != (text, better)
        if changed:
            self._signature = (text, better)
            self._signature_line = self.label(text, "accent" if better else "dim") if text else None
        return changed

    def pieces(self) -> list[Piece]:
        """Return all that is shown, top to bottom; pieces that did not change are the same objects as before."""
        answer = self.stream.pieces()
        if answer:
            answer[0].gap = 1
        if answer and not self.ended:
            self._end_line = None
        thinking = [] if self.thinking.empty else [self._fold(), *(self.thinking.pieces() if self.unfolded else ())]
        notice = [self.label(_TOO_LONG, "notice")] if self.stream.full else []
        last = [piece for piece in (self._end_line, self._signature_line) if piece is not None]
        return [*thinking, *answer, *notice, *last]

    def label(self, text: str, style: str) -> Piece:
        """Return a line of duochat's own, below an empty row, in the component style `style`."""
        return Piece(lambda width: self._renderers().label(text, style, width), text, gap=1)

    def _stop_thinking(self) -> None:
        if self.is_thinking and self._thinking_since is not None:
            self._thinking_ms = (self._clock() - self._thinking_since) * 1000

    def _fold(self) -> Piece:
        text = f"{'▾' if self.unfolded else '▸'} {self._thinking_words()}"
        if self._fold_line is None or text != self._fold_text:
            self._fold_text = text
            self._fold_line = self.label(text, "thinking")
        return self._fold_line

    def _thinking_words(self) -> str:
        if self._thinking_ms is not None:
            return f"thought for {elapsed(self._thinking_ms)}"
        if self.is_thinking and self._thinking_since is not None:
            return f"thinking… {int(self._clock() - self._thinking_since)} s"
        return "thought"

    def _lay_answer(self, block: Block, width: int, grows: bool) -> Sequence[Row]:
        return self._renderers().answer.rows(block, width, grows=grows)

    def _lay_thinking(self, block: Block, width: int, grows: bool) -> Sequence[Row]:
        renderers = self._renderers()
        pad = Segment("  " if width > 12 else "", renderers.styles.text)
        rows = renderers.thinking.rows(block, max(1, width - len(pad.text)), grows=grows)
        return indent(rows, pad, pad)
