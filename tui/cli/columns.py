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

from tui.archive.transcript import labels
from tui.archive.transcript.markdown import has_html
from tui.chat.conversation import Answer, Conversation, FinishReason, ModelInfo, Side
from tui.chat.events import Checking, Delta, Failed, Finished, Outdated, Prefill, Recast, ReplyEvent, Restarted
from tui.text import clean, clean_line

COLORS = {Side.LEFT: "dark_orange", Side.RIGHT: "deep_sky_blue1"}


class Columns:
    """Two columns on `console`, from the moment they are made until `close` or `end`."""

    def __init__(self, console: Console, conversation: Conversation) -> None:
        self._console = console
        self._columns = {side: _Column(side, model) for side, model in conversation.models.items()}
        self._live = Live(
            console=console,
            get_renderable=self._partial_answers,
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
        self._console.print(_beside({side: each.headed(whole(answers[side])) for side, each in self._columns.items()}))

    def close(self) -> None:
        """Gives the terminal back; may be called more than once."""
        self._live.stop()

    def _partial_answers(self) -> RenderableType:
        height = max(3, self._console.height - 3)
        width = max(8, self._console.width // 2 - 2)
        return _beside({side: each.headed(each.tail(width, height)) for side, each in self._columns.items()})


class _Column:
    """One side while it grows."""

    def __init__(self, side: Side, model: ModelInfo) -> None:
        self._side = side
        self._name = clean_line(model.name)
        self._text = ""
        self._state = "waiting"

    def take(self, event: ReplyEvent) -> None:
        """Grows by one event."""
        match event:
            case Checking():
                self._state = event.state
            case Outdated():
                pass  # said when both are done
            case Prefill(done=done, total=total):
                self._state = f"reading {done}/{total}"
            case Delta(text=text, thinking=thinking):
                self._state = "thinking" if thinking else "writing"
                self._text += "" if thinking else clean(text)
            case Recast():
                self._text = ""
            case Restarted():
                self._state = "reading"
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


def whole(answer: Answer) -> RenderableType:
    """An answer as Markdown, how it ended unless by itself, and its figures."""
    parts = [_body(clean(answer.text))]
    if outcome := labels.outcome(answer):
        parts.append(Text(outcome, style="red"))
    return Group(*parts, Text(figures(answer), style="dim"))


def figures(answer: Answer) -> str:
    """One line: how long it thought, time to the first token, speed and length."""
    thought = labels.thinking_label(answer) if answer.thinking else ""
    return " · ".join(filter(None, (thought, labels.figures(answer.usage) if answer.usage else "")))


def _body(text: str) -> RenderableType:
    """`text` as Markdown, but as it is when that would leave out raw HTML: nothing that was said may be missing."""
    return Text(text) if has_html(text) else Markdown(text, hyperlinks=False)


def _beside(columns: dict[Side, RenderableType]) -> Table:
    table = Table.grid(expand=True, padding=0)
    for _ in columns:
        table.add_column(ratio=1)
    table.add_row(*(Padding(columns[side], (0, 1)) for side in columns))
    return table
