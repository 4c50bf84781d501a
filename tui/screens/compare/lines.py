"""The lines below the panes."""

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.widgets import Static

from tui.chat.conversation import Conversation, PaneSide
from tui.chat.fairness import unfair
from tui.chat.pane_order import as_shown
from tui.session.events import Waiting
from tui.session.session import ALL_PANES
from tui.text import clean_line


def queue(waiting: Sequence[Waiting]) -> Content | None:
    """Return what to say of the questions that wait; None where none does."""
    if not waiting:
        return None
    first = waiting[0]
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    whom = "" if first.target == ALL_PANES else f"for the {first.target[0]} only "
    return Content.assemble(
        (f"waits {whom}", "bold"), clean_line(first.text, 200), (more, "bold"), ("  Up takes it back", "$quiet")
    )


def invitation(target: tuple[PaneSide, ...], key: Callable[[str], str]) -> str:
    """Return what the empty prompt says; `key` names the key of a binding."""
    whom = "both" if target == ALL_PANES else f"the {target[0]} model only"
    return f"Ask {whom}: {key('send')} sends, {key('new-line')} breaks the line"


def unfairness(conversation: Conversation, key: str, *, hidden: bool) -> Content | None:
    """Return how the conditions of the last two answers differ, with the `key` that shows all; None where equal."""
    exchanges = conversation.exchanges
    found = unfair(as_shown(exchanges[-1])) if exchanges else ()
    if not found:
        return None
    if hidden:
        return Content("These two answers were not given under the same conditions.")
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    return Content.assemble(f"{found[0]}{more}", (f"  {key} tells all", "$quiet"))


def absent_pane(side: PaneSide, state: str, key: str) -> Content:
    """Return the state of a pane that has no room beside the other, with the `key` that shows it."""
    return Content.assemble((f"{side} ", f"bold ${side}"), state, (f"  {key} shows it", "$quiet"))


def show(line: Static, text: Content | None) -> None:
    """Show `text` in `line`, or hide the line."""
    line.display = text is not None
    if text is not None:
        line.update(text)
