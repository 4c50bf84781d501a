"""`duochat chat`, the default command: open the screen."""

import sys
from functools import partial

import click

from tui import paths, settings
from tui.cli import wiring
from tui.engine.installation import check_installed
from tui.errors import UserError


@click.command(hidden=True)
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.option("--resume", type=int, metavar="ID", help="Continue an earlier conversation.")
@click.option("--blind", is_flag=True, help="Hide the models' names until you have voted.")
def chat(left: str | None, right: str | None, *, resume: int | None, blind: bool) -> int:
    """Open the screen: with the models LEFT and RIGHT, or with a menu to choose them."""
    _check_terminal()
    check_installed()
    from tui.app.app import DuoApp
    from tui.chat.conversation import Side
    from tui.chat.generation_settings import Overrides, overrides_in
    from tui.session.memory_check import Selection

    catalogue, preferences = wiring.catalogue(), settings.load(paths.settings_file())
    archive, memory_check = wiring.archive(), wiring.memory_check()
    resumed = None if resume is None else archive.conversation(resume)
    names = {side: model.model for side, model in resumed.models.items()} if resumed else {}
    names |= {side: name for side, name in ((Side.LEFT, left), (Side.RIGHT, right)) if name}
    overrides = {side: overrides_in(resumed, side) if resumed else Overrides() for side in names}
    app = DuoApp(
        catalogue=catalogue,
        settings=preferences,
        settings_file=paths.settings_file(),
        archive=archive,
        memory_check=memory_check,
        preparer=partial(wiring.preparer, archive, memory_check),
        selections={
            side: Selection(spec=catalogue.find(name), overrides=overrides[side]) for side, name in names.items()
        },
        resume=resumed,
        blind=blind,
    )
    app.run()
    if app.defect is not None:
        raise app.defect
    return app.return_code or 0


def _check_terminal() -> None:
    """Raise UserError without a terminal: the screen reads keys from standard input and draws on standard error."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError("The screen needs a terminal: without one, use `duochat ask LEFT RIGHT PROMPT`.")
