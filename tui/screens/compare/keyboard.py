"""Keys and pastes on the main screen that no widget is focused for: they go to the prompt."""

from typing import Any

from textual import events
from textual.screen import Screen

from tui.widgets.prompt import Prompt


class Keyboard:
    """Hands what is typed on `screen` to `prompt`."""

    def __init__(self, screen: Screen[Any], prompt: Prompt) -> None:
        self._screen = screen
        self._prompt = prompt

    def take(self) -> None:
        """Focus the prompt as soon as no key waits for the screen any more."""
        if self._screen.message_queue_size:
            self._screen.call_later(self.take)
        elif self._screen.focused is None:
            self._screen.set_focus(self._prompt)

    def type_anywhere(self, event: events.Key) -> None:
        """Insert a character that was typed while a pane has the keyboard, or no widget yet."""
        if event.is_printable and event.character and event.key not in self._screen.active_bindings:
            event.stop()
            if self._screen.focused is not None:
                self._prompt.focus()
            self._prompt.insert(event.character)

    def paste_anywhere(self, event: events.Paste) -> None:
        """Insert what was pasted while a pane has the keyboard."""
        if self._screen.focused is not self._prompt:
            event.stop()
            self._prompt.focus()
            self._prompt.insert(event.text)

    def type_on(self, event: events.Key) -> None:
        """Hand a key of another widget to the prompt, which has the keyboard from this very key on."""
        self._screen.set_focus(self._prompt)
        self._prompt.post_message(event)
