"""`duochat history`: list, show, search and export conversations."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.archive.store import Summary
from tui.archive.transcript import labels
from tui.chat.conversation import Conversation, Side
from tui.cli import wiring
from tui.cli.options import FILE
from tui.cli.output import print_line, print_table
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from rich.console import Console

_HEAD = ("id", "when", "left", "right", "questions", "title")


@click.group(invoke_without_command=True)
@click.pass_context
def history(ctx: click.Context) -> None:
    """List, show, search and export conversations.

    Without a command, history lists all conversations.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_all)


@history.command("list")
def list_all() -> None:
    """List all conversations, the latest first."""
    show_list(wiring.console(), wiring.archive().conversations())


@history.command()
@click.argument("conversation_id", type=int, metavar="ID")
def show(conversation_id: int) -> None:
    """Show a conversation."""
    show_conversation(wiring.console(), wiring.archive().conversation(conversation_id))


@history.command()
@click.argument("words")
def search(words: str) -> None:
    """List the conversations that contain WORDS."""
    show_list(wiring.console(), wiring.archive().search(words))


@history.command()
@click.argument("conversation_id", type=int, metavar="ID")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["md", "json", "html"]),
    default="md",
    show_default=True,
    help="Format of the transcript.",
)
@click.option("--out", type=FILE, help="Write to this file instead of standard output.")
def export(conversation_id: int, kind: str, out: Path | None) -> None:
    """Write a conversation as Markdown, JSON or HTML."""
    from tui.archive.transcript import export as transcripts

    text = transcripts.to_text(wiring.archive().conversation(conversation_id), kind)
    if out is None:
        click.echo(text, nl=False)
    else:
        transcripts.write(text, out)


def show_list(console: "Console", summaries: Sequence[Summary]) -> None:
    """Print one row for each conversation."""
    if console.is_terminal and not summaries:
        print_line(console, "No conversations.")
        return
    print_table(console, _HEAD, map(_cells, summaries), right={"id", "questions"}, whole=frozenset(_HEAD), wide="title")


def show_conversation(console: "Console", conversation: Conversation) -> None:
    """Print a conversation: answers side by side on a wide terminal, else the left one first."""
    if not console.is_terminal:
        for line in _plain(conversation):
            print_line(console, line)
        return
    from tui.cli.columns import print_conversation

    print_conversation(console, conversation, subtitle=_subtitle(conversation))


def _subtitle(conversation: Conversation) -> str:
    return f"conversation {conversation.id}, {_moment(conversation.started_at)}"


def _moment(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def _cells(summary: Summary) -> tuple[str, ...]:
    left, right = summary.models
    when, count = _moment(summary.started_at), str(summary.exchanges)
    return tuple(map(clean_line, (str(summary.id), when, left, right, count, summary.title)))


def _plain(conversation: Conversation) -> Iterator[str]:
    from tui.cli.columns import figures

    yield labels.title_of(conversation)
    yield _subtitle(conversation)
    for exchange in conversation.exchanges:
        yield from ("", "[question]", clean(exchange.question.text))
        for side in Side:
            if side in exchange.answers:
                answer = exchange.answers[side]
                yield from ("", f"[{side}] {clean_line(answer.model.name)}")
                yield from filter(None, (clean(answer.text), labels.outcome(answer), figures(answer)))
