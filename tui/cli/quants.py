"""Owns `duochat quants`: how far two quants of one model are apart, over a text and in their answers."""

from collections.abc import Mapping
from contextlib import aclosing

from rich.console import Console

from tui.arena.stats.quant_distance import Compared
from tui.chat.conversation import Side
from tui.cli.ask import fetch_both
from tui.cli.quant_table import show, write
from tui.cli.views import QuietView
from tui.engine.cores import Cores
from tui.errors import UserError
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import Ready
from tui.session.preload import MakeEngine
from tui.session.prepare import Preparer
from tui.session.quant_comparison import CONTEXT, Over, compare, selections_of


async def quants(
    preparer: Preparer,
    specs: Mapping[Side, ModelSpec],
    engine: MakeEngine,
    cores: Cores,
    over: Over,
    *,
    out: Console,
    err: Console,
    as_json: bool,
) -> int:
    """Fetches both, compares them in one worker that has all cores, and shows what came of it; 0. Raises UserError."""
    ready = await _fetched(preparer, specs, err)
    found: Compared | None = None
    paths = {side: each.path for side, each in ready.items()}
    worker = preparer.contrasting(engine(paths[Side.LEFT], CONTEXT, None), specs, paths)
    with err.status("Loading both models.") as status:
        async with aclosing(compare(worker, paths[Side.RIGHT], specs, over, cores)) as steps:
            async for step in steps:
                status.update(step.doing)
                found = step.found
    if found is None:
        raise UserError("The comparison ended without a word: try again.")
    if as_json:
        write(out, found)
    else:
        show(out, found)
    return 0


async def _fetched(preparer: Preparer, specs: Mapping[Side, ModelSpec], err: Console) -> Mapping[Side, Ready]:
    shown = QuietView(err, err)
    try:
        return await fetch_both(preparer, selections_of(specs), shown)
    finally:
        shown.close()
