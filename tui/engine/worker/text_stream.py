"""Events from a model's bytes: whole characters, thinking apart from the answer, merged to a steady rate."""

import codecs
import time
from collections.abc import Callable

from tui.chat.events import Delta, Recast
from tui.chat.harmony import splitter
from tui.chat.reasoning import Piece, Start, Tags, Turned

PACE = 0.04
"""Seconds between two events: faster than an eye, slower than a fast model."""


class Speech:
    """One answer as it is spoken; `start` says where the prompt leaves the model."""

    def __init__(self, tags: Tags | None, *, start: Start, say: Callable[[Delta | Recast], None]) -> None:
        self._say = say
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._splitter = None if tags is None else splitter(tags, start)
        self._raw: list[str] = []
        self._waiting: list[str] = []
        self._kind = False
        self._tokens = 0
        self._said_at = float("-inf")
        self._thought = False
        self._began = 0.0
        self._heard = 0.0
        self._answer: tuple[float, int] | None = None

    @property
    def raw(self) -> str:
        """Everything said, tags included."""
        return "".join(self._raw)

    @property
    def thinking(self) -> bool:
        """Whether the model is inside a thinking block now, at the end of a character, so that it may be cut off."""
        return self._splitter is not None and self._splitter.thinking and not self._decoder.getstate()[0]

    @property
    def closing(self) -> str:
        """What ends the thinking here and begins the answer."""
        return "" if self._splitter is None else self._splitter.closing

    @property
    def thinking_ms(self) -> float | None:
        """How long the model thought, up to the answer's first token, or None when it did not."""
        until = self._heard if self._answer is None else self._answer[0]
        return round((until - self._began) * 1000, 3) if self._thought else None

    @property
    def thinking_tokens(self) -> int | None:
        """How many tokens came before the answer's first one, or None when the model did not think."""
        if not self._thought:
            return None
        return self._tokens if self._answer is None else self._answer[1]

    def hear(self, data: bytes, tokens: int) -> None:
        """Takes the bytes of the latest token; `tokens` counts all generated ones."""
        self._heard = time.monotonic()
        self._began = self._began or self._heard
        self._tokens = tokens
        self._take(self._decoder.decode(data))
        if self._waiting and self._heard - self._said_at >= PACE:
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
        for piece in self._splitter.feed(text):
            self._add(piece)

    def _add(self, piece: Piece | Turned) -> None:
        match piece:
            case Turned.TO_THINKING:
                self._flush()
                self._say(Recast())
                self._thought, self._answer = True, None
            case Piece(text=text, thinking=thinking):
                if thinking != self._kind:
                    self._flush()
                    self._kind = thinking
                if text:
                    self._waiting.append(text)
                self._count(text, thinking)

    def _count(self, text: str, thinking: bool) -> None:
        if thinking:
            self._thought, self._answer = True, None
        elif self._answer is None and text.strip():
            self._answer = (self._heard, self._tokens - 1)

    def _flush(self) -> None:
        if self._waiting:
            self._say(Delta("".join(self._waiting), self._kind, self._tokens))
            self._waiting.clear()
            self._said_at = time.monotonic()
