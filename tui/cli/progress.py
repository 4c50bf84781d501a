"""Progress of downloads and verification: bars on a terminal, one line for each step elsewhere."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from typing import assert_never

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.text import Text

from tui.models.download.parent import FetchEvent, FetchFailed, Note, Ready, Verifying
from tui.models.download.parent import Progress as Fetched
from tui.session.memory_check import PrepareError
from tui.text import clean_line


class FetchReport:
    """The progress of several models, from the moment it is made until `close`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.fields[name]}", markup=False),
            BarColumn(bar_width=None),
            DownloadColumn(),
            TransferSpeedColumn(),
            TextColumn("{task.fields[step]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            expand=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._steps: dict[str, str] = {}
        self._bars.start()

    def close(self) -> None:
        """Remove the bars."""
        self._bars.stop()

    def show(self, name: str, event: FetchEvent) -> None:
        """Show an event of the model called `name`."""
        match event:
            case Note(text=text):
                self._print_step(name, text)
            case Fetched(done=done, total=total, source=source):
                self._move(name, "fetching", done, total)
                self._print_step(name, f"fetching from {source}")
            case Verifying(done=done, total=total):
                self._move(name, "verifying", done, total)
                self._print_step(name, "verifying the checksum")
            case Ready():
                self._end(name)
            case FetchFailed():
                self._end(name)
            case _:
                assert_never(event)

    def _print_step(self, name: str, step: str) -> None:
        if self._steps.get(name) == step:
            return
        self._steps[name] = step
        self._console.print(Text(f"{clean_line(name)}: {clean_line(step)}"), style="dim", soft_wrap=True)

    def _move(self, name: str, step: str, done: int, total: int | None) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task("", name=clean_line(name), step=step, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total, step=step)

    def _end(self, name: str) -> None:
        if name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))


async def fetched(name: str, events: AsyncGenerator[FetchEvent, None], console: Console) -> Ready:
    """Show how the model called `name` is fetched, and return its weights. Raises PrepareError."""
    with closing(FetchReport(console)) as report:
        async with aclosing(events):
            async for event in events:
                report.show(name, event)
                if isinstance(event, FetchFailed):
                    raise PrepareError(event.message)
                if isinstance(event, Ready):
                    return event
    raise PrepareError(f"The weights of {name} did not arrive: try again.")
