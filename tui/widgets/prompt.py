"""The prompt: writing, sending, new lines, and a history of earlier prompts."""

from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from tui.text import clean
from tui.widgets.cached_rendering import CachedRendering


class Prompt(CachedRendering, TextArea):
    """A few lines of text. Up in the first line recalls earlier prompts, Down in the last line goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send to both", id="send", show=False),
        Binding("ctrl+j,shift+enter", "new_line", "New line", id="new-line", show=False),
    ]

    @dataclass
    class Submitted(Message):
        """The user sent `text`, which is not blank."""

        text: str

    @dataclass
    class EmptySubmitted(Message):
        """The user pressed Enter in an empty prompt."""

    @dataclass
    class TookBack(Message):
        """The user takes back the question that was sent last and still waits."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            id=id, placeholder=placeholder, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False
        )
        self._sent: list[str] = []
        self._recalled: int | None = None
        self._draft = ""
        self.questions_wait = False
        """Whether Up in an empty prompt takes back a waiting question instead of recalling an earlier one."""

    def remember(self, text: str) -> None:
        """Add `text` to the prompts that Up recalls."""
        if not self._sent or self._sent[-1] != text:
            self._sent.append(text)

    def give_back(self, text: str) -> None:
        """Insert `text` before the prompt's own text, and move the cursor to the end."""
        held = self.text
        self._recalled = None
        self._fill(f"{text}\n{held}" if held.strip() else text)

    async def _on_key(self, event: events.Key) -> None:
        """Run the prompt's own bindings in the order in which keys were pressed, before the text area gets the key.

        A binding with priority would run before the characters that were typed just before and still wait in the queue.
        """
        bound = None if event.is_printable else self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self and bound.binding.id:
            event.stop()
            event.prevent_default()
            await self.run_action(bound.binding.action)

    def edit(self, edit: Edit) -> EditResult:
        """Make an edit. All typed and pasted text comes through here and is cleaned."""
        return super().edit(replace(edit, text=_safe(edit.text)))

    def action_send(self) -> None:
        """Send the text."""
        text = self.text.strip()
        if not text:
            self.post_message(self.EmptySubmitted())
            return
        self.remember(text)
        self.clear()
        self._recalled = None
        self.post_message(self.Submitted(text))

    def action_new_line(self) -> None:
        """Break the line at the cursor."""
        start, end = self.selection
        self._replace_via_keyboard("\n", start, end)

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up, or back in the history."""
        if select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        elif self.questions_wait and not self.text:
            self.post_message(self.TookBack())
        else:
            self._recall(len(self._sent) - 1 if self._recalled is None else self._recalled - 1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Move down, or forward in the history."""
        if select or self._recalled is None or not self.navigator.is_last_wrapped_line(self.cursor_location):
            super().action_cursor_down(select)
        else:
            self._recall(self._recalled + 1)

    def _recall(self, index: int) -> None:
        if index < 0:
            return
        if self._recalled is None:
            self._draft = self.text
        exists = index < len(self._sent)
        self._recalled = index if exists else None
        self._fill(self._sent[index] if exists else self._draft)

    def _fill(self, text: str) -> None:
        self.text = _safe(text)
        self.move_cursor(self.document.end)


def _safe(text: str) -> str:
    """Return `text` cleaned for the screen, with all line ends as line feeds."""
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))
