"""The base of every screen: classes for the terminal's size, and a message where there is no room."""

from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import NoActiveWorker, get_current_worker

R = TypeVar("R")

MIN_WIDTH = 40
MIN_HEIGHT = 12


def end_work(screen: Screen[Any]) -> None:
    """End what works for `screen`, all but who calls this: Textual would only do so after what it shows has gone."""
    try:
        caller = get_current_worker()
    except NoActiveWorker:
        caller = None
    for worker in screen.workers:
        if worker.node is screen and worker is not caller:
            worker.cancel()


class TooSmall(Static):
    """Covers everything while the terminal is too small to work in; what runs goes on below."""

    def __init__(self) -> None:
        super().__init__(f"Too small: enlarge the terminal to at least {MIN_WIDTH}x{MIN_HEIGHT}.", markup=False)


class BaseScreen(Screen[R], Generic[R]):
    """A screen whose classes say how much room there is, as `-slim` below 70 columns and `-low` below 30 rows."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "app.show_help", "Help", id="help")]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny-width"),
        (MIN_WIDTH, "-slim"),
        (70, "-medium"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny-height"),
        (MIN_HEIGHT, "-low"),
        (30, "-tall"),
    ]

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """End with `result`, and so does whatever was opened above: a screen may end while another covers it."""
        end_work(self)
        while self in self.app.screen_stack[:-1]:
            self.app.pop_screen()
        return super().dismiss(result)

    def compose(self) -> ComposeResult:
        """Yield what the screen holds, and what covers it when there is no room."""
        yield from self.compose_body()
        yield TooSmall()

    def compose_body(self) -> ComposeResult:
        """Yield what the screen holds: nothing, unless a screen has more."""
        yield from ()
