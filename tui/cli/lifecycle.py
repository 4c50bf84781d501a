"""Owns how a command ends when something goes wrong: one sentence on standard error, and an exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

import click

from tui.errors import UserError
from tui.text import clean_line


def open_streams() -> None:
    """Makes a pipe or a file carry UTF-8 whatever the locale, and lets nothing that was said break the printing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def tell(sentence: str) -> None:
    """Says one sentence on standard error."""
    click.echo(f"duochat: {clean_line(sentence, limit=2000)}", err=True)


@contextmanager
def run_cleanly() -> Iterator[None]:
    """Turns whatever is raised inside into a sentence and the exit status that goes with it."""
    try:
        yield
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "duochat"
        complaint = error.format_message()
        tell(f"{complaint}{'' if complaint.endswith(('.', '?')) else '.'} See `{command} --help`.")
        sys.exit(2)
    except UserError as error:
        tell(str(error))
        sys.exit(error.status)
    except click.ClickException as error:
        tell(error.format_message())
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # Nobody reads any more; Python would complain once again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last resort: a defect is kept in a file, never shown as a traceback
        _keep(error)
        sys.exit(1)


def _keep(defect: Exception) -> None:
    """Keeps the traceback of a defect where the user can find it, and off the terminal."""
    from traceback import format_exception

    from tui import files, paths

    file = paths.state_dir() / "crash.log"
    said = f"a defect in duochat ended this ({type(defect).__name__})"
    try:
        files.private_dir(file.parent)
        file.write_text("".join(format_exception(defect)), encoding="utf-8", errors="backslashreplace")
    except OSError as full:
        tell(f"{said}, and {file} cannot be written ({full.strerror}): make room for it and try again.")
    else:
        tell(f"{said}; {file} says where: please report it.")
