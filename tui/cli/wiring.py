"""Builds the parts of duochat for a command, each once, and runs its work to its exit status."""

import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from tui.cli.lifecycle import tell

if TYPE_CHECKING:
    from rich.console import Console

    from tui.archive.store import Archive
    from tui.engine.buffers import Buffers
    from tui.engine.cores import Cores
    from tui.engine.process.factory import LocalEngines
    from tui.models.catalogue.catalogue import Catalogue
    from tui.models.weights.ledger import Ledger
    from tui.session.memory_check import MemoryCheck
    from tui.session.prepare import Preparer


def catalogue() -> "Catalogue":
    """The models that are known, shipped ones and the user's own."""
    from tui import paths
    from tui.models.catalogue.catalogue import load

    return load(paths.shipped_models_file(), paths.user_models_file())


def archive() -> "Archive":
    """The archive, closed when the command ends."""
    from tui import paths
    from tui.archive.store import Archive

    opened = Archive.open(paths.archive_file())
    if opened.notice is not None:
        tell(opened.notice)
    click.get_current_context().call_on_close(opened.close)
    return opened


def ledger() -> "Ledger":
    """Return the ledger of weights files that were hashed."""
    from tui import paths
    from tui.models.weights.ledger import Ledger

    return Ledger(paths.verified_dir())


def memory_check() -> "MemoryCheck":
    """What weighs models against the memory that is free."""
    from tui import paths
    from tui.models.gguf.cache import cached_in
    from tui.models.memory import available
    from tui.session.memory_check import MemoryCheck

    headers = cached_in(paths.headers_dir())
    return MemoryCheck(
        environ=os.environ, available=available, headers=headers, copied=buffers().copied, ledger=ledger()
    )


def preparer(archive: "Archive", memory_check: "MemoryCheck") -> "Preparer":
    """What brings models to the table."""
    from tui.session.preload import Preloader
    from tui.session.prepare import Preparer

    preloader = Preloader(memory_check, engines())
    return Preparer(environ=os.environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=cores())


def buffers() -> "Buffers":
    """What decides which weights llama.cpp may repack."""
    from tui import paths
    from tui.engine.buffers import Buffers
    from tui.models.gguf.cache import cached_in

    return Buffers.here(os.environ, state=paths.state_dir(), headers=cached_in(paths.headers_dir()))


def engines() -> "LocalEngines":
    """What makes engines; they warm up on their share of the cores."""
    from tui.engine.process.factory import LocalEngines

    return LocalEngines(os.environ, buffers(), threads=max(1, cores().total // 2))


@contextmanager
def scratch_seating() -> Iterator["Preparer"]:
    """What brings models to the table, for conversations that are kept nowhere."""
    from tempfile import TemporaryDirectory

    from tui.archive.store import Archive

    with TemporaryDirectory(prefix="duochat-") as place, closing(Archive.open(Path(place) / "archive.db")) as opened:
        yield preparer(opened, memory_check())


def cores() -> "Cores":
    """The cores that the models may use, by the settings or as they are found."""
    from tui import paths, settings
    from tui.engine.machine import cores_for

    preferences = settings.load(paths.settings_file())
    return cores_for(preferences.cores, preferences.threads)


def console(*, stderr: bool = False) -> "Console":
    """What prints; with NO_COLOR, or where nobody looks, without a single escape sequence."""
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR")) or not (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, force_terminal=False if plain else None, highlight=False, markup=False, emoji=False)


def run(work: Callable[[], Awaitable[int]]) -> NoReturn:
    """Runs `work` and ends with its status; SIGTERM and SIGHUP end it in order, so that what was said is kept."""
    from tui.cli import signals

    sys.exit(signals.run(work))
