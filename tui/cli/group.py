"""Owns how a command line is told apart: a command, or models for the screen."""

import click


class Duochat(click.Group):
    """The commands; what is none of them is a model, and opens the screen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the hidden `chat` in front of anything but a command, `--help` and `--version`."""
        if not args or args[0] not in {*self.commands, "--help", "--version"}:
            args = ["chat", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Shows the two ways in: straight to the screen, or a command."""
        formatter.write_usage(ctx.command_path, "[--blind] [--resume ID] [LEFT [RIGHT]] | COMMAND [ARGS]...")
