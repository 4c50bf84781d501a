"""The Textual app: the order of its screens, themes, keys, and a clean exit."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.notifications import SeverityLevel
from textual.theme import Theme

from tui import settings
from tui.app import clipboard, themes
from tui.app.palette import Commands
from tui.chat.conversation import Conversation, Side
from tui.models.catalogue.catalogue import STARTER_PAIR, Catalogue
from tui.screens.base import BaseScreen
from tui.screens.help import ids, key_name
from tui.screens.menu.screen import MenuScreen
from tui.session.memory_check import Fit, MemoryCheck, Selection, Selections
from tui.settings import Settings
from tui.text import clean, clean_line

if TYPE_CHECKING:
    from tui.archive.store import Archive
    from tui.arena.ratings.leaderboard import Leaderboard
    from tui.session.prepare import Preparer


class DuoApp(App[None], inherit_bindings=False):
    """duochat's screen: the menu, the wait for weights, and the two panes, over and over.

    `selections` are given for sides that are chosen already; with both, the first menu is skipped. `resume` is the
    conversation that is continued.
    `preparer` is called once the menu is painted, or there is none. With `blind`, the first question is a blind one.
    """

    TITLE = "duochat"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+p", "command_palette", "Commands", id="palette", show=False, priority=True),
        Binding("ctrl+q", "quit", "Quit", id="quit", priority=True),
        Binding("ctrl+o", "show_leaderboard", "Leaderboard", id="leaderboard", show=False),
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        settings: Settings,
        settings_file: Path,
        archive: "Archive",
        memory_check: MemoryCheck,
        preparer: "Callable[[], Preparer]",
        selections: Mapping[Side, Selection],
        resume: Conversation | None,
        blind: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._settings = settings
        self._settings_file = settings_file
        self._archive = archive
        self._memory_check = memory_check
        self._make_preparer = preparer
        self._first_selections = selections
        self._resume = resume
        self._blind = blind
        self._environ = environ
        self._keys_checked = False
        self._told: dict[str, float] = {}
        for theme in themes.OWN:
            self.register_theme(theme)
        # Before anything is styled, so that nothing is styled twice.
        self.theme = settings.theme if settings.theme in self.available_themes else themes.DARK.name

    @property
    def defect(self) -> Exception | None:
        """Return what ended the app and never should have, for whoever ran it to report."""
        return self._exception

    def _fatal_error(self) -> None:
        """End the app; a traceback is nothing for the user's terminal."""
        self._close_messages_no_wait()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colors that only duochat's own themes name."""
        return themes.defaults(dark=self.current_theme.dark)

    def get_key_display(self, binding: Binding) -> str:
        """Return a key in few cells, as in ^S."""
        return key_name(binding.key).replace("Ctrl+", "^")

    def on_compose(self) -> None:
        """Take the signals over as soon as there is a terminal to be given back."""
        self._obey_signals()

    def on_mount(self) -> None:
        """Take over the user's preferences, and begins."""
        self._take_settings()
        if self._archive.notice is not None:
            self._warn(self._archive.notice)
        self._converse()

    @work
    async def _converse(self) -> None:
        conversation = self._resume
        chosen: Selections = self._usual_selections() | dict(self._first_selections)
        selections = chosen if len(self._first_selections) == len(Side) else None
        if selections is not None:
            self._check_keys()
        while True:
            if selections is None:
                selections = chosen = await self.push_screen_wait(self._menu(chosen))
                self.workers.cancel_group(self, "ahead")
            from tui.app.lazy import CompareScreen, Stock, fetch_pair

            fetching = fetch_pair(
                preparer=self._preparer, selections=selections, conversation=conversation, blind=self._blind
            )
            duo = await self.push_screen_wait(fetching)
            stock = Stock(
                models=self._catalogue.models,
                memory_check=self._memory_check,
                preparer=self._preparer,
                selections=selections,
            )
            selections = None
            if duo is not None:
                conversation = None
                await self.push_screen_wait(
                    CompareScreen(
                        duo,
                        draft=fetching.typed,
                        transcripts=self._settings.transcripts_dir,
                        keys=self._settings.keys,
                        blind=self._blind,
                        stock=stock,
                    )
                )
                chosen = stock.selections

    def _menu(self, chosen: Selections) -> MenuScreen:
        return MenuScreen(
            catalogue=self._catalogue, memory_check=self._memory_check, check_memory=self._check_memory, chosen=chosen
        )

    @cached_property
    def _preparer(self) -> "Preparer":
        return self._make_preparer()

    async def _check_memory(self, selections: Selections) -> Fit:
        return await self._preparer.preloader.check_memory(selections)

    @on(MenuScreen.Shown)
    def look_beyond(self, event: MenuScreen.Shown) -> None:
        """Make ready for what follows the menu, while the user looks at it: what is likely to follow loads already."""
        self._look_beyond(event.selections)

    @work(exclusive=True, group="ahead")
    async def _look_beyond(self, selections: Selections) -> None:
        if self._settings.warm and len(selections) == len(Side):
            await self._preparer.preloader.begin(selections)
        await asyncio.to_thread(import_module, "tui.app.lazy")
        self._check_keys()

    async def on_unmount(self) -> None:
        """End what loads ahead."""
        await self._preparer.preloader.close()

    def _usual_selections(self) -> dict[Side, Selection]:
        """Return the pair that was asked last, as far as it is known still; else the starter pair."""
        known = {spec.id: spec for spec in self._catalogue.models}
        pair = self._archive.latest_pair() or STARTER_PAIR
        return {side: Selection(spec=known[each]) for side, each in zip(Side, pair, strict=True) if each in known}

    def action_show_help(self) -> None:
        """Show every key."""
        from tui.app.lazy import HelpScreen, sections

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(sections(self.BINDINGS), self._settings.keys))

    def action_show_leaderboard(self) -> None:
        """Show what the votes say of the models."""
        from tui.app.lazy import LeaderboardScreen

        if isinstance(self.screen, BaseScreen) and not isinstance(self.screen, LeaderboardScreen):
            specs = {spec.id: spec for spec in self._catalogue.models}
            self.push_screen(LeaderboardScreen(self._rate, specs))

    def _rate(self) -> "Leaderboard":
        """Run in a thread, since numpy takes its time to come."""
        from tui.session.ranking import leaderboard

        return leaderboard(self._archive)

    def action_help_quit(self) -> None:
        """Tell whoever expects Ctrl+C to quit what does."""
        key = key_name(self._settings.keys.get("quit", "ctrl+q"))
        self.notify(f"{key} quits. Ctrl+C copies what is selected.", markup=False)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Say something in passing; what still stands there, and holds, is not said again at each further key."""
        now = monotonic()
        self._told = {each: until for each, until in self._told.items() if until > now}
        if message not in self._told:
            if severity == "information":  # something is otherwise now: what was said of it before may be said again
                self._told.clear()
            self._told[message] = now + (self.NOTIFICATION_TIMEOUT if timeout is None else timeout)
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy by a clipboard program where there is one, and through the terminal; says which, and no more."""
        super().copy_to_clipboard(text)
        self._copy(text)

    @work(group="copy")
    async def _copy(self, text: str) -> None:
        chosen = clipboard.program(self._environ)
        count = f"{len(text):,} characters"
        if chosen is not None and await asyncio.to_thread(clipboard.put, text, chosen, self._environ):
            self.notify(f"Copied {count} with {chosen.command[0]}.", markup=False)
        else:
            self.notify(f"Sent {count} to the terminal's clipboard (OSC 52).", markup=False)

    def _take_settings(self) -> None:
        if self._settings.theme not in self.available_themes:
            self._warn(f"There is no theme {clean_line(self._settings.theme, 40)}: choose one with Ctrl+P.")
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        self.set_keymap(self._settings.keys)

    def _check_keys(self) -> None:
        """Tell once which of the user's keys are bound to what is nowhere."""
        from tui.app.lazy import sections

        if self._keys_checked:
            return
        self._keys_checked = True
        unknown = sorted(self._settings.keys.keys() - ids(sections(self.BINDINGS)))
        if unknown:
            names = ", ".join(clean_line(each, 40) for each in unknown)
            self._warn(f"settings.toml binds keys to what does not exist: {names}. F1 lists the ids that do.")

    def _keep_theme(self, theme: Theme) -> None:
        if theme.name != self._settings.theme:
            self._settings = msgspec.structs.replace(self._settings, theme=theme.name)
            self._save_settings(self._settings)

    @work(group="settings", exclusive=True)
    async def _save_settings(self, changed: Settings) -> None:
        try:
            await asyncio.to_thread(settings.save, changed, self._settings_file)
        except OSError as error:
            self._warn(f"{self._settings_file} cannot be written ({error.strerror}): the theme will not be remembered.")

    def _warn(self, sentence: str) -> None:
        self.notify(clean(sentence), severity="warning", timeout=10, markup=False)

    def _obey_signals(self) -> None:
        """End in order, with everything kept, when the terminal closes or the process is asked to go."""
        if sys.platform != "win32":
            loop = asyncio.get_running_loop()
            for each in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(each, partial(self.exit, return_code=128 + each))
            loop.add_signal_handler(signal.SIGCONT, self._take_terminal_back)

    def _take_terminal_back(self) -> None:
        """Set the terminal up again after a stop; the driver alone would start a second reader and writer for it."""
        if self.is_running:
            with self.suspend():
                pass
