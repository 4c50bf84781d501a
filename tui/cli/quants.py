"""`duochat quants`: measure how far two quants of one model differ, over a text and in their answers."""

from collections.abc import Mapping
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import click
from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from tui.arena.stats import default_text
from tui.arena.stats.perplexity import Surprise
from tui.arena.stats.quant_distance import Compared, Row, largest, name_of, rows, token
from tui.chat.conversation import Side
from tui.chat.scores import Parted
from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.options import FILE, json_option, read_lines, read_text
from tui.cli.output import print_json
from tui.cli.pair import fetch_pair
from tui.cli.views import View
from tui.engine.cores import Cores
from tui.errors import UserError
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import Ready
from tui.session.preload import MakeEngine
from tui.session.prepare import Preparer
from tui.session.quant_comparison import CONTEXT, Over, compare, selections_of


@click.command()
@click.argument("left")
@click.argument("right")
@click.option("--text", type=FILE, help="Compare over this file.")
@click.option("--prompts", type=FILE, help="Compare the answers to the prompts in this file, one per line.")
@click.option(
    "--max-tokens",
    type=click.IntRange(min=1, max=512),
    default=default_text.ANSWER_TOKENS,
    show_default=True,
    help="Longest answer in tokens.",
)
@json_option
def quants(left: str, right: str, *, text: Path | None, prompts: Path | None, max_tokens: int, as_json: bool) -> int:
    """Measure how far two quants of one model differ.

    LEFT and RIGHT are compared over a text and by their likeliest answers to prompts. Both need the same vocabulary. A
    default text and default prompts come with duochat.
    """
    catalogue = wiring.catalogue()
    over = Over(
        text=default_text.TEXT if text is None else read_text(text),
        prompts=default_text.PROMPTS if prompts is None else read_lines(prompts),
        max_tokens=max_tokens,
    )
    return run(
        compare_quants(
            wiring.preparer(wiring.archive(), wiring.memory_check()),
            {Side.LEFT: catalogue.find(left), Side.RIGHT: catalogue.find(right)},
            wiring.engines(),
            wiring.cores(),
            over,
            out=wiring.console(),
            err=wiring.console(stderr=True),
            as_json=as_json,
        )
    )


async def compare_quants(
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
    """Fetch both, compare them in one worker on all cores, and print the result; return 0. Raises UserError."""
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
        raise UserError("The comparison ended without a result: try again.")
    if as_json:
        print_json(out.file, _document(found))
    else:
        _show(out, found)
    return 0


async def _fetched(preparer: Preparer, specs: Mapping[Side, ModelSpec], err: Console) -> Mapping[Side, Ready]:
    with closing(View(err, err)) as view:
        return await fetch_pair(preparer, selections_of(specs), view)


def _document(compared: Compared) -> dict[str, Any]:
    """Return the result in the shape that scripts rely on."""
    found = compared.spread
    sides = zip(Side, found.surprises, strict=True)
    return {
        **{str(side): _side(compared, side, surprise) for side, surprise in sides},
        "bytes": len(compared.text.encode("utf-8", "replace")),
        "tokens": found.tokens,
        "kl": {"mean": found.mean, "median": found.median, "p99": found.high, "max": found.largest},
        "same_top": found.agreement,
        "largest": [
            {"text": token(compared, each), "start": each.start, "kl": each.nats} for each in largest(compared)
        ],
        "answers": {
            "prompts": compared.partings.answers,
            "parted": compared.partings.parted,
            "share": compared.partings.share,
            "first_token": _number(compared.partings.first),
            "max_tokens": compared.max_tokens,
            "each": [_answer(each) for each in compared.answers],
        },
    }


def _show(out: Console, compared: Compared) -> None:
    """Print a line for each figure and for each prompt."""
    names = Row("left, right", " and ".join(name_of(compared.specs[side]) for side in Side))
    for row in (names, *rows(compared)):
        out.print(Text.assemble((set_cell_size(row.name, 28), "bold"), row.value), soft_wrap=True)


def _side(compared: Compared, side: Side, surprise: Surprise) -> dict[str, Any]:
    spec = compared.specs[side]
    return {
        "model": spec.id,
        "name": spec.name,
        "file": spec.file,
        "perplexity": surprise.perplexity,
        "bits_per_byte": surprise.bits_per_byte,
    }


def _answer(answer: Parted) -> dict[str, Any]:
    left, right = answer.tokens or (None, None)
    return {
        "prompt": answer.prompt,
        "token": None if answer.tokens is None else _number(answer.same),
        "same": answer.text,
        "left": left,
        "right": right,
    }


def _number(tokens: int | None) -> int | None:
    """Return the number of the next token, counted from 1."""
    return None if tokens is None else tokens + 1
