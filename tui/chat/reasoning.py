"""Owns the line between thinking and answer in a model's raw output, drawn while the text still streams."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from tui.chat.conversation import Tags

THINK = Tags("<think>", "</think>")
HARMONY = Tags("<|channel|>analysis<|message|>", "<|end|>", "<|start|>assistant<|channel|>final<|message|>")
KNOWN: tuple[Tags, ...] = (
    HARMONY,
    Tags("<|channel>thought", "<channel|>"),
    Tags("[THINK]", "[/THINK]"),
    THINK,
)
"""The formats in use: gpt-oss's channels, Gemma 4's, Magistral's and Ministral's, and everybody else's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text and what it is."""

    text: str
    thinking: bool


class Turned(Enum):
    """A closing tag came without its opening one: all text so far was thinking."""

    TO_THINKING = auto()


class _State(Enum):
    START = auto()
    THINKING = auto()
    GAP = auto()
    ANSWER = auto()


def tags_in(template: str) -> Tags | None:
    """The thinking format that a chat template speaks of, or None when it speaks of none."""
    return next((tags for tags in KNOWN if tags.open.split("analysis")[0] in template), None)


def left_open(prompt: str, tags: Tags) -> bool:
    """Whether a rendered prompt ends inside a thinking block, so that the model's first token is already thinking."""
    return prompt.rstrip().endswith(tags.open)


def _held(text: str, tags: tuple[str, ...]) -> int:
    """How many characters at the end of `text` could be the beginning of one of `tags`."""
    longest = min(len(text), max(map(len, tags)) - 1)
    return next((n for n in range(longest, 0, -1) if any(tag.startswith(text[-n:]) for tag in tags)), 0)


class Splitter:
    """Splits one answer's stream; what comes out does not depend on where the input was cut.

    Thinking loses the white space around it. An answer without thinking passes unchanged, to the character.
    """

    def __init__(self, tags: Tags, *, opened: bool = False) -> None:
        self._tags = tags
        self._state = _State.THINKING if opened else _State.START
        self._pending = ""
        self._space = ""
        self._thought = False
        self._lone_close = not opened
        self._answer_opens = tuple({tags.answer_open, tags.answer_open.removeprefix("<|start|>assistant")} - {""})

    @property
    def thinking(self) -> bool:
        """Whether the stream stands inside a thinking block now."""
        return self._state is _State.THINKING

    def feed(self, text: str) -> Iterator[Piece | Turned]:
        """The pieces that `text` completes; a possible beginning of a tag waits for more."""
        self._pending += text
        while True:
            state, length = self._state, len(self._pending)
            yield from self._step()
            if not self._pending or (self._state is state and len(self._pending) == length):
                return

    def finish(self) -> Iterator[Piece]:
        """What was still waiting, as the text that it turned out to be."""
        rest, self._pending = self._pending, ""
        match self._state:
            case _State.THINKING:
                yield from self._think(rest)
            case _State.GAP:
                if rest.strip():
                    yield Piece(rest, thinking=False)
            case _State.START | _State.ANSWER:
                if rest:
                    yield Piece(rest, thinking=False)

    def _step(self) -> Iterator[Piece | Turned]:
        match self._state:
            case _State.START | _State.GAP:
                self._enter()
            case _State.THINKING:
                yield from self._inside()
            case _State.ANSWER:
                yield from self._answer()

    def _enter(self) -> None:
        """Decides, at the start or after a block, whether a thinking block or the answer comes next."""
        ahead = self._pending.lstrip()
        for tag in (self._tags.open, *self._answer_opens):
            if ahead.startswith(tag):
                self._pending = ahead[len(tag) :]
                self._state = _State.THINKING if tag == self._tags.open else _State.ANSWER
                return
        if not ahead or any(tag.startswith(ahead) for tag in (self._tags.open, *self._answer_opens)):
            return
        if self._state is _State.GAP:
            self._pending = ahead
        self._state = _State.ANSWER

    def _inside(self) -> Iterator[Piece]:
        before, close, after = self._pending.partition(self._tags.close)
        if close:
            yield from self._think(before)
            self._pending, self._state, self._space = after, _State.GAP, ""
            self._lone_close = False
            return
        keep = _held(self._pending, (self._tags.close,))
        cut = len(self._pending) - keep
        yield from self._think(self._pending[:cut])
        self._pending = self._pending[cut:]

    def _think(self, text: str) -> Iterator[Piece]:
        """Thinking, less the white space at its two ends: white space waits until more follows."""
        text = self._space + text
        if not self._thought:
            text = text.lstrip()
        body = text.rstrip()
        self._space = text[len(body) :]
        if body:
            self._thought = True
            yield Piece(body, thinking=True)

    def _answer(self) -> Iterator[Piece | Turned]:
        if not self._lone_close:
            text, self._pending = self._pending, ""
            yield Piece(text, thinking=False)
            return
        before, close, after = self._pending.partition(self._tags.close)
        if close:
            if before:
                yield Piece(before, thinking=False)
            yield Turned.TO_THINKING
            self._pending, self._state, self._lone_close = after, _State.GAP, False
            return
        cut = len(self._pending) - _held(self._pending, (self._tags.close,))
        text, self._pending = self._pending[:cut], self._pending[cut:]
        if text:
            yield Piece(text, thinking=False)
