"""The facts that only one of the last two answers states, pointed out one after the other."""

from collections.abc import Callable, Mapping

from textual.content import Content
from textual.widgets import Static

from tui.arena.differences.compare import Parting, partings
from tui.chat.conversation import PaneSide
from tui.session.session import RefusedError
from tui.text import clean_line
from tui.widgets.pane import Pane
from tui.widgets.transcript.highlights import Passages


class Differences:
    """Points out facts in the answers as they are shown in `panes`, and says in `line` which one is the present one.

    `make_visible` shows a pane that has no room beside the other, and returns whether it had to.
    """

    def __init__(
        self,
        panes: Mapping[PaneSide, Pane],
        line: Static,
        *,
        next_key: str,
        make_visible: Callable[[PaneSide], bool],
    ) -> None:
        self._panes = panes
        self._line = line
        self._next_key = next_key
        self._make_visible = make_visible
        self._texts: tuple[str, ...] = ()
        self._found: tuple[Parting, ...] = ()
        self._at = 0

    @property
    def can_continue(self) -> bool:
        """Return whether facts are pointed out in the answers that are shown now."""
        return bool(self._found) and self._texts == self._shown_texts()

    def find(self) -> None:
        """Look for facts that only one answer states, and point out the first one. Raises RefusedError."""
        self._texts = self._shown_texts()
        self._found, self._at = partings(*self._texts), 0
        if not self._found:
            raise RefusedError("No number, date, name, code symbol, yes or no stands on one side only.")
        self._point()

    def next(self) -> None:
        """Point out the next fact."""
        self._at = (self._at + 1) % len(self._found)
        self._point()

    def end(self) -> bool:
        """Point out nothing any more. Return whether anything was pointed out."""
        ended, self._found = bool(self._found), ()
        if ended:
            self._line.display = False
            for pane in self._panes.values():
                pane.transcript.highlight(None)
        return ended

    def update(self) -> None:
        """End where other answers are shown by now."""
        if self._found and not self.can_continue:
            self.end()

    def _point(self) -> None:
        """Point out all facts, and the present one most of all."""
        if not self._found:
            return
        now = self._found[self._at]
        if self._make_visible(PaneSide(now.side)):
            self._line.call_after_refresh(self._point)
            return
        shown = True
        for side, text in zip(PaneSide, self._texts, strict=True):
            spans = tuple(span for fact in self._found if fact.side.value == side.value for span in fact.spans)
            current = now.spans if now.side.value == side.value else ()
            shown = self._panes[side].transcript.highlight(Passages(text, spans, current)) and shown
        self._line.display = True
        self._line.update(self._described(now, shown=shown))

    def _described(self, now: Parting, *, shown: bool) -> Content:
        text = self._texts[tuple(PaneSide).index(PaneSide(now.side))]
        fact = clean_line(text[slice(*now.spans[0])], 80)
        times = f", {len(now.spans)} times" if len(now.spans) > 1 else ""
        position = f" ({self._at + 1} of {len(self._found)})"
        hidden = "" if shown else ", written otherwise than it is shown"
        return Content.assemble(
            (f"{now.kind} ", "$quiet"),
            (fact, "bold"),
            " only on the ",
            (now.side.value, f"bold ${now.side}"),
            f"{times}{hidden}{position}",
            (f"  {self._next_key} next, Esc ends", "$quiet"),
        )

    def _shown_texts(self) -> tuple[str, ...]:
        return tuple(self._panes[side].transcript.answer_text() for side in PaneSide)
