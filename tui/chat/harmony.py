"""A parser of gpt-oss's harmony format: messages on channels, of which analysis is thinking.

A message is `<|start|>assistant<|channel|>NAME<|message|>TEXT<|end|>`; the prompt has written its first part. The
format: https://cookbook.openai.com/articles/openai-harmony. What is on another channel is meant for the user.
"""

from collections.abc import Iterator
from enum import Enum, auto

from tui.chat.reasoning import Piece, Splitter, Start, Tags, Thinking, Turned, held

_CHANNEL, _MESSAGE, _END = "<|channel|>", "<|message|>", "<|end|>"
_HEADERS = ("<|start|>", _CHANNEL, _MESSAGE)

_LONGEST_HEADER = 200
"""Characters after which something that begins like a header is none."""


class _State(Enum):
    BETWEEN = auto()
    HEADER = auto()
    THINKING = auto()
    ANSWER = auto()


class Channels:
    """Splits one answer's stream by its channels; what comes out does not depend on where the input was cut."""

    def __init__(self, tags: Tags) -> None:
        self._tags = tags
        self._state = _State.BETWEEN
        self._pending = ""
        self._thinking = Thinking()
        self._first = True
        self._gap = ""

    @property
    def thinking(self) -> bool:
        """Return whether the stream stands inside a message that is thinking now."""
        return self._state is _State.THINKING

    @property
    def closing(self) -> str:
        """Return what is missing to end the thinking here and begin the answer."""
        return _END[len(self._pending) :] + self._tags.answer_open

    def feed(self, text: str) -> Iterator[Piece | Turned]:
        """Yield the pieces that `text` completes; a possible beginning of a tag waits for more."""
        self._pending += text
        while True:
            before = (self._state, len(self._pending))
            yield from self._step()
            if not self._pending or before == (self._state, len(self._pending)):
                return

    def finish(self) -> Iterator[Piece]:
        """Yield what was still waiting, as the text that it turned out to be; half a header is none."""
        rest, self._pending = self._pending, ""
        if self._state is not _State.HEADER:
            yield from self._said(rest)

    def _step(self) -> Iterator[Piece]:
        match self._state:
            case _State.BETWEEN:
                self._enter()
            case _State.HEADER:
                self._read_header()
            case _State.THINKING | _State.ANSWER:
                yield from self._inside()

    def _enter(self) -> None:
        """Decide whether a message begins or the model writes without the format."""
        ahead = self._pending.lstrip()
        if ahead.startswith(_HEADERS):
            self._pending, self._state = ahead, _State.HEADER
        elif ahead and not any(tag.startswith(ahead) for tag in _HEADERS):
            self._state = _State.ANSWER

    def _read_header(self) -> None:
        header, message, rest = self._pending.partition(_MESSAGE)
        if message:
            analysis = header.rpartition(_CHANNEL)[2].strip().startswith("analysis")
            self._pending, self._state = rest, _State.THINKING if analysis else _State.ANSWER
        elif len(header) > _LONGEST_HEADER:
            self._state = _State.ANSWER

    def _inside(self) -> Iterator[Piece]:
        before, end, after = self._pending.partition(_END)
        if not end:
            cut = len(before) - held(before, (_END,))
            before, after = before[:cut], before[cut:]
        yield from self._said(before)
        self._pending = after
        if end:
            self._thinking.end_block()
            self._gap = "" if self._first else "\n\n"
            self._state = _State.BETWEEN

    def _said(self, text: str) -> Iterator[Piece]:
        if self.thinking:
            yield from self._thinking.take(text)
        elif text:
            yield Piece(self._gap + text, thinking=False)
            self._first, self._gap = False, ""


def splitter(tags: Tags, start: Start) -> Splitter | Channels:
    """Return what splits the output of a model that writes `tags`, after a prompt that ended as `start` says."""
    return Channels(tags) if tags.open.startswith(_CHANNEL) else Splitter(tags, start)
