"""The composition root: build the parts of duochat that a command needs."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.lifecycle import print_to_stderr

if TYPE_CHECKING:
    from rich.console import Console

    from tui.archive.store import Archive
    from tui.engine.cores import Cores
    from tui.engine.process.extra_buffers import ExtraBuffers
    from tui.engine.process.factory import LocalEngines
    from tui.models.catalogue.catalogue import Catalogue
    from tui.models.weights.ledger import Ledger
    from tui.session.memory_check import MemoryCheck
    from tui.session.prepare import Preparer


def catalogue() -> "Catalogue":
    """Load the shipped catalogue with the user's additions."""
    from tui import paths
    from tui.models.catalogue.catalogue import load

    return load(paths.shipped_models_file(), paths.user_models_file())


def archive() -> "Archive":
    """Open the archive and close it when the command ends."""
    from tui import paths
    from tui.archive.store import Archive

    opened = Archive.open(paths.archive_file())
    if opened.notice is not None:
        print_to_stderr(opened.notice)
    click.get_current_context().call_on_close(opened.close)
    return opened


def ledger() -> "Ledger":
    """Return the ledger of weights files that were hashed."""
    from tui import paths
    from tui.models.weights.ledger import Ledger

    return Ledger(paths.verified_dir())


def memory_check() -> "MemoryCheck":
    """Build the check of models against free memory."""
    from tui import paths
    from tui.models.gguf.cache import cached_in
    from tui.models.memory import available
    from tui.session.memory_check import MemoryCheck

    headers = cached_in(paths.headers_dir())
    return MemoryCheck(
        environ=os.environ, available=available, headers=headers, copied=buffers().copied, ledger=ledger()
    )


def preparer(archive: "Archive", memory_check: "MemoryCheck") -> "Preparer":
    """Build what downloads, checks and loads models."""
    from tui.session.preload import Preloader
    from tui.session.prepare import Preparer

    preloader = Preloader(memory_check, engines())
    return Preparer(environ=os.environ, archive=archive, memory_check=memory_check, preloader=preloader, cores=cores())


def buffers() -> "ExtraBuffers":
    """Build what decides which weights llama.cpp may repack."""
    from tui import paths
    from tui.engine.process.extra_buffers import ExtraBuffers
    from tui.models.gguf.cache import cached_in

    return ExtraBuffers.here(os.environ, state=paths.state_dir(), headers=cached_in(paths.headers_dir()))


def engines() -> "LocalEngines":
    """Build the factory of engines; each engine warms up on half of the cores."""
    from tui.engine.process.factory import LocalEngines

    return LocalEngines(os.environ, buffers(), threads=max(1, cores().total // 2))


@contextmanager
def temporary_preparer() -> Iterator["Preparer"]:
    """Build a preparer whose conversations are deleted at the end."""
    from tempfile import TemporaryDirectory

    from tui.archive.store import Archive

    with TemporaryDirectory(prefix="duochat-") as folder, closing(Archive.open(Path(folder) / "archive.db")) as opened:
        yield preparer(opened, memory_check())


def cores() -> "Cores":
    """Return the cores that the models may use: from the settings, else all of the machine."""
    from tui import paths, settings
    from tui.engine.cpu import cores_for

    preferences = settings.load(paths.settings_file())
    return cores_for(preferences.cores, preferences.threads)


def console(*, stderr: bool = False) -> "Console":
    """Build a console; with NO_COLOR, or without a terminal, it writes no escape sequence."""
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR")) or not (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, force_terminal=False if plain else None, highlight=False, markup=False, emoji=False)
