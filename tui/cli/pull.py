"""`duochat pull`: weights fetched or verified, with progress on standard error."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing

from rich.console import Console
from rich.text import Text

from tui.cli.progress import FetchReport
from tui.models import local
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.parent import FetchFailed, Ready
from tui.models.weights.ledger import Ledger
from tui.models.weights.verifier import Verifier
from tui.streams import merge
from tui.text import clean, clean_line


async def pull_all(
    console: Console, specs: Sequence[ModelSpec], environ: Mapping[str, str], ledger: Ledger, *, verify: bool
) -> int:
    """Fetch `specs` at the same time; return 0 when all of them are on disk and verified at the end, else 1.

    With `verify`, files on disk are hashed even where the ledger knows them, and each sha256 is printed.
    """
    failed, verifier = False, Verifier(ledger, environ)
    streams = {spec.id: verifier.fetch_or_check(spec, local.find(spec, environ), anew=verify) for spec in specs}
    with FetchReport(console) as report:
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
    told = f"{clean_line(name)}: ready at {clean_line(str(ready.path), 1000)}"
    return f"{told} (sha256 {ready.sha256})" if with_hash else told
