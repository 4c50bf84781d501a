"""Owns `duochat pull`: weights fetched, or checked, with their progress on standard error."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from rich.console import Console
from rich.text import Text

from tui.console.fetching import FetchReport
from tui.models import local
from tui.models.obtain import FetchEvent, FetchFailed, Ready, obtain, verify
from tui.models.spec import ModelSpec
from tui.streams import merge
from tui.text import clean, clean_line


async def pull_all(console: Console, specs: Sequence[ModelSpec], environ: Mapping[str, str], *, verify: bool) -> int:
    """Fetches `specs` at the same time; 0 when all of them are on disk at the end, else 1."""
    failed = False
    streams = {spec.id: _pull(spec, environ, check=verify) for spec in specs}
    with FetchReport(console) as report:
        async with aclosing(merge(streams)) as events:
            async for name, event in events:
                report.show(name, event)
                if isinstance(event, Ready):
                    console.print(Text(f"{clean_line(name)}: ready at {clean_line(str(event.path))}"), soft_wrap=True)
                elif isinstance(event, FetchFailed):
                    failed = True
                    console.print(Text(f"duochat: {clean(event.message)}"), soft_wrap=True)
    return int(failed)


async def _pull(spec: ModelSpec, environ: Mapping[str, str], *, check: bool) -> AsyncGenerator[FetchEvent, None]:
    path = local.find(spec, environ)
    if path is None:
        async with aclosing(obtain(spec, environ=environ)) as events:
            async for event in events:
                yield event
        return
    if check and spec.sha256:
        async with aclosing(verify(path, spec.sha256, environ=environ)) as events:
            async for event in events:
                yield event
        return
    yield Ready(path=path, sha256=spec.sha256 or "", size=path.stat().st_size, source="disk")
