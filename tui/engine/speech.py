"""Owns how a model's bytes become events: whole characters, thinking apart from the answer, merged to a calm pace."""

import codecs
import time
from collections.abc import Callable

from tui.chat.conversation import Tags
from tui.chat.events import Delta, Recast
from tui.chat.reasoning import Piece, Splitter, Turned

PACE = 0.04
"""Seconds between two events: faster than an eye, slower than a fast model."""


class Speech:
    """One answer as it is spoken."""

    def __init__(self, tags: Tags | None, *, opened: bool, say: Callable[[Delta | Recast], None]) -> None:
        self._say = say
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._splitter = None if tags is None else Splitter(tags, opened=opened)
        self._raw: list[str] = []
        self._waiting: list[str] = []
        self._kind = False
        self._tokens = 0
        self._said_at = float("-inf")
        self._thought_from: float | None = None
        self._thought_until: float | None = None

    @property
    def raw(self) -> str:
        """Everything said, tags included."""
        return "".join(self._raw)

    @property
    def thinking(self) -> bool:
        """Whether the model is inside a thinking block now."""
        return self._splitter is not None and self._splitter.thinking

    @property
    def thinking_ms(self) -> float | None:
        """How long the model thought, or None when it did not."""
        if self._thought_from is None or self._thought_until is None:
            return None
        return (self._thought_until - self._thought_from) * 1000

    def hear(self, data: bytes, tokens: int) -> None:
        """Takes the bytes of the latest token; `tokens` counts all generated ones."""
        self._tokens = tokens
        self._take(self._decoder.decode(data))
        if self._waiting and time.monotonic() - self._said_at >= PACE:
            self._flush()

    def end(self, *, cut: bool) -> None:
        """Says what still waits: half a tag as text, half a character as U+FFFD unless it was `cut` from outside."""
        if not cut:
            self._take(self._decoder.decode(b"", final=True))
        if self._splitter is not None:
            for piece in self._splitter.finish():
                self._add(piece)
        self._flush()

    def _take(self, text: str) -> None:
        self._raw.append(text)
        if self._splitter is None:
            self._add(Piece(text, thinking=False))
            return
        before = self._splitter.thinking
        for piece in self._splitter.feed(text):
            self._add(piece)
        if before or self._splitter.thinking:
            self._clock()

    def _add(self, piece: Piece | Turned) -> None:
        match piece:
            case Turned.TO_THINKING:
                self._flush()
                self._say(Recast())
            case Piece(text=text, thinking=thinking):
                if thinking != self._kind:
                    self._flush()
                    self._kind = thinking
                if text:
                    self._waiting.append(text)

    def _clock(self) -> None:
        now = time.monotonic()
        self._thought_from = now if self._thought_from is None else self._thought_from
        self._thought_until = now

    def _flush(self) -> None:
        if self._waiting:
            self._say(Delta("".join(self._waiting), self._kind, self._tokens))
            self._waiting.clear()
            self._said_at = time.monotonic()
