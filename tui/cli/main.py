"""The `duochat` command: a group that imports a command's module only when that command is named."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NoReturn

import click

from tui import __version__
from tui.cli.lifecycle import open_streams, run_cleanly

COMMANDS: Mapping[str, str] = {
    "models": "List the models of the catalogue and show which are on disk.",
    "pull": "Download weights, or verify those on disk.",
    "ask": "Put one prompt to two models.",
    "history": "List, show, search and export conversations.",
    "replay": "Run a saved transcript again and compare the answers.",
    "leaderboard": "Rate the models by your votes.",
    "luck": "Test whether two models differ by more than luck.",
    "surprise": "Measure how surprised each model is by the other's answer.",
    "quants": "Measure how far two quants of one model differ.",
    "bench": "Measure speed, alone and together, and what the screen costs.",
    "doctor": "Check versions, hardware, folders and download sources.",
}
"""The help line of each command, in the order of `duochat --help`. The command `name` is `tui.cli.name.name`."""

SCREEN = "chat"
"""The hidden command that opens the screen; it runs when no command is named."""


class LazyGroup(click.Group):
    """Commands that are imported on demand; a command line that names none of them opens the screen."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the visible commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS and cmd_name != SCREEN:
            return None
        command: click.Command = getattr(import_module(f"tui.cli.{cmd_name}"), cmd_name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the screen's command in front of models and options. Raise UsageError for a misspelled command."""
        if not args or args[0] not in {*COMMANDS, SCREEN, "--help", "--version"}:
            _check_spelling(args)
            args = [SCREEN, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show both forms of the command line."""
        formatter.write_usage(ctx.command_path, "[--blind] [--resume ID] [LEFT [RIGHT]] | COMMAND [ARGS]...")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the help lines of the table, without an import."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _check_spelling(args: list[str]) -> None:
    """Raise UsageError where the first name resembles a command: it would be taken for a model otherwise."""
    from difflib import get_close_matches

    name = next((arg for arg in args if not arg.startswith("-")), "")
    similar = get_close_matches(name, COMMANDS, cutoff=0.75)
    if similar:
        raise click.UsageError(f"There is no command {name!r}: did you mean `duochat {similar[0]}`?")


@click.group(cls=LazyGroup, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="duochat", message="%(prog)s %(version)s")
def duochat() -> None:
    """Two open-weight models answer your prompts side by side, on your own machine.

    Without a command, duochat opens its screen: with the models LEFT and RIGHT, or with a menu to choose them.
    A model is an id from `duochat models`, a path to a .gguf file, or hf:owner/repo/file.gguf.
    See `duochat chat --help` for the options of the screen.
    """


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    open_streams()
    with run_cleanly():
        status = duochat.main(prog_name="duochat", standalone_mode=False)
    sys.exit(status if isinstance(status, int) else 0)
