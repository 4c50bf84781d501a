"""Owns two answers beside each other on a terminal: their ends while they grow, and whole when both are done."""

from typing import assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from tui.archive.markdown import has_html
from tui.chat.conversation import Answer, Conversation, FinishReason, Seat, Side
from tui.chat.events import Delta, Failed, Finished, Prefill, Recast, ReplyEvent
from tui.text import clean, clean_line

COLORS = {Side.LEFT: "dark_orange", Side.RIGHT: "deep_sky_blue1"}


class Columns:
    """Two columns on `console`, from the moment they are made until `close` or `end`."""

    def __init__(self, console: Console, conversation: Conversation) -> None:
        self._console = console
        self._columns = {side: _Column(side, seat) for side, seat in conversation.seats.items()}
        self._live = Live(
            console=console,
            get_renderable=self._growing,
            refresh_per_second=8,
            transient=True,
            vertical_overflow="crop",
        )
        self._live.start()

    def take(self, side: Side, event: ReplyEvent) -> None:
        """Lets a column grow; it is painted at the display's own pace."""
        self._columns[side].take(event)

    def end(self, answers: dict[Side, Answer]) -> None:
        """Replaces the growing columns by the whole answers, as Markdown."""
        self.close()
        self._console.print(_beside({side: each.headed(_whole(answers[side])) for side, each in self._columns.items()}))

    def close(self) -> None:
        """Gives the terminal back; may be called more than once."""
        self._live.stop()

    def _growing(self) -> RenderableType:
        height = max(3, self._console.height - 3)
        width = max(8, self._console.width // 2 - 2)
        return _beside({side: each.headed(each.tail(width, height)) for side, each in self._columns.items()})


class _Column:
    """One side while it grows."""

    def __init__(self, side: Side, seat: Seat) -> None:
        self._side = side
        self._name = clean_line(seat.name)
        self._text = ""
        self._state = "waiting"

    def take(self, event: ReplyEvent) -> None:
        """Grows by one event."""
        match event:
            case Prefill(done=done, total=total):
                self._state = f"reading {done}/{total}"
            case Delta(text=text, thinking=thinking):
                self._state = "thinking" if thinking else "writing"
                self._text += "" if thinking else clean(text)
            case Recast():
                self._text = ""
            case Finished(reason=reason):
                self._state = "done" if reason is FinishReason.STOP else str(reason)
            case Failed(message=message):
                self._state = f"failed: {clean_line(message)}"
            case _:
                assert_never(event)

    def headed(self, body: RenderableType) -> RenderableType:
        """`body` under the side's name."""
        title = Text(self._name, style=Style(color=COLORS[self._side], bold=True))
        return Group(Rule(title, align="left", style="dim"), body)

    def tail(self, width: int, height: int) -> RenderableType:
        """The last lines that fit, and what the side does now."""
        recent = Text(self._text[-width * height :])
        lines = list(recent.wrap(Console(width=width), width)) if self._text else []
        return Group(*lines[-height:], Text(self._state, style="dim"))


def _whole(answer: Answer) -> RenderableType:
    text = clean(answer.text)
    # rich leaves raw HTML out of Markdown, and nothing that a model wrote may be missing.
    parts: list[RenderableType] = [Text(text) if has_html(text) else Markdown(text, hyperlinks=False)]
    if answer.error:
        parts.append(Text(clean(answer.error), style="red"))
    return Group(*parts, Text(_figures(answer), style="dim"))


def _figures(answer: Answer) -> str:
    """One line: why it ended unless by itself, thinking time, time to first token, speed and length."""
    usage = answer.usage
    parts = [str(answer.finish_reason)] if answer.finish_reason is not FinishReason.STOP else []
    if usage is not None:
        if usage.thinking_ms:
            parts.append(f"thought {usage.thinking_ms / 1000:.1f} s")
        if usage.first_ms is not None:
            parts.append(f"first token {usage.first_ms / 1000:.2f} s")
        parts.append(f"{usage.tokens_per_second:.1f} tok/s {'shared' if usage.shared else 'alone'}")
        parts.append(f"{usage.completion_tokens} tokens")
    return " · ".join(parts)


def _beside(columns: dict[Side, RenderableType]) -> Table:
    table = Table.grid(expand=True, padding=0)
    for _ in columns:
        table.add_column(ratio=1)
    table.add_row(*(Padding(columns[side], (0, 1)) for side in columns))
    return table
