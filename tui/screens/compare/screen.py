"""Owns the main screen: two panes, the prompt, and the keys between them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Footer, Static

from tui.archive.errors import ExportError
from tui.archive.transcript.export import save_both
from tui.chat.conversation import Side
from tui.engine import footprint
from tui.screens import freeze_gc
from tui.screens.compare.curtain import Curtain
from tui.screens.compare.differences import PartingWays
from tui.screens.compare.examining import Examining
from tui.screens.compare.inspecting import Inspecting
from tui.screens.compare.replace_model import Replacing, Stock
from tui.screens.compare.talk import Talk
from tui.screens.compare.targets import Turning
from tui.screens.compare.voting import Judging
from tui.session.duo import Duo
from tui.text import clean, clean_line
from tui.widgets.cached_rendering import CachedRendering
from tui.widgets.frame_clock import FrameClock
from tui.widgets.pane import Pane, Panes
from tui.widgets.prompt import Prompt
from tui.widgets.status import lasts
from tui.widgets.vote_bar import JudgeBar

READ_PATHS_S = 12
"""Seconds that the paths of a saved transcript stay."""

_NEXT_THINKING: Mapping[bool | None, tuple[bool | None, str]] = {
    None: (True, "is told to think"),
    True: (False, "is told not to think"),
    False: (None, "thinks or not as its maker wants"),
}
"""What a side is told about thinking after each of the three, and how to say it."""


class CompareScreen(CachedRendering, Turning, Replacing, Examining, Inspecting, PartingWays, Judging):
    """Both answers to each question, side by side; ends when the user wants other models."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "stop",
            "Stop",
            id="stop",
            tooltip="Stop both, take back what waits",
        ),
        Binding("f8", "stop_side('left')", "Stop the left answer", id="stop-left", show=False),
        Binding("f9", "stop_side('right')", "Stop the right answer", id="stop-right", show=False),
        Binding("f5", "restart", "Load again", id="restart", tooltip="Load what failed again", show=False),
        Binding("f2", "copy('left')", "Copy left", id="copy-left", tooltip="Copy the last left answer"),
        Binding("f3", "copy('right')", "Copy right", id="copy-right", tooltip="Copy the last right answer"),
        # With priority, since a text area has its own use for these two.
        Binding("f6", "copy_code('left')", "Copy the last left code", id="copy-left-code", priority=True, show=False),
        Binding(
            "f7", "copy_code('right')", "Copy the last right code", id="copy-right-code", priority=True, show=False
        ),
        Binding("f4", "toggle_thinking", "Thinking", id="thinking", tooltip="Unfold or fold all thinking"),
        Binding("ctrl+t", "switch_thinking('left')", "Left: think, or not", id="think-left", show=False),
        Binding("ctrl+g", "switch_thinking('right')", "Right: think, or not", id="think-right", show=False),
        Binding("ctrl+s", "save", "Save", id="save", tooltip="Save as Markdown and JSON"),
        Binding("ctrl+l", "look('left')", "To the left answer, and back", id="look-left", show=False),
        Binding("ctrl+r", "look('right')", "To the right answer, and back", id="look-right", show=False),
        Binding("ctrl+n", "menu", "Choose other models", id="menu", show=False),
    ]

    def __init__(
        self,
        duo: Duo,
        *,
        draft: str = "",
        transcripts: Path,
        keys: Mapping[str, str],
        blind: bool = False,
        stock: Stock | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__()
        self._draft = draft
        self._talk = Talk(duo, self)
        self._curtain = Curtain(duo, self._pane, blind=blind)
        self._stock = stock
        self._transcripts = transcripts
        self._keys = keys
        self._clock = clock
        self._states = dict.fromkeys(Side, "")

    def compose_body(self) -> ComposeResult:
        """Two panes beside each other, what waits, and the prompt."""
        restart = self._key("restart")
        frame_clock = FrameClock(self)
        with Panes(id="panes"):
            for side in Side:
                yield Pane(
                    side, self._curtain.model(side), restart_key=restart, frame_clock=frame_clock, clock=self._clock
                )
        yield Static("", id="parting")
        yield Static("", id="unfair")
        yield Static("", id="other")
        yield Static("", id="waiting")
        yield JudgeBar(self._keys, self.type_on)
        yield Prompt(id="prompt", placeholder=self._invitation())
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Shows what was said before, and loads both models while the user may type already."""
        self._curtain.begin()
        for exchange in self._talk.duo.conversation.exchanges:
            self._prompt.remember(exchange.question.text)
        if self._draft:
            self._prompt.give_back(self._draft)
        self._take_keyboard()
        self._talk.load()
        self._changed()
        self.call_after_refresh(freeze_gc.freeze)

    async def on_unmount(self) -> None:
        """Ends the engines, whichever way the screen is left."""
        await self._talk.close()

    @on(Prompt.Submitted)
    def send(self, event: Prompt.Submitted) -> None:
        """Asks, or lets the question wait."""
        if self._alone(len(self._target)):
            self._prompt.give_back(event.text)
        else:
            self._talk.send(event.text, self._target)

    @on(Prompt.Urged)
    def hurry(self) -> None:
        """Shows the rest of what comes onto the screen."""
        self._hurry()

    @on(Prompt.TookBack)
    def take_back(self) -> None:
        """Gives the last question that waits back to the prompt."""
        text = self._talk.take_back()
        if text is not None:
            self._prompt.give_back(text)

    @on(events.Key)
    def type_anywhere(self, event: events.Key) -> None:
        """What is typed while a pane has the keyboard, or nothing yet, goes to the prompt."""
        if event.is_printable and event.character and event.key not in self.active_bindings:
            event.stop()
            if self.focused is not None:
                self._prompt.focus()
            self._prompt.insert(event.character)

    @on(events.Paste)
    def paste_anywhere(self, event: events.Paste) -> None:
        """What is pasted while a pane has the keyboard goes to the prompt, too."""
        if self.focused is not self._prompt:
            event.stop()
            self._prompt.focus()
            self._prompt.insert(event.text)

    @on(Pane.Turned)
    def note_state(self, event: Pane.Turned) -> None:
        """Keeps what each side does, for the line that stands for a side without room."""
        self._states[event.side] = event.state
        if lasts(event.state):
            self._look_at_memory()
        self._show_other()

    def _show_other(self) -> None:
        hidden, key = (Side.LEFT, "look-left") if self.has_class("-on-right") else (Side.RIGHT, "look-right")
        way = f"  {self._key(key)} shows it"
        self.query_one("#other", Static).update(
            Content.assemble((f"{hidden} ", f"bold ${hidden}"), self._states[hidden], (way, "$quiet")), layout=False
        )

    def action_stop(self) -> None:
        """Stops both answers; questions that wait come back, so that none of them starts now.

        What comes onto the screen by and by is there at once. While facts are pointed out, it ends that only.
        """
        if self._end_parting():
            return
        self._hurry()
        while (text := self._talk.take_back()) is not None:
            self._prompt.give_back(text)
        self._stop()

    def action_stop_side(self, side: str) -> None:
        """Stops one answer; the other goes on."""
        self._stop(self._curtain.at(Side(side)))

    def _stop(self, side: Side | None = None) -> None:
        self._curtain.stop_wanted()
        self._talk.stop(side)

    def action_restart(self) -> None:
        """Load again what failed, or else the models whose weights files were replaced."""
        if sides := self._talk.failed or self._talk.outdated:
            self._talk.load(sides)
        else:
            self.notify("Nothing failed: both models are loaded or loading.", markup=False)

    def action_copy(self, side: str) -> None:
        """Copies the last answer of a side as Markdown."""
        self._copy(self._pane(Side(side)).answer_text(), f"There is no {side} answer yet.")

    def action_copy_code(self, side: str) -> None:
        """Copies the last block of code on a side, without its fence."""
        self._copy(self._pane(Side(side)).code_block(), f"There is no block of code on the {side} yet.")

    def _copy(self, text: str, nothing: str) -> None:
        """Copies `text` less what could act on the terminal it is pasted into, or says that there is `nothing`."""
        if text:
            self.app.copy_to_clipboard(clean(text))
        else:
            self.notify(nothing, severity="warning", markup=False)

    def action_toggle_thinking(self) -> None:
        """Unfolds or folds the thinking of both sides."""
        for side in Side:
            self._pane(side).toggle_thinking()

    def action_switch_thinking(self, side: str) -> None:
        """Lets a side think from its next question on, then not, then as its maker wants."""
        if self._curtain.hidden:
            self._warn("Nobody knows yet which model is where: judge the answers, then switch its thinking.")
            return
        duo, participant = self._talk.duo, self._curtain.at(Side(side))
        overrides = duo.overrides(participant)
        think, words = _NEXT_THINKING[overrides.think]
        duo.override(participant, replace(overrides, think=think))
        self.notify(f"From the next question on, the {side} model {words}.", markup=False)

    def action_look(self, side: str) -> None:
        """Gives the keyboard to a side's answers, or back to the prompt; in a narrow terminal, shows that side."""
        pane = self._pane(Side(side))
        hidden = not pane.display
        self.set_class(side == Side.RIGHT, "-on-right")
        self._show_other()
        if pane.has_focus_within and not hidden:
            (self._bar if self._bar.display else self._prompt).focus()
        else:
            self.call_after_refresh(pane.take_keyboard)

    async def action_menu(self) -> None:
        """Ends this comparison, which stays in the archive, and goes back to the menu."""
        await self._talk.close()
        self.dismiss(None)

    def action_save(self) -> None:
        """Saves the transcript and says where."""
        if self._talk.duo.conversation.exchanges:
            self._save()
        else:
            self.notify("There is nothing to save yet: ask something first.", severity="warning", markup=False)

    @work(group="save")
    async def _save(self) -> None:
        try:
            conversation, named = self._talk.duo.conversation, not self._curtain.anything_hidden
            paths = await asyncio.to_thread(save_both, conversation, self._transcripts, named=named)
        except ExportError as error:
            self.notify(clean(str(error)), severity="error", timeout=READ_PATHS_S, markup=False)
            return
        told = "\n".join(clean_line(str(path), 1000) for path in paths)
        self.notify(told, title="Saved", timeout=READ_PATHS_S, markup=False)

    def saving_failed(self, question: str | None, message: str) -> None:
        """Says what was not saved, and gives a question back that was not even asked."""
        self.notify(clean(message), severity="error", timeout=READ_PATHS_S, markup=False)
        if question is not None:
            self._prompt.give_back(question)

    @work(group="memory", exclusive=True)
    async def _look_at_memory(self) -> None:
        """Shows what duochat holds of the memory: in all, since one side's part would tell who sits there."""
        held = await asyncio.to_thread(footprint.own)
        if held is not None and self.display:  # else the screen is on its way out, and its panes may be gone
            for side in Side:
                self._pane(side).show_memory(held.total)

    def defect_met(self, error: BaseException) -> None:
        """Ends the program with the error, as a defect in a handler would."""
        self.call_later(_raise, error)


def _raise(error: BaseException) -> None:
    raise error
