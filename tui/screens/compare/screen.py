"""The main screen: two panes, the prompt, and the keys between them."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message_pump import MessagePump
from textual.widgets import Footer, Static

from tui.archive.errors import ExportError
from tui.archive.transcript.export import save_both
from tui.arena.blind.assignment import draw as draw_assignment
from tui.chat.conversation import PaneSide
from tui.engine import footprint
from tui.screens import freeze_gc
from tui.screens.base import BaseScreen
from tui.screens.compare import lines
from tui.screens.compare.bindings import ANSWERS, COMPARING, DEFAULT_KEYS
from tui.screens.compare.differences import Differences
from tui.screens.compare.keyboard import Keyboard
from tui.screens.compare.render import Renderer
from tui.screens.compare.replace_model import Stock, replace_model
from tui.screens.compare.reports import REPORTS
from tui.screens.compare.reveal import STEP_S, Reveal
from tui.screens.compare.voting import Voting
from tui.screens.help import key_name
from tui.session.duo import Duo
from tui.session.events import SessionEvent
from tui.session.session import ALL_PANES, RefusedError, Session
from tui.text import clean, clean_line
from tui.widgets.cached_rendering import CachedRendering
from tui.widgets.frame_clock import FrameClock
from tui.widgets.pane import Pane, Panes
from tui.widgets.prompt import Prompt
from tui.widgets.status import lasts
from tui.widgets.vote_bar import JudgeBar

READ_PATHS_S = 12
"""Seconds that the paths of a saved transcript stay."""

_THINKING: Mapping[bool | None, str] = {
    True: "is told to think",
    False: "is told not to think",
    None: "thinks or not as its maker wants",
}


class CompareScreen(CachedRendering, BaseScreen[None]):
    """Both answers to each question, side by side; ends when the user wants other models.

    It shows the events of a `Session` and turns keys into calls of it. `draw`, `frame_clock`, `memory`, `step_s` and
    `second_s` set what is otherwise left to chance and the clock.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*ANSWERS, *COMPARING]

    # Keys pressed before the screen is ready wait for it; a focused widget would get later ones first.
    AUTO_FOCUS = ""

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
        draw: Callable[[], bool] = draw_assignment,
        frame_clock: Callable[[MessagePump], FrameClock] = FrameClock,
        memory: Callable[[], footprint.Program | None] = footprint.own,
        step_s: float = STEP_S,
        second_s: float = 1.0,
    ) -> None:
        super().__init__()
        self.session = Session(duo, self.show, blind=blind, draw=draw, second_s=second_s)
        """What is asked, stopped, judged and shown."""
        self._draft = draft
        self._stock = stock
        self._transcripts = transcripts
        self._keys = keys
        self._clock = clock
        self._make_frame_clock = frame_clock
        self._memory = memory
        self._step_s = step_s
        self._states = dict.fromkeys(PaneSide, "")

    def compose_body(self) -> ComposeResult:
        """Yield two panes beside each other, lines about them, the vote bar and the prompt."""
        frame_clock, restart = self._make_frame_clock(self), self._key("restart")
        self._panes = {
            side: Pane(side, self.session.model(side), restart_key=restart, frame_clock=frame_clock, clock=self._clock)
            for side in PaneSide
        }
        self._prompt = Prompt(id="prompt", placeholder=lines.invitation(ALL_PANES, self._key))
        self._keyboard = Keyboard(self, self._prompt)
        self._bar = JudgeBar(self._keys, self._keyboard.type_on)
        with Panes(id="panes"):
            yield from self._panes.values()
        for name in ("parting", "unfair", "other", "waiting"):
            yield Static("", id=name)
        yield self._bar
        yield self._prompt
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show what was said before, and load both models while the user may type already."""
        self._set_up()
        for exchange in self.session.conversation.exchanges:
            self._prompt.remember(exchange.question.text)
        if self._draft:
            self._prompt.give_back(self._draft)
        self._keyboard.take()
        self.session.begin()
        self._renderer.show_judging()
        self.call_after_refresh(freeze_gc.freeze)

    def _set_up(self) -> None:
        """Make what the screen holds beside its widgets."""
        self._differences = Differences(
            self._panes,
            self.query_one("#parting", Static),
            next_key=self._key("partings"),
            make_visible=self._make_visible,
        )
        self._voting = Voting(self.session, self._bar, self._prompt, self._show_judging)
        self._reveal = Reveal(
            self._panes,
            lambda step: self.set_interval(self._step_s, step, pause=True),
            self._answers_shown,
        )
        self._renderer = Renderer(
            self.session,
            screen=self,
            panes=self._panes,
            prompt=self._prompt,
            reveal=self._reveal,
            voting=self._voting,
            differences=self._differences,
            key=self._key,
            warn=self._warn,
        )

    async def on_unmount(self) -> None:
        """End the engines, whichever way the screen is left."""
        await self.session.close()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer other models and quants only where it is known which models there are."""
        needs_stock = action == "replace" or (action == "report" and parameters == ("quants",))
        return self._stock is not None if needs_stock else super().check_action(action, parameters)

    def _show_judging(self) -> None:
        self._renderer.show_judging()

    def _answers_shown(self) -> None:
        self._renderer.answers_shown()

    def show(self, event: SessionEvent) -> None:
        """Show what happened in the session."""
        self._renderer.show(event)

    # Asking and stopping

    @on(Prompt.Submitted)
    def send(self, event: Prompt.Submitted) -> None:
        """Ask, or let the question wait."""
        self.session.ask(event.text)

    @on(Prompt.EmptySubmitted)
    def finish_reveal(self) -> None:
        """Show the rest of the blind answers."""
        self._reveal.finish()

    @on(Prompt.TookBack)
    def take_back(self) -> None:
        """Give the last question that waits back to the prompt."""
        text = self.session.take_back()
        if text is not None:
            self._prompt.give_back(text)

    def action_stop(self) -> None:
        """Stop both answers; questions that wait come back, so that none of them starts now.

        Blind answers are shown completely. While differences are pointed out, only that ends.
        """
        if self._differences.end():
            return
        self._reveal.finish()
        while (text := self.session.take_back()) is not None:
            self._prompt.give_back(text)
        self.session.stop()

    def action_stop_side(self, side: str) -> None:
        """Stop one answer; the other continues."""
        self.session.stop(PaneSide(side))

    def action_regenerate(self, side: str | None = None) -> None:
        """Let one model, or both, answer the last question once more; the answer before is kept."""
        self._try(lambda: self.session.regenerate(None if side is None else PaneSide(side)))

    def action_restart(self) -> None:
        """Load again what failed, or else the models whose weights files were replaced."""
        try:
            self.session.load_again()
        except RefusedError as refused:
            self.notify(str(refused), markup=False)

    def action_target(self) -> None:
        """Put the next questions to both, then to the left model only, then to the right one only."""
        self.session.next_target()

    def action_switch_thinking(self, side: str) -> None:
        """Let a model think from its next question on, then not, then as its maker wants."""

        def switch() -> None:
            think = self.session.switch_thinking(PaneSide(side))
            self.notify(f"From the next question on, the {side} model {_THINKING[think]}.", markup=False)

        self._try(switch)

    # Comparing

    def action_judge(self) -> None:
        """Open the vote bar for the last answers, or close it."""
        self._reveal.finish()
        self._try(self._voting.toggle)

    @on(JudgeBar.Action)
    def judge(self, action: JudgeBar.Action) -> None:
        """Do what the user wants done in the vote bar. No names are shown while blind answers are on their way."""
        if not (isinstance(action, JudgeBar.Revealed) and self._reveal.running):
            self._voting.act(action)

    def action_toggle_blind(self) -> None:
        """Make the next questions blind, or no longer."""
        self.session.toggle_blind()
        blind = "The next answers come without names, until you say which is better."
        self.notify(blind if self.session.blind else "The next answers come with their names.", markup=False)

    def action_swap(self) -> None:
        """Show each model in the other pane."""
        self._try(self.session.swap)

    def action_next_difference(self) -> None:
        """Point out the next fact that only one answer states."""
        self._try(self._next_difference)

    def _next_difference(self) -> None:
        if self._differences.can_continue:
            self._differences.next()
            return
        exchanges, session = self.session.conversation.exchanges, self.session
        working = session.busy or session.holding or self._reveal.running
        if not exchanges or working or len(exchanges[-1].answers) < len(PaneSide):
            raise RefusedError(
                "There are no two whole answers to the last question yet: ask both, and wait until they have."
            )
        self._differences.find()

    def action_replace(self, side: str) -> None:
        """Let the user choose another model for a pane."""
        self._try(self.session.check_replaceable, lambda: self._replace(PaneSide(side)))

    @work(group="replace", exclusive=True)
    async def _replace(self, side: PaneSide) -> None:
        if self._stock is not None:
            await replace_model(self.app, self.session, self._stock, side, self._prompt)

    def action_report(self, name: str) -> None:
        """Open a report on the last answers, or on both models."""
        self._try(lambda: self.app.push_screen(REPORTS[name](self.session, self._stock)))

    # Copying, reading and saving

    def action_copy(self, side: str) -> None:
        """Copy the last answer of a side as Markdown."""
        self._copy(self._panes[PaneSide(side)].answer_text(), f"There is no {side} answer yet.")

    def action_copy_code(self, side: str) -> None:
        """Copy the last block of code on a side, without its fence."""
        self._copy(self._panes[PaneSide(side)].code_block(), f"There is no block of code on the {side} yet.")

    def _copy(self, text: str, nothing: str) -> None:
        """Copy `text` without what could act on the terminal it is pasted into, or say that there is `nothing`."""
        if text:
            self.app.copy_to_clipboard(clean(text))
        else:
            self._warn(nothing)

    def action_toggle_thinking(self) -> None:
        """Unfold or fold the thinking of both models."""
        for pane in self._panes.values():
            pane.toggle_thinking()

    def action_look(self, side: str) -> None:
        """Give the keyboard to a pane, or back to the prompt; in a narrow terminal, show that pane."""
        pane = self._panes[PaneSide(side)]
        was_shown = pane.display
        self._show_pane(PaneSide(side))
        if pane.has_focus_within and was_shown:
            (self._bar if self._bar.display else self._prompt).focus()
        else:
            self.call_after_refresh(pane.take_keyboard)

    def _show_pane(self, side: PaneSide) -> None:
        self.set_class(side is PaneSide.RIGHT, "-on-right")
        self._show_other()

    def _make_visible(self, side: PaneSide) -> bool:
        if self._panes[side].display:
            return False
        self._show_pane(side)
        return True

    @on(Pane.Turned)
    def note_state(self, event: Pane.Turned) -> None:
        """Keep the state of each pane, for the line that stands for a pane without room."""
        self._states[event.side] = event.state
        if lasts(event.state):
            self._look_at_memory()
        self._show_other()

    def _show_other(self) -> None:
        absent = PaneSide.LEFT if self.has_class("-on-right") else PaneSide.RIGHT
        line = lines.absent_pane(absent, self._states[absent], self._key(f"look-{absent}"))
        self.query_one("#other", Static).update(line, layout=False)

    @work(group="memory", exclusive=True)
    async def _look_at_memory(self) -> None:
        """Show how much memory duochat holds in all. One side's part would tell its model."""
        held = await asyncio.to_thread(self._memory)
        if held is not None and self.display:  # else the screen is on its way out, and its panes may be gone
            for pane in self._panes.values():
                pane.show_memory(held.total)

    def action_save(self) -> None:
        """Save the transcript and say where."""
        if self.session.conversation.exchanges:
            self._save()
        else:
            self._warn("There is nothing to save yet: ask something first.")

    @work(group="save")
    async def _save(self) -> None:
        session = self.session
        try:
            named = not session.anything_hidden
            paths = await asyncio.to_thread(save_both, session.conversation, self._transcripts, named=named)
        except ExportError as error:
            self.notify(clean(str(error)), severity="error", timeout=READ_PATHS_S, markup=False)
            return
        where = "\n".join(clean_line(str(path), 1000) for path in paths)
        self.notify(where, title="Saved", timeout=READ_PATHS_S, markup=False)

    async def action_menu(self) -> None:
        """End this comparison, which stays in the archive, and go back to the menu."""
        await self.session.close()
        self.dismiss(None)

    # The keyboard

    @on(events.Key)
    def type_anywhere(self, event: events.Key) -> None:
        """Hand what is typed while a pane has the keyboard, or no widget yet, to the prompt."""
        self._keyboard.type_anywhere(event)

    @on(events.Paste)
    def paste_anywhere(self, event: events.Paste) -> None:
        """Hand what is pasted while a pane has the keyboard to the prompt."""
        self._keyboard.paste_anywhere(event)

    def _key(self, name: str) -> str:
        """Return the first key of the binding with the id `name`, as the user has bound it."""
        return key_name(self._keys.get(name, DEFAULT_KEYS[name]).partition(",")[0])

    def _try(self, *steps: Callable[[], object]) -> None:
        """Take `steps`, until one is refused; say why it was."""
        try:
            for step in steps:
                step()
        except RefusedError as refused:
            self._warn(str(refused))

    def _warn(self, sentence: str) -> None:
        """Say why something was not done; ids of bindings in braces become their keys."""
        for name in DEFAULT_KEYS:
            sentence = sentence.replace(f"{{{name}}}", self._key(name))
        self.notify(sentence, severity="warning", markup=False)
