"""The screens after the menu, and the help, which names every screen's keys.

All of it together takes as long to import as a third of the way to the menu, so it is imported once that is painted.
"""

from collections.abc import Iterable

from textual.binding import BindingType

from tui.screens.base import BaseScreen
from tui.screens.compare.bindings import ANSWERS, COMPARING
from tui.screens.compare.choose_model import ChoiceScreen
from tui.screens.compare.conditions import ConditionsScreen
from tui.screens.compare.replace_model import Stock
from tui.screens.compare.screen import CompareScreen
from tui.screens.download.screen import FetchScreen, fetch_pair
from tui.screens.help import HelpScreen, Section
from tui.screens.menu.screen import MenuScreen
from tui.screens.reports.leaderboard import LeaderboardScreen
from tui.widgets.prompt import Prompt
from tui.widgets.transcript.widget import Transcript
from tui.widgets.vote_bar import JudgeBar

__all__ = ["CompareScreen", "HelpScreen", "LeaderboardScreen", "Stock", "fetch_pair", "sections"]

_BY_NAME = "What has no key is among the commands, and can be given one by its id."


def sections(everywhere: Iterable[BindingType]) -> tuple[Section, ...]:
    """Return every key; those of `everywhere` work on all screens."""
    return (
        Section("Writing", Prompt.BINDINGS, "Up recalls earlier prompts, or takes back a question that waits."),
        Section("Answers", ANSWERS),
        Section("Comparing", COMPARING, _BY_NAME),
        Section("Judging", JudgeBar.BINDINGS, "In the bar that asks which answer is better."),
        Section("Reading", Transcript.BINDINGS, "While a pane has the keyboard. Typing goes back to the prompt."),
        Section("Menu", MenuScreen.BINDINGS),
        Section("Fetching", FetchScreen.BINDINGS),
        Section("Another model", ChoiceScreen.BINDINGS),
        Section("What each model really saw", ConditionsScreen.BINDINGS),
        Section("Leaderboard", LeaderboardScreen.BINDINGS),
        Section("Everywhere", (*BaseScreen.BINDINGS, *everywhere)),
    )
