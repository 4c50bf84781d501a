"""Owns what the `history` commands print: for eyes on a terminal, one plain line after the other anywhere else."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tui.archive.store import Summary
from tui.archive.transcript import labels
from tui.chat.conversation import Answer, Conversation, Exchange, Side
from tui.cli.columns import COLORS, figures, whole
from tui.text import clean, clean_line

_HEAD = ("id", "when", "left", "right", "questions", "title")
_BESIDE = 100
"""Columns of a terminal from which on the answers stand beside each other."""


def show_list(console: Console, summaries: Sequence[Summary]) -> None:
    """A table on a terminal; tab-separated lines under a head elsewhere, so that `cut` and `grep` work."""
    lines = [_cells(summary) for summary in summaries]
    if not console.is_terminal:
        for line in (_HEAD, *lines):
            _say(console, "\t".join(line))
    elif not lines:
        console.print(Text("No conversation here.", style="dim"))
    else:
        console.print(_table(lines))


def show_conversation(console: Console, conversation: Conversation) -> None:
    """The whole conversation: answers beside each other where there is room, else the left one first."""
    if not console.is_terminal:
        for line in _plain(conversation):
            _say(console, line)
        return
    console.print(Text(labels.title_of(conversation), style="bold"))
    console.print(Text(f"conversation {conversation.id}, {_moment(conversation.started_at)}", style="dim"))
    for exchange in conversation.exchanges:
        console.print()
        console.print(Padding(Text(clean(exchange.question.text), style="bold"), (0, 1)))
        console.print()
        console.print(_answers(exchange, beside=console.width >= _BESIDE))


def _say(console: Console, line: str) -> None:
    """Writes a cleaned line as it is: rich would wrap it and turn its tabs into spaces."""
    console.file.write(f"{line}\n")


def _moment(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def _cells(summary: Summary) -> tuple[str, ...]:
    left, right = summary.models
    when, count = _moment(summary.started_at), str(summary.exchanges)
    return tuple(map(clean_line, (str(summary.id), when, left, right, count, summary.title)))


def _table(lines: Sequence[Sequence[str]]) -> Table:
    """Every column as wide as it needs to be, and the title in what is left."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    for name in _HEAD:
        if name in {"id", "questions"}:
            table.add_column(name, justify="right", no_wrap=True)
        else:
            table.add_column(name, no_wrap=True, ratio=1 if name == "title" else None)
    for line in lines:
        table.add_row(*map(Text, line))
    return table


def _plain(conversation: Conversation) -> Iterator[str]:
    yield labels.title_of(conversation)
    yield f"conversation {conversation.id}, {_moment(conversation.started_at)}"
    for exchange in conversation.exchanges:
        yield from ("", "[question]", clean(exchange.question.text))
        for side in Side:
            if side in exchange.answers:
                answer = exchange.answers[side]
                yield from ("", f"[{side}] {clean_line(answer.model.name)}")
                yield from filter(None, (clean(answer.text), labels.outcome(answer), figures(answer)))


def _answers(exchange: Exchange, *, beside: bool) -> RenderableType:
    columns = [Padding(_answer(side, exchange.answers[side]), (0, 1)) for side in Side if side in exchange.answers]
    if not beside:
        return Group(*columns)
    table = Table.grid(expand=True)
    for _ in columns:
        table.add_column(ratio=1)
    table.add_row(*columns)
    return table


def _answer(side: Side, answer: Answer) -> RenderableType:
    heading = Text(clean_line(answer.model.name), style=f"bold {COLORS[side]}")
    return Group(Rule(heading, align="left", style="dim"), whole(answer), "")
