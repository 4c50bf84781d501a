"""The text of an answer as it grows: whole characters, thinking apart from the answer, sent at a steady pace."""

import codecs
import time
from collections.abc import Callable

from tui.chat.events import Delta, Recast
from tui.chat.harmony import splitter
from tui.chat.reasoning import Piece, Start, Tags, Turned
from tui.engine.wire import PACE


class TextStream:
    """Turns the bytes of tokens into events for `send`; `start` is the state of the thinking after the prompt."""

    def __init__(self, tags: Tags | None, *, start: Start, send: Callable[[Delta | Recast], None]) -> None:
        self._send = send
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._splitter = None if tags is None else splitter(tags, start)
        self._raw: list[str] = []
        self._waiting: list[str] = []
        self._waiting_is_thinking = False
        self._tokens = 0
        self._sent_at = float("-inf")
        self._thought = False
        self._first_at = 0.0
        self._last_at = 0.0
        self._answer: tuple[float, int] | None = None

    @property
    def raw(self) -> str:
        """Return the whole text, tags included."""
        return "".join(self._raw)

    @property
    def thinking(self) -> bool:
        """Return whether the text ends inside a thinking block and not inside a character, so that it may be cut."""
        return self._splitter is not None and self._splitter.thinking and not self._decoder.getstate()[0]

    @property
    def closing(self) -> str:
        """Return the text that ends the thinking here and begins the answer."""
        return "" if self._splitter is None else self._splitter.closing

    @property
    def thinking_ms(self) -> float | None:
        """Return the time until the answer's first token, or None where the model did not think."""
        until = self._last_at if self._answer is None else self._answer[0]
        return round((until - self._first_at) * 1000, 3) if self._thought else None

    @property
    def thinking_tokens(self) -> int | None:
        """Return the number of tokens before the answer's first one, or None where the model did not think."""
        if not self._thought:
            return None
        return self._tokens if self._answer is None else self._answer[1]

    def feed(self, data: bytes, tokens: int) -> None:
        """Add the bytes of the latest token; `tokens` counts all generated ones."""
        self._last_at = time.monotonic()
        self._first_at = self._first_at or self._last_at
        self._tokens = tokens
        self._decode(self._decoder.decode(data))
        if self._waiting and self._last_at - self._sent_at >= PACE:
            self._flush()

    def finish(self, *, cut: bool) -> None:
        """Send the rest: an incomplete tag as text, an incomplete character as U+FFFD unless the answer was `cut`."""
        if not cut:
            self._decode(self._decoder.decode(b"", final=True))
        if self._splitter is not None:
            for piece in self._splitter.finish():
                self._add(piece)
        self._flush()

    def _decode(self, text: str) -> None:
        self._raw.append(text)
        if self._splitter is None:
            self._add(Piece(text, thinking=False))
            return
        for piece in self._splitter.feed(text):
            self._add(piece)

    def _add(self, piece: Piece | Turned) -> None:
        match piece:
            case Turned.TO_THINKING:
                self._flush()
                self._send(Recast())
                self._thought, self._answer = True, None
            case Piece(text=text, thinking=thinking):
                if thinking != self._waiting_is_thinking:
                    self._flush()
                    self._waiting_is_thinking = thinking
                if text:
                    self._waiting.append(text)
                self._note_phase(text, thinking)

    def _note_phase(self, text: str, thinking: bool) -> None:
        if thinking:
            self._thought, self._answer = True, None
        elif self._answer is None and text.strip():
            self._answer = (self._last_at, self._tokens - 1)

    def _flush(self) -> None:
        if self._waiting:
            self._send(Delta("".join(self._waiting), self._waiting_is_thinking, self._tokens))
            self._waiting.clear()
            self._sent_at = time.monotonic()
