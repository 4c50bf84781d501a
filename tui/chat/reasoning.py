"""A streaming parser that separates thinking from the answer in a model's raw output."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Tags:
    """What surrounds thinking in a model's output, and the answer where that is marked, too."""

    open: str
    close: str
    answer_open: str = ""
    answer_close: str = ""


HARMONY = Tags("<|channel|>analysis<|message|>", "<|end|>", "<|start|>assistant<|channel|>final<|message|>")
CHANNEL = Tags("<|channel>thought", "<channel|>")
BRACKETS = Tags("[THINK]", "[/THINK]")
THINK = Tags("<think>", "</think>")
KNOWN: tuple[Tags, ...] = (HARMONY, CHANNEL, BRACKETS, THINK)
"""The formats in use: gpt-oss's channels, Gemma 4's, Magistral's and Ministral's, and everybody else's."""

_WRAPPERS = (("<answer>", "</answer>"), ("<response>", "</response>"))
"""What some put around the answer, too: Hunyuan; Granite and ERNIE."""

_MARGINS = {CHANNEL.open: ("\n", ""), BRACKETS.open: ("", "")}
"""The white space that a model writes around the end of its thinking, where it is not a line feed and a blank line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text and what it is."""

    text: str
    thinking: bool


class Turned(Enum):
    """A closing tag came without its opening one: all text so far was thinking."""

    TO_THINKING = auto()


class Start(Enum):
    """Where a prompt leaves the model: free to think, inside a block that the template opened, or past a closed one."""

    FREE = auto()
    INSIDE = auto()
    PAST = auto()


class _State(Enum):
    START = auto()
    THINKING = auto()
    GAP = auto()
    ANSWER = auto()
    WRAPPED = auto()
    AFTER = auto()


_BEGINNINGS = {Start.FREE: _State.START, Start.INSIDE: _State.THINKING, Start.PAST: _State.GAP}


def tags_in(template: str) -> Tags | None:
    """Return the thinking format that a chat template speaks of, or None when it speaks of none."""
    if "<|channel|>" in template:
        return HARMONY
    others = (tags for tags in KNOWN if tags is not HARMONY)
    tags = next((tags for tags in others if tags.open in template or tags.close in template), None)
    if tags is not THINK:
        return tags
    opening, closing = next((pair for pair in _WRAPPERS if all(tag in template for tag in pair)), ("", ""))
    return replace(THINK, answer_open=opening, answer_close=closing)


def start_of(prompt: str, tags: Tags) -> Start:
    """Return where a rendered prompt leaves the model's first token."""
    end = prompt.rstrip()
    if end.endswith(tags.open):
        return Start.INSIDE
    return Start.PAST if end.endswith(tags.close) else Start.FREE


def held(text: str, tags: tuple[str, ...]) -> int:
    """Return how many characters at the end of `text` could be the beginning of one of `tags`."""
    longest = min(len(text), max(map(len, tags)) - 1)
    return next((n for n in range(longest, 0, -1) if any(tag.startswith(text[-n:]) for tag in tags)), 0)


class Thinking:
    """Thinking without the white space around it; blocks that follow each other stand apart."""

    def __init__(self) -> None:
        self._space = ""
        self._begun = False
        self._before = False

    def take(self, text: str) -> Iterator[Piece]:
        """More of a block: white space waits until more follows."""
        text = text if self._begun else text.lstrip()
        body = text.rstrip()
        if not body:
            self._space += text
            return
        yield Piece(self._space + body, thinking=True)
        self._begun, self._before, self._space = True, True, text[len(body) :]

    def end_block(self) -> None:
        """Return the block ended; another one may follow."""
        self._begun, self._space = False, "\n\n" if self._before else ""


class Splitter:
    """Splits one answer's stream by tags; what comes out does not depend on where the input was cut.

    Thinking loses the white space around it, and an answer that comes after it or is wrapped in tags the space before
    it. An answer without thinking passes unchanged, to the character.
    """

    def __init__(self, tags: Tags, start: Start = Start.FREE) -> None:
        self._tags = tags
        self._state = _BEGINNINGS[start]
        self._pending = ""
        self._thinking = Thinking()
        self._begun = False
        self._lone_close = start is Start.FREE
        self._openings = tuple(filter(None, (tags.open, tags.answer_open)))

    @property
    def thinking(self) -> bool:
        """Return whether the stream stands inside a thinking block now."""
        return self._state is _State.THINKING

    @property
    def closing(self) -> str:
        """Return what is missing to end the thinking here and begin the answer; half a closing tag is completed."""
        answer_open = f"\n{self._tags.answer_open}\n" if self._tags.answer_open else "\n\n"
        before, after = _MARGINS.get(self._tags.open, ("\n", answer_open))
        return (self._tags.close[len(self._pending) :] if self._pending else before + self._tags.close) + after

    def feed(self, text: str) -> Iterator[Piece | Turned]:
        """Yield the pieces that `text` completes; a possible beginning of a tag waits for more."""
        self._pending += text
        while True:
            before = (self._state, len(self._pending))
            yield from self._step()
            if not self._pending or before == (self._state, len(self._pending)):
                return

    def finish(self) -> Iterator[Piece]:
        """Yield what was still waiting, as the text that it turned out to be."""
        rest, self._pending = self._pending, ""
        match self._state:
            case _State.THINKING:
                yield from self._thinking.take(rest)
            case _State.GAP | _State.WRAPPED | _State.AFTER:
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
            case _State.WRAPPED:
                yield from self._wrapped()
            case _State.AFTER:
                yield from self._after()

    def _enter(self) -> None:
        """Decides, at the start or after a block, whether a thinking block or the answer comes next."""
        ahead = self._pending.lstrip()
        for tag in self._openings:
            if ahead.startswith(tag):
                self._pending = ahead[len(tag) :]
                self._state = _State.THINKING if tag == self._tags.open else self._opened_answer()
                return
        if not ahead or any(tag.startswith(ahead) for tag in self._openings):
            return
        if self._state is _State.GAP:
            self._pending = ahead
        self._state = _State.ANSWER

    def _opened_answer(self) -> _State:
        self._lone_close = False
        return _State.WRAPPED if self._tags.answer_close else _State.ANSWER

    def _inside(self) -> Iterator[Piece]:
        before, close, after = self._pending.partition(self._tags.close)
        if close:
            yield from self._thinking.take(before)
            self._thinking.end_block()
            self._pending, self._state, self._lone_close = after, _State.GAP, False
            return
        yield from self._thinking.take(self._released(self._tags.close))

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
        text = self._released(self._tags.close)
        if text:
            yield Piece(text, thinking=False)

    def _wrapped(self) -> Iterator[Piece]:
        self._pending = self._pending if self._begun else self._pending.lstrip()
        before, close, after = self._pending.partition(self._tags.answer_close)
        if close:
            body, self._pending, self._state = before.rstrip(), after, _State.AFTER
        else:
            body = before[: len(before) - held(before, (self._tags.answer_close,))].rstrip()
            self._pending = before[len(body) :]
        if body:
            self._begun = True
            yield Piece(body, thinking=False)

    def _after(self) -> Iterator[Piece]:
        text = self._pending.lstrip()
        if text:
            self._pending, self._state = "", _State.ANSWER
            yield Piece(f"\n\n{text}", thinking=False)

    def _released(self, tag: str) -> str:
        """Return the waiting text less what could be the beginning of `tag`."""
        cut = len(self._pending) - held(self._pending, (tag,))
        text, self._pending = self._pending[:cut], self._pending[cut:]
        return text
