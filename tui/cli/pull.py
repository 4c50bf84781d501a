"""`duochat pull`: download weights, or verify those on disk."""

import os
from collections.abc import Mapping, Sequence
from contextlib import aclosing, closing

import click
from rich.console import Console
from rich.text import Text

from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.progress import FetchReport
from tui.models import local
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import FetchFailed, Ready
from tui.models.weights.ledger import Ledger
from tui.models.weights.verifier import Verifier
from tui.streams import merge
from tui.text import clean, clean_line


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="MODEL...")
@click.option("--verify", is_flag=True, help="Hash all files again and print their checksums.")
def pull(names: tuple[str, ...], verify: bool) -> int:
    """Download weights, or verify those on disk.

    Partial downloads are resumed.
    """
    catalogue = wiring.catalogue()
    specs = tuple(catalogue.find(name) for name in dict.fromkeys(names))
    return run(_pull_all(wiring.console(stderr=True), specs, os.environ, wiring.ledger(), verify=verify))


async def _pull_all(
    console: Console, specs: Sequence[ModelSpec], environ: Mapping[str, str], ledger: Ledger, *, verify: bool
) -> int:
    """Fetch `specs` at the same time; return 0 when all of them are on disk and verified at the end, else 1.

    With `verify`, files on disk are hashed although the ledger knows them, and each sha256 is printed.
    """
    failed, verifier = False, Verifier(ledger, environ)
    streams = {spec.id: verifier.fetch_or_check(spec, local.find(spec, environ), anew=verify) for spec in specs}
    with closing(FetchReport(console)) as report:
        async with aclosing(merge(streams)) as events:
            async for name, event in events:
                report.show(name, event)
                if isinstance(event, Ready):
                    console.print(Text(_ready(name, event, with_hash=verify)), soft_wrap=True)
                elif isinstance(event, FetchFailed):
                    failed = True
                    console.print(Text(f"duochat: {clean(event.message)}"), soft_wrap=True)
    return int(failed)


def _ready(name: str, ready: Ready, *, with_hash: bool) -> str:
    sentence = f"{clean_line(name)}: ready at {clean_line(str(ready.path), 1000)}"
    return f"{sentence} (sha256 {ready.sha256})" if with_hash else sentence
