"""`duochat ask`: one prompt to two models, without a screen."""

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

import click

from tui.archive.transcript import export
from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.options import FILE, ONE_SIDE, json_option, read_prompt, selections, side_options
from tui.cli.pair import ask_pair, loaded_pair
from tui.cli.views import View, view_for
from tui.session.memory_check import Selections
from tui.session.prepare import Preparer


@click.command(epilog=ONE_SIDE)
@click.argument("left")
@click.argument("right")
@click.argument("prompt")
@side_options
@json_option
@click.option("--save", type=FILE, help="Save the transcript to a .json, .md or .html file.")
def ask(left: str, right: str, prompt: str, *, as_json: bool, save: Path | None, **options: Any) -> int:
    """Put one prompt to two models.

    A PROMPT of - is read from standard input.
    """
    text = read_prompt(prompt)
    chosen = selections(wiring.catalogue(), left, right, options)
    view = view_for(wiring.console(), wiring.console(stderr=True), as_json=as_json)
    return run(_ask(wiring.preparer(wiring.archive(), wiring.memory_check()), chosen, text, view, save))


async def _ask(preparer: Preparer, chosen: Selections, prompt: str, view: View, save: Path | None) -> int:
    """Ask, show and save; return 1 when a side failed, else 0. Raises UserError."""
    if save is not None:
        export.check_ending(save)
    began = monotonic()
    async with loaded_pair(preparer, chosen, view) as duo:
        status = await ask_pair(duo, prompt, view, began)
    if save is not None:
        await asyncio.to_thread(export.save, duo.conversation, save)
    return status
