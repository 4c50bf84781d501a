"""The commands of a comparison that can be trusted: to run one again, and to look behind it."""

from functools import partial
from pathlib import Path

import click

from tui import parts


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def replay(file: Path, as_json: bool) -> None:
    """Run a transcript again, answer by answer: identical, or where it parts and what is different.

    FILE is a transcript that was saved or exported as .json.
    """
    from tui.console.replay import replay_file

    catalogue = parts.catalogue()
    work = partial(replay_file, parts.console(), parts.console(stderr=True), file, catalogue, as_json=as_json)
    parts.run(partial(work, parts.scratch_seating))


@click.command()
@click.option("--blind", is_flag=True, help="Count blind votes alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def leaderboard(blind: bool, as_json: bool) -> None:
    """Rate the models by your votes: with intervals, ranks, who beat whom, and what else swayed you."""
    from tui.console.leaderboard import show, to_json
    from tui.ranking import leaderboard as rated

    board = rated(parts.archive(), blind=blind)
    specs = {spec.id: spec for spec in parts.catalogue().models}
    if as_json:
        click.echo(to_json(board, specs, blind=blind))
    else:
        show(parts.console(), parts.console(stderr=True), board, specs, blind=blind)


COMMANDS: tuple[click.Command, ...] = (leaderboard, replay,)
"""All of them, for the command line to take in."""
