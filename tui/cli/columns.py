"""Two answers side by side on a terminal: their last lines while they grow, and both whole at the end."""

from collections.abc import Mapping
from typing import assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tui.archive.transcript import labels
from tui.archive.transcript.markdown import has_html
from tui.chat.conversation import Answer, Conversation, FinishReason, Side
from tui.chat.events import Checking, Delta, Failed, Finished, Outdated, Prefill, Recast, ReplyEvent, Restarted
from tui.text import clean, clean_line

_COLORS = {Side.LEFT: "dark_orange", Side.RIGHT: "deep_sky_blue1"}

_WIDE = 100
"""The width from which on an earlier conversation has its answers side by side."""


class Columns:
    """Two live columns on `console` until `close` or `end`."""

    def __init__(self, console: Console, conversation: Conversation) -> None:
        self._console = console
        self._names = {side: model.name for side, model in conversation.models.items()}
        self._columns = {side: _Column() for side in self._names}
        self._live = Live(
            console=console,
            get_renderable=self._partial_answers,
            refresh_per_second=8,
            transient=True,
            vertical_overflow="crop",
        )
        self._live.start()

    def take(self, side: Side, event: ReplyEvent) -> None:
        """Extend a column; it is painted a few times per second."""
        self._columns[side].take(event)

    def end(self, answers: dict[Side, Answer]) -> None:
        """Replace the live columns with the whole answers, as Markdown."""
        self.close()
        whole = {side: _whole_answer(answers[side]) for side in self._columns}
        self._console.print(_beside(self._names, whole))

    def close(self) -> None:
        """Give the terminal back; may be called more than once."""
        self._live.stop()

    def _partial_answers(self) -> RenderableType:
        height = max(3, self._console.height - 3)
        width = max(8, self._console.width // 2 - 2)
        return _beside(self._names, {side: each.tail(width, height) for side, each in self._columns.items()})


class _Column:
    """One side in progress."""

    def __init__(self) -> None:
        self._text = ""
        self._state = "waiting"

    def take(self, event: ReplyEvent) -> None:
        """Extend the column by one event."""
        match event:
            case Checking():
                self._state = event.state
            case Outdated():
                pass  # printed below both columns at the end
            case Prefill(done=done, total=total):
                self._state = f"reading the prompt {done}/{total}"
            case Delta(text=text, thinking=thinking):
                self._state = "thinking" if thinking else "writing"
                self._text += "" if thinking else clean(text)
            case Recast():
                self._text = ""
            case Restarted():
                self._state = "reading the prompt"
            case Finished(reason=reason):
                self._state = labels.ending(reason) or "done"
            case Failed(message=message):
                self._state = labels.ending(FinishReason.FAILED, message)
            case _:
                assert_never(event)

    def tail(self, width: int, height: int) -> RenderableType:
        """Return the last lines that fit, and the state of the side."""
        recent = Text(self._text[-width * height :])
        lines = list(recent.wrap(Console(width=width), width)) if self._text else []
        return Group(*lines[-height:], Text(self._state, style="dim"))


def print_conversation(console: Console, conversation: Conversation, *, subtitle: str) -> None:
    """Print a conversation: answers side by side on a wide console, else the left one first."""
    console.print(Text(labels.title_of(conversation), style="bold"))
    console.print(Text(subtitle, style="dim"))
    for exchange in conversation.exchanges:
        console.print()
        console.print(Padding(Text(clean(exchange.question.text), style="bold"), (0, 1)))
        console.print()
        names = {side: exchange.answers[side].model.name for side in Side if side in exchange.answers}
        bodies = {side: Group(_whole_answer(exchange.answers[side]), "") for side in names}
        if console.width >= _WIDE:
            console.print(_beside(names, bodies))
        else:
            console.print(Group(*(_headed(side, names[side], body) for side, body in bodies.items())))


def _whole_answer(answer: Answer) -> RenderableType:
    """Return an answer as Markdown, how it ended unless it was complete, and its figures."""
    parts = [_body(clean(answer.text))]
    if outcome := labels.outcome(answer):
        parts.append(Text(outcome, style="red"))
    return Group(*parts, Text(figures(answer), style="dim"))


def figures(answer: Answer) -> str:
    """Return one line: duration of the thinking, time to the first token, speed and length."""
    thought = labels.thinking_label(answer) if answer.thinking else ""
    return " · ".join(filter(None, (thought, labels.figures(answer.usage) if answer.usage else "")))


def _body(text: str) -> RenderableType:
    """Return `text` as Markdown, or unchanged where it holds raw HTML, which Markdown would leave out."""
    return Text(text) if has_html(text) else Markdown(text, hyperlinks=False)


def _beside(names: Mapping[Side, str], bodies: Mapping[Side, RenderableType]) -> Table:
    """Return one column for each side, equally wide and headed by its name."""
    table = Table.grid(expand=True, padding=0)
    for _ in bodies:
        table.add_column(ratio=1)
    table.add_row(*(_headed(side, names[side], body) for side, body in bodies.items()))
    return table


def _headed(side: Side, name: str, body: RenderableType) -> RenderableType:
    title = Text(clean_line(name), style=f"bold {_COLORS[side]}")
    return Padding(Group(Rule(title, align="left", style="dim"), body), (0, 1))
