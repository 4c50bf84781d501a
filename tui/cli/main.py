"""Composition root: parses the command line, builds the parts, and hands them to a front end."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from tui import __version__
from tui.cli import wiring
from tui.cli.comparing import COMMANDS
from tui.cli.group import Duochat
from tui.cli.lifecycle import open_streams, run_cleanly
from tui.cli.options import overrides, side_options
from tui.errors import UserError


def _say_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"duochat {__version__}")
        ctx.exit()


@click.group(cls=Duochat, context_settings={"max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_say_version, help="Say which.")
def duochat() -> None:
    """Two open-weight models answer your prompts side by side, on your own machine.

    Without a command, duochat opens its screen: on the menu, or at once with the models LEFT and RIGHT.
    A model is an id from `duochat models`, a path to a .gguf file, or hf:owner/repo/file.gguf.
    """


@duochat.command(hidden=True)
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.option("--resume", type=int, metavar="ID", help="Go on with an earlier conversation.")
@click.option("--blind", is_flag=True, help="Hide which model is where until you say which answer is better.")
def chat(left: str | None, right: str | None, *, resume: int | None, blind: bool) -> None:
    """Opens the screen."""
    from tui import paths, settings
    from tui.app.app import DuoApp
    from tui.chat.conversation import Side
    from tui.chat.generation_settings import Overrides, overrides_in
    from tui.engine.installation import check_installed
    from tui.session.memory_check import Selection

    _check_not_a_command(left)
    _check_terminal()
    check_installed()
    catalogue, preferences = wiring.catalogue(), settings.load(paths.settings_file())
    archive, memory_check = wiring.archive(), wiring.memory_check()
    resumed = None if resume is None else archive.conversation(resume)
    names = {side: model.model for side, model in resumed.models.items()} if resumed else {}
    names |= {side: name for side, name in ((Side.LEFT, left), (Side.RIGHT, right)) if name}
    overridden = {side: overrides_in(resumed, side) if resumed else Overrides() for side in names}
    app = DuoApp(
        catalogue=catalogue,
        settings=preferences,
        settings_file=paths.settings_file(),
        archive=archive,
        memory_check=memory_check,
        preparer=partial(wiring.preparer, archive, memory_check),
        selections={
            side: Selection(spec=catalogue.find(name), overrides=overridden[side]) for side, name in names.items()
        },
        resume=resumed,
        blind=blind,
    )
    app.run()
    if app.defect is not None:
        raise app.defect
    sys.exit(app.return_code or 0)


def _check_terminal() -> None:
    """The screen reads keys from standard input and draws on standard error."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError("The screen needs a terminal: without one, use `duochat ask LEFT RIGHT PROMPT`.")


def _check_not_a_command(name: str | None) -> None:
    """A misspelled command would be looked for among the models."""
    from difflib import get_close_matches

    near = get_close_matches(name or "", duochat.commands, cutoff=0.75)
    if near:
        raise click.UsageError(f"There is no command {name!r}: did you mean `duochat {near[0]}`?")


@duochat.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def models(as_json: bool) -> None:
    """List the catalogue, and what is on disk."""
    from tui import paths
    from tui.cli.models import rows, to_json
    from tui.models.gguf.cache import kept_in
    from tui.models.memory import available

    listed = rows(wiring.catalogue().models, os.environ, available(), kept_in(paths.headers_dir()))
    if as_json:
        click.echo(to_json(listed))
    else:
        from tui.cli.model_table import show

        show(wiring.console(), listed)


@duochat.command()
@click.argument("names", nargs=-1, required=True, metavar="MODEL...")
@click.option("--verify", is_flag=True, help="Read all weights again and print their checksums.")
def pull(names: tuple[str, ...], verify: bool) -> None:
    """Fetch weights, or verify those on disk; partial downloads are resumed."""
    from tui.cli.pull import pull_all

    catalogue = wiring.catalogue()
    specs = tuple(catalogue.find(name) for name in dict.fromkeys(names))
    wiring.run(partial(pull_all, wiring.console(stderr=True), specs, os.environ, wiring.ledger(), verify=verify))


@duochat.command(epilog="Each option of the models has a form for one side, too: --system-left, --seed-right, ...")
@click.argument("left")
@click.argument("right")
@click.argument("prompt")
@side_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Save as .json, .md or .html.")
def ask(left: str, right: str, prompt: str, as_json: bool, save: Path | None, **options: Any) -> None:
    """Put one prompt to two models. A PROMPT of - is read from standard input."""
    from tui.chat.conversation import Side
    from tui.cli.ask import ask_both
    from tui.cli.views import view
    from tui.session.memory_check import Selection

    text = sys.stdin.buffer.read().decode("utf-8-sig", "replace") if prompt == "-" else prompt
    if not text.strip():
        raise click.UsageError("The prompt is empty: write what you want to ask")
    catalogue = wiring.catalogue()
    wanted = {Side.LEFT: left, Side.RIGHT: right}
    selections = {
        side: Selection(spec=catalogue.find(name), overrides=overrides(options, side)) for side, name in wanted.items()
    }
    shown = view(wiring.console(), wiring.console(stderr=True), as_json=as_json)
    wiring.run(
        partial(ask_both, wiring.preparer(wiring.archive(), wiring.memory_check()), selections, text, shown, save=save)
    )


@duochat.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.option("--fair", is_flag=True, help="Measure how both compare, each alone, in turn: left, right, right, left.")
@click.option("--only", multiple=True, metavar="SUBJECT", help="Measure this alone; may be given more than once.")
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Runs that a median is of.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def bench(
    left: str | None, right: str | None, *, fair: bool, only: tuple[str, ...], repeats: int, as_json: bool
) -> None:
    """Measure speed, alone and together, and what the screen costs.

    LEFT and RIGHT have to be on disk; without them, it is the pair that was asked last, or the starter pair.
    """
    from tui.bench.harness import Scale
    from tui.bench.run import SUBJECTS, run
    from tui.chat.conversation import Side

    only = (*only, "fair") if fair else only
    unknown = sorted(set(only) - SUBJECTS.keys())
    if unknown:
        raise click.UsageError(f"There is no subject {unknown[0]!r}: name one of {', '.join(SUBJECTS)}")
    catalogue = wiring.catalogue()
    usual = (left, right) if left and right else catalogue.usual_pair(wiring.archive().latest_pair())
    specs = {side: catalogue.find(a or b) for side, a, b in zip(Side, (left, right), usual, strict=True)}
    work = partial(run, specs, wiring.console(), wiring.console(stderr=True), engines=wiring.engines())
    wiring.run(partial(work, cores=wiring.cores(), scale=Scale(repeats=repeats), only=only, as_json=as_json))


@duochat.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(as_json: bool) -> None:
    """Say what this machine has, and which sources of weights answer."""
    from tui.cli.doctor import examine

    wiring.run(partial(examine, wiring.console(), os.environ, wiring.buffers().memory, as_json=as_json))


@duochat.group(invoke_without_command=True)
@click.pass_context
def history(ctx: click.Context) -> None:
    """Show, search and export what was said."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(history_list)


@history.command("list")
def history_list() -> None:
    """List the conversations, the latest first."""
    from tui.cli.history import show_list

    show_list(wiring.console(), wiring.archive().conversations())


@history.command("show")
@click.argument("conversation_id", type=int, metavar="ID")
def history_show(conversation_id: int) -> None:
    """Show a conversation."""
    from tui.cli.history import show_conversation

    show_conversation(wiring.console(), wiring.archive().conversation(conversation_id))


@history.command("search")
@click.argument("words")
def history_search(words: str) -> None:
    """List the conversations in which WORDS were said."""
    from tui.cli.history import show_list

    show_list(wiring.console(), wiring.archive().search(words))


@history.command("export")
@click.argument("conversation_id", type=int, metavar="ID")
@click.option("--format", "kind", type=click.Choice(["md", "json", "html"]), default="md", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; standard output without it.")
def history_export(conversation_id: int, kind: str, out: Path | None) -> None:
    """Write a conversation as Markdown, JSON or HTML."""
    from tui.archive.transcript import export

    text = export.to_text(wiring.archive().conversation(conversation_id), kind)
    if out is None:
        click.echo(text, nl=False)
    else:
        export.write(text, out)


for each in COMMANDS:
    duochat.add_command(each)


def main() -> NoReturn:
    """The command `duochat`: one sentence on standard error for whatever goes wrong, and an exit status."""
    open_streams()
    with run_cleanly():
        status = duochat.main(prog_name="duochat", standalone_mode=False)
    sys.exit(status if isinstance(status, int) else 0)
