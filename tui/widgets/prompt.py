"""Owns the place where the user writes: sending, new lines, and the prompts of before."""

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
    """A few lines of text; Up above the first line recalls what was sent before, Down below the last comes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send to both", id="send", show=False),
        Binding("ctrl+j,shift+enter", "new_line", "New line", id="new-line", show=False),
    ]

    @dataclass
    class Submitted(Message):
        """The user sent `text`, which is not blank."""

        text: str

    @dataclass
    class Urged(Message):
        """The user pressed the key that sends, and there is nothing to send."""

    @dataclass
    class TookBack(Message):
        """The user wants the question back that was sent last and still waits."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            id=id, placeholder=placeholder, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False
        )
        self._sent: list[str] = []
        self._recalled: int | None = None
        self._draft = ""
        self.questions_wait = False
        """Whether Up in an empty prompt asks for a waiting question before it recalls an answered one."""

    def remember(self, text: str) -> None:
        """Makes `text` the newest of the prompts that Up recalls."""
        if not self._sent or self._sent[-1] != text:
            self._sent.append(text)

    def give_back(self, text: str) -> None:
        """Puts `text` before whatever the prompt holds, with the cursor at the end."""
        held = self.text
        self._recalled = None
        self._fill(f"{text}\n{held}" if held.strip() else text)

    async def _on_key(self, event: events.Key) -> None:
        """Runs the prompt's own bindings in the order in which keys were pressed, before the text area takes the key.

        A binding with priority would overtake characters that were typed just before and still wait in the queue.
        """
        bound = None if event.is_printable else self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self and bound.binding.id:
            event.stop()
            event.prevent_default()
            await self.run_action(bound.binding.action)

    def edit(self, edit: Edit) -> EditResult:
        """Makes an edit: everything typed or pasted comes through here, and is cleaned."""
        return super().edit(replace(edit, text=_safe(edit.text)))

    def action_send(self) -> None:
        """Sends what is written."""
        text = self.text.strip()
        if not text:
            self.post_message(self.Urged())
            return
        self.remember(text)
        self.clear()
        self._recalled = None
        self.post_message(self.Submitted(text))

    def action_new_line(self) -> None:
        """Breaks the line at the cursor."""
        start, end = self.selection
        self._replace_via_keyboard("\n", start, end)

    def action_cursor_up(self, select: bool = False) -> None:
        """Moves up, or back through the prompts of before."""
        if select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        elif self.questions_wait and not self.text:
            self.post_message(self.TookBack())
        else:
            self._recall(len(self._sent) - 1 if self._recalled is None else self._recalled - 1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Moves down, or forward again through the prompts of before."""
        if select or self._recalled is None or not self.navigator.is_last_wrapped_line(self.cursor_location):
            super().action_cursor_down(select)
        else:
            self._recall(self._recalled + 1)

    def _recall(self, index: int) -> None:
        if index < 0:
            return
        if self._recalled is None:
            self._draft = self.text
        there = index < len(self._sent)
        self._recalled = index if there else None
        self._fill(self._sent[index] if there else self._draft)

    def _fill(self, text: str) -> None:
        self.text = _safe(text)
        self.move_cursor(self.document.end)


def _safe(text: str) -> str:
    """`text` as this screen may show it, with every kind of line end as a line feed."""
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))
