"""The commands of a comparison that can be trusted: to run one again, and to look behind it."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from tui.arena.stats import default_text
from tui.cli import wiring
from tui.cli.options import overrides, side_options

_ANSWER = click.IntRange(min=1, max=512)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def replay(file: Path, as_json: bool) -> None:
    """Run a transcript again, answer by answer: identical, or where it parts and what is different.

    FILE is a transcript that was saved or exported as .json.
    """
    from tui.cli.replay import replay_file

    catalogue = wiring.catalogue()
    work = partial(replay_file, wiring.console(), wiring.console(stderr=True), file, catalogue, as_json=as_json)
    wiring.run(partial(work, wiring.scratch_seating))


@click.command()
@click.option("--blind", is_flag=True, help="Count blind votes alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def leaderboard(blind: bool, as_json: bool) -> None:
    """Rate the models by your votes: with intervals, ranks, who beat whom, and what else swayed you."""
    from tui.session.ranking import leaderboard as rated

    board = rated(wiring.archive(), blind=blind)
    specs = {spec.id: spec for spec in wiring.catalogue().models}
    if as_json:
        from tui.cli.ratings import to_json

        click.echo(to_json(board, specs, blind=blind))
    else:
        from tui.cli.leaderboard import show

        show(wiring.console(), wiring.console(stderr=True), board, specs, blind=blind)


@click.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.argument("prompt", required=False)
@click.option("--conversation", type=int, metavar="ID", help="Read this one's answers instead of asking.")
@click.option("--text", type=click.Path(path_type=Path, dir_okay=False), help="Read this file instead of asking.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def surprise(
    left: str | None,
    right: str | None,
    prompt: str | None,
    *,
    conversation: int | None,
    text: Path | None,
    as_json: bool,
) -> None:
    """Ask both, and say how surprised each is by the other's answer: in bits per byte, and by which words.

    It is LEFT RIGHT PROMPT, or LEFT RIGHT --text FILE, or --conversation ID alone. A PROMPT of - is read from
    standard input.
    """
    from tui.cli.surprise import Document, Prompt, Saved, Source, pair, selections_of
    from tui.cli.surprise import surprise as read
    from tui.cli.texts import prompt_in, text_in

    catalogue, archive = wiring.catalogue(), wiring.archive()
    source: Source
    match (left, right, prompt, conversation, text):
        case (str(), str(), str(), None, None):
            source, selections = Prompt(prompt_in(prompt)), pair(catalogue, left, right)
        case (str(), str(), None, None, Path()):
            source, selections = Document(text_in(text)), pair(catalogue, left, right)
        case (None, None, None, int(), None):
            source = Saved(archive.conversation(conversation))
            selections = selections_of(catalogue, source.conversation)
        case _:
            raise click.UsageError(
                "Name LEFT, RIGHT and a PROMPT; or LEFT, RIGHT and --text FILE; or --conversation ID"
            )
    work = partial(read, wiring.preparer(archive, wiring.memory_check()), selections, source, wiring.console())
    wiring.run(partial(work, wiring.console(stderr=True), as_json=as_json))


@click.command(epilog="Each option of the models has a form for one side, too: --system-left, --seed-right, ...")
@click.argument("left")
@click.argument("right")
@click.argument("prompt")
@click.option("--times", type=int, default=5, show_default=True, help="Answers a side; from four on they can tell.")
@side_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def luck(left: str, right: str, prompt: str, *, times: int, as_json: bool, **options: Any) -> None:
    """Put one prompt to two models several times: do they differ by more than luck?

    Each answer has a seed of its own; one that is named moves on by one, and the right side's follow the left's. A
    PROMPT of - is read from standard input.
    """
    from tui.chat.conversation import Side
    from tui.cli.luck import ask_often, refusal
    from tui.cli.texts import prompt_in
    from tui.session.memory_check import Selection

    complaint = refusal(times)
    if complaint is not None:
        raise click.UsageError(complaint)
    text, catalogue = prompt_in(prompt), wiring.catalogue()
    wanted = {Side.LEFT: left, Side.RIGHT: right}
    selections = {
        side: Selection(spec=catalogue.find(name), overrides=overrides(options, side)) for side, name in wanted.items()
    }
    work = partial(ask_often, wiring.preparer(wiring.archive(), wiring.memory_check()), selections, text, times=times)
    wiring.run(partial(work, out=wiring.console(), err=wiring.console(stderr=True), as_json=as_json))


@click.command()
@click.argument("left")
@click.argument("right")
@click.option("--text", type=click.Path(path_type=Path, dir_okay=False), help="Compare over this file.")
@click.option("--prompts", type=click.Path(path_type=Path, dir_okay=False), help="Ask what this file says, one a line.")
@click.option("--max-tokens", type=_ANSWER, default=default_text.ANSWER_TOKENS, show_default=True, help="Of an answer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def quants(left: str, right: str, *, text: Path | None, prompts: Path | None, max_tokens: int, as_json: bool) -> None:
    """Say how far two quants of one model are apart: over a text, and in their likeliest answers.

    Both have to have the same vocabulary. Without files, a text and prompts of duochat's own are used.
    """
    from tui.chat.conversation import Side
    from tui.cli.quants import quants as compare
    from tui.cli.texts import lines_in, text_in
    from tui.session.quant_comparison import Over

    catalogue = wiring.catalogue()
    work = partial(
        compare,
        wiring.preparer(wiring.archive(), wiring.memory_check()),
        {Side.LEFT: catalogue.find(left), Side.RIGHT: catalogue.find(right)},
        wiring.engines(),
        wiring.cores(),
        Over(
            text=default_text.TEXT if text is None else text_in(text),
            prompts=default_text.PROMPTS if prompts is None else lines_in(prompts),
            max_tokens=max_tokens,
        ),
    )
    wiring.run(partial(work, out=wiring.console(), err=wiring.console(stderr=True), as_json=as_json))


COMMANDS: tuple[click.Command, ...] = (leaderboard, replay, surprise, quants, luck)
"""All of them, for the command line to take in."""
