"""How a command ends: signals, exit status, and one sentence on standard error for every error."""

import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any

import click

from tui.errors import UserError
from tui.text import clean_line

_END_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def open_streams() -> None:
    """Write UTF-8 to pipes and files in any locale, and escape characters that a stream cannot encode."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def print_to_stderr(sentence: str) -> None:
    """Print one sentence on standard error."""
    click.echo(f"duochat: {clean_line(sentence, limit=2000)}", err=True)


@contextmanager
def run_cleanly() -> Iterator[None]:
    """Turn every exception into one sentence on standard error and an exit status."""
    try:
        yield
    except click.UsageError as error:
        print_to_stderr(_usage_sentence(error))
        sys.exit(2)
    except UserError as error:
        print_to_stderr(str(error))
        sys.exit(error.status)
    except click.ClickException as error:
        print_to_stderr(error.format_message())
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # The reader is gone. Python would report it once more when it flushes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last resort: a defect goes to a file, never to the terminal
        _report_defect(error)
        sys.exit(1)


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` and return its status, or 128 + the number of the signal that ended it.

    The first signal cancels `work`, which then cleans up. Further signals are ignored: cleaning up takes seconds at
    most, and partial answers would be lost if it were cut short.
    """
    import asyncio

    return asyncio.run(_until_signal(work))


async def _until_signal(work: Coroutine[Any, Any, int]) -> int:
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    caught: list[int] = []

    def end(number: int) -> None:
        if not caught:
            task.cancel()
        caught.append(number)

    for name in _END_SIGNALS:
        if (number := getattr(signal, name, None)) is not None:
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return 128 + caught[0]


def _usage_sentence(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "duochat"
    message = error.format_message()
    return f"{message}{'' if message.endswith(('.', '?')) else '.'} See `{command} --help`."


def _report_defect(defect: Exception) -> None:
    """Write the traceback of a defect to a file and name that file."""
    from traceback import format_exception

    from tui import files, paths

    file = paths.state_dir() / "crash.log"
    what = f"a defect in duochat ended this ({type(defect).__name__})"
    try:
        files.private_dir(file.parent)
        file.write_text("".join(format_exception(defect)), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        print_to_stderr(f"{what}, and {file} cannot be written ({error.strerror}): make room for it and try again.")
    else:
        print_to_stderr(f"{what}; the traceback is in {file}: please report it.")
