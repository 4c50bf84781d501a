"""The conditions of the last two answers: both rendered prompts, and a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Footer, Static, Tab, Tabs

from tui.chat.conditions import reading, rows
from tui.chat.conversation import Answer, Conversation, Exchange, PaneSide, Side
from tui.chat.fairness import unfair
from tui.chat.messages import messages_for
from tui.chat.pane_order import as_shown
from tui.chat.prompt_parts import Part, parts
from tui.screens.base import BaseScreen
from tui.text import clean, clean_line

_SHOWN_AT_MOST = 60_000
"""Characters of a prompt that are shown: its beginning and its end."""
_LEGEND = "As each chat template wrote it: what was said stands out, what the template added is dim."
_TABS = {"prompts": "What each model read", "table": "Under which conditions"}


class ConditionsScreen(BaseScreen[None]):
    """The last exchange of a conversation, with the `prompts` that its models read, by side."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="close-conditions"),
        Binding("left,right", "turn", "The other page", id="turn-conditions"),
        Binding("up", "scroll('up')", "Up", show=False),
        Binding("down", "scroll('down')", "Down", show=False),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
        Binding("pagedown", "scroll('page_down')", "Page down", show=False),
        Binding("home", "scroll('home')", "To the top", show=False),
        Binding("end", "scroll('end')", "To the end", show=False),
    ]

    def __init__(self, conversation: Conversation, prompts: Mapping[Side, str]) -> None:
        super().__init__()
        *before, last = conversation.exchanges
        self._past = replace(conversation, exchanges=tuple(before))
        self._exchange = last
        self._prompts = prompts

    def compose_body(self) -> ComposeResult:
        """Yield two pages: the prompts, and the table below what makes the pair unfair."""
        tabs = Tabs(*(Tab(label, id=name) for name, label in _TABS.items()), id="conditions")
        tabs.can_focus = False
        yield tabs
        with VerticalScroll(classes="prompts", can_focus=False):
            yield Static(Content.styled(_LEGEND, "$quiet"), classes="legend")
            yield Horizontal(*(self._reading(place) for place in PaneSide))
        with VerticalScroll(classes="table", can_focus=False):
            yield from _table(as_shown(self._exchange))
        yield Footer(show_command_palette=False)

    def action_turn(self) -> None:
        """Show the other page."""
        self.query_one(Tabs).action_next_tab()

    def action_scroll(self, how: str) -> None:
        """Scroll the page."""
        getattr(self._page, f"scroll_{how}")(animate=False)

    @on(Tabs.TabActivated)
    def show_page(self, event: Tabs.TabActivated) -> None:
        """Show the page that was chosen."""
        self.set_class(event.tab.id == "table", "-on-table")

    @property
    def _page(self) -> VerticalScroll:
        name = "table" if self.has_class("-on-table") else "prompts"
        return self.query_one(f".{name}", VerticalScroll)

    def _reading(self, place: PaneSide) -> Widget:
        """Return what the model in the pane `place` read."""
        participant = self._exchange.question.side(place)
        answer = self._exchange.answers.get(participant)
        if answer is None:
            return Vertical(_head(place, None), Static(Content("The question was not put to this side.")))
        return Vertical(_head(place, answer), Static(self._prompt(participant, answer)))

    def _prompt(self, participant: Side, answer: Answer) -> Content:
        prompt = self._prompts.get(participant)
        if prompt is None:
            return Content.styled("Not known: only prompts that were read since duochat started are.", "$quiet")
        messages = messages_for(participant, answer.setup, self._past, self._exchange.question.text)
        return Content.assemble(
            *(
                (clean(part.text), "bold $foreground" if part.said else "$quiet")
                for part in _shortened(parts(prompt, messages))
            )
        )


def _head(place: PaneSide, answer: Answer | None) -> Static:
    """Return the model's name, and what to know of what it read."""
    if answer is None:
        return Static(Content.styled(str(place), f"bold ${place}"))
    name = Content.styled(clean_line(answer.model.name or answer.model.model, 60), f"bold ${place}")
    facts = (Content.styled(clean_line(each), "$quiet") for each in reading(answer))
    return Static(Content("\n").join([name, *facts, Content()]))


def _shortened(prompt: Sequence[Part]) -> Iterator[Part]:
    """Yield `prompt` without its middle, where it is too long to be shown whole."""
    end = sum(len(part.text) for part in prompt)
    first, second = (_SHOWN_AT_MOST // 2, end - _SHOWN_AT_MOST // 2) if end > _SHOWN_AT_MOST else (end, end)
    at = 0
    for part in prompt:
        before, after = part.text[: max(0, first - at)], part.text[max(0, second - at) :]
        if before:
            yield replace(part, text=before)
        if at <= first < at + len(part.text) and first < second:
            yield Part(f"\n… {second - first:,} characters …\n", said=False)
        if after:
            yield replace(part, text=after)
        at += len(part.text)


def _table(exchange: Exchange) -> Iterator[Widget]:
    """Yield what makes the pair unfair, then each condition; conditions that are equal are dim."""
    found = unfair(exchange)
    if set(exchange.answers) == set(Side):
        fair = ["Both answers were given under the same conditions, but for what each model's maker recommends."]
        yield Static(Content("\n".join(found or fair)), classes="unfair" if found else "fair")
    yield Grid(*_cells(exchange))


def _cells(exchange: Exchange) -> Iterator[Widget]:
    yield Static("")
    for place in PaneSide:
        yield Static(Content.styled(place.value, f"bold ${place}"))
    for row in rows(exchange):
        yield Static(Content.styled(row.heading, "$quiet"))
        for text in (row.left, row.right):
            yield Static(Content.styled(clean(text), "$quiet" if row.same else "$foreground"))
