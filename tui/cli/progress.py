"""Owns how fetching and loading are told on a terminal or in a log, always on standard error."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType
from typing import Self, assert_never

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.text import Text

from tui.models.download.parent import FetchEvent, FetchFailed, Note, Ready, Verifying
from tui.models.download.parent import Progress as Fetched
from tui.session.memory_check import PrepareError
from tui.text import clean_line


class FetchReport:
    """Bars on a terminal, one line a step elsewhere; a context manager, since bars need an end."""

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
        self._told: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def show(self, name: str, event: FetchEvent) -> None:
        """Tells what happened to the model called `name`."""
        match event:
            case Note(text=text):
                self._tell(name, text)
            case Fetched(done=done, total=total, source=source):
                self._move(name, "fetching", done, total)
                self._tell(name, f"fetching from {source}")
            case Verifying(done=done, total=total):
                self._move(name, "verifying", done, total)
                self._tell(name, "verifying the checksum")
            case Ready():
                self._end(name)
            case FetchFailed():
                self._end(name)
            case _:
                assert_never(event)

    def _tell(self, name: str, step: str) -> None:
        if self._told.get(name) == step:
            return
        self._told[name] = step
        self._console.print(Text(f"{clean_line(name)}: {clean_line(step)}"), style="dim", soft_wrap=True)

    def _move(self, name: str, step: str, done: int, total: int | None) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task("", name=clean_line(name), step=step, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total, step=step)

    def _end(self, name: str) -> None:
        if name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))


async def fetched(name: str, events: AsyncGenerator[FetchEvent, None], console: Console) -> Ready:
    """What the fetching of the model called `name` comes to, told as it goes. Raises PrepareError."""
    with FetchReport(console) as report:
        async with aclosing(events):
            async for event in events:
                report.show(name, event)
                if isinstance(event, FetchFailed):
                    raise PrepareError(event.message)
                if isinstance(event, Ready):
                    return event
    raise PrepareError(f"The weights of {name} did not come: try again.")
