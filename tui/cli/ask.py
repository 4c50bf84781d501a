"""`duochat ask`: one prompt to two models, without a screen."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.options import FILE, ONE_SIDE, json_option, read_prompt, selections, side_options

if TYPE_CHECKING:
    from tui.chat.conversation import Conversation
    from tui.cli.views import View
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
    from tui.cli.views import view_for

    text = read_prompt(prompt)
    chosen = selections(wiring.catalogue(), left, right, options)
    view = view_for(wiring.console(), wiring.console(stderr=True), as_json=as_json)
    keep = None if save is None else _exporter(save)
    return run(_ask(wiring.preparer(wiring.archive(), wiring.memory_check()), chosen, text, view, keep))


def _exporter(path: Path) -> Callable[["Conversation"], None]:
    """Return what writes a transcript to `path`. Raises ExportError where its ending names no format."""
    from tui.archive.transcript import export

    export.check_ending(path)
    return partial(export.save, path=path)


async def _ask(
    preparer: "Preparer",
    chosen: "Selections",
    prompt: str,
    view: "View",
    keep: Callable[["Conversation"], None] | None,
) -> int:
    """Ask, show and keep the transcript; return 1 when a side failed, else 0. Raises UserError."""
    from tui.cli.pair import ask_pair, loaded_pair

    began = monotonic()
    async with loaded_pair(preparer, chosen, view) as duo:
        status = await ask_pair(duo, prompt, view, began)
    if keep is not None:
        await asyncio.to_thread(keep, duo.conversation)
    return status
