"""Owns the way through where two answers part: what only one of them states, one fact after the other."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.arena.differences.compare import Parting, partings
from tui.chat.conversation import Side
from tui.screens.compare.showing import Showing
from tui.text import clean_line
from tui.widgets.transcript.reply import Transcript
from tui.widgets.transcript.seeking import Sought


class PartingWays(Showing):
    """The part of the main screen that points out what stands on one side only, in the answers as they are shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, since a text area has its own use for it.
        Binding("ctrl+f", "part", "Next fact on one side only", id="partings", priority=True, show=False),
    ]

    _texts: tuple[str, ...] = ()
    _partings: tuple[Parting, ...] = ()
    _at = 0

    def action_part(self) -> None:
        """Goes to the next fact that stands on one side only; looks for them first where none is shown."""
        if self._partings and self._texts == self._shown_texts():
            self._at = (self._at + 1) % len(self._partings)
            self._point()
        else:
            self._look_for_partings()

    def _end_parting(self) -> bool:
        """Points out nothing any more; False where nothing was pointed out."""
        ended = bool(self._partings)
        self._partings = ()
        if ended:
            self.query_one("#parting", Static).display = False
            for place in Side:
                self._transcript(place).seek(None)
        return ended

    def _asked(self) -> None:
        super()._asked()
        self._end_parting()

    def _changed(self) -> None:
        super()._changed()
        if self._partings and self._texts != self._shown_texts():
            self._end_parting()

    def _look_for_partings(self) -> None:
        exchanges = self._talk.duo.conversation.exchanges
        if not exchanges or self._talk.busy or self._curtain.busy or len(exchanges[-1].answers) < len(Side):
            self._warn("There are no two whole answers to the last question yet: ask both, and wait until they have.")
            return
        self._texts = self._shown_texts()
        self._partings, self._at = partings(*self._texts), 0
        if self._partings:
            self._point()
        else:
            self._warn("No number, date, name, code symbol, yes or no stands on one side only.")

    def _point(self) -> None:
        """Points all of them out, and the present one most of all."""
        now = self._partings[self._at]
        if not self._pane(now.side).display:
            self.set_class(now.side is Side.RIGHT, "-on-right")
            self._show_other()
            self.call_after_refresh(self._point)
            return
        shown = True
        for place, text in zip(Side, self._texts, strict=True):
            spans = tuple(span for each in self._partings if each.side is place for span in each.spans)
            current = now.spans if now.side is place else ()
            shown = self._transcript(place).seek(Sought(text, spans, current)) and shown
        line = self.query_one("#parting", Static)
        line.display = True
        line.update(self._told(now, shown=shown))

    def _told(self, now: Parting, *, shown: bool) -> Content:
        text = self._texts[0 if now.side is Side.LEFT else 1]
        fact = clean_line(text[slice(*now.spans[0])], 80)
        times = f", {len(now.spans)} times" if len(now.spans) > 1 else ""
        place = f" ({self._at + 1} of {len(self._partings)})"
        hidden = "" if shown else ", written otherwise than it is shown"
        return Content.assemble(
            (f"{now.kind} ", "$quiet"),
            (fact, "bold"),
            " only on the ",
            (now.side.value, f"bold ${now.side}"),
            f"{times}{hidden}{place}",
            (f"  {self._key('partings')} next, Esc ends", "$quiet"),
        )

    def _shown_texts(self) -> tuple[str, ...]:
        return tuple(self._transcript(place).answer_text() for place in Side)

    def _transcript(self, place: Side) -> Transcript:
        return self._pane(place).transcript

    def _show_other(self) -> None:
        """The line that stands for a side without room is out of date."""
