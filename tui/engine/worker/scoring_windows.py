"""The windows of tokens in which a text is scored, and the position of each token in the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from tui.chat.harmony import splitter
from tui.chat.reasoning import HARMONY, Start, Tags, start_of
from tui.chat.scores import Passage

_REACH = 16
"""How many bytes ahead a token is looked for, after a token whose bytes are not in the text."""


class TextError(Exception):
    """The text cannot be scored; the message is a sentence with the next step."""


class TextVocab(Protocol):
    """The parts of a vocabulary that windows need."""

    @property
    def begin(self) -> int | None:
        """Return the token that must begin every text, or None."""
        ...

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the ids of `text`."""
        ...

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens that are read into an empty context; those from `counted` on are scored, at `places` in the text.

    A place is the byte offsets of the beginning and the end.
    """

    tokens: list[int]
    counted: int
    places: list[tuple[int, int]]


def windows(passage: Passage, vocab: TextVocab, trained: int) -> list[Window]:
    """Return the windows of a passage for a model with `trained` tokens of context (0 for any). Raises TextError."""
    tokens, places = _tokens(passage.text, vocab)
    size = min(passage.window, trained // 2 or passage.window)
    if len(tokens) < 2 * size:
        starts, size, first = range(1), len(tokens), 1
    else:
        starts, first = range(0, len(tokens) - size + 1, size), size // 2 + 1
    if size < 2:
        raise TextError("There is no text to read, or too little of it; choose a longer one.")
    begin = [] if vocab.begin is None else [vocab.begin]
    return [
        Window((begin or tokens[at : at + 1]) + tokens[at + 1 : at + size], first, places[at + first : at + size])
        for at in starts
    ]


def continuation(prompt: list[int], text: str, vocab: TextVocab, room: int) -> Window:
    """Return the window of the answer `text` after `prompt`; raise TextError where it exceeds `room` tokens."""
    answer = vocab.tokenize(text, special=False)
    if not answer:
        raise TextError("There is no answer to read; choose a question that both have answered.")
    tokens = prompt + answer
    if len(tokens) > room:
        raise TextError(
            f"The conversation and the answer take {len(tokens):,} tokens, but the context holds {room:,}; "
            "load the model with a larger context."
        )
    return Window(tokens, len(prompt), _places([vocab.piece(token) for token in answer], text.encode()))


def lead_in(prompt: str, tags: Tags | None) -> str:
    """Return the text that a model would write between `prompt` and an answer without thinking."""
    if tags is None:
        return ""
    if tags.open == HARMONY.open:
        opening = tags.answer_open
        return next(opening[size:] for size in range(len(opening), -1, -1) if prompt.endswith(opening[:size]))
    return splitter(tags, Start.INSIDE).closing if start_of(prompt, tags) is Start.INSIDE else ""


def _tokens(text: str, vocab: TextVocab) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the tokens of the whole text, with the one that begins it, and their places."""
    tokens = vocab.tokenize(text, special=False)
    places = _places([vocab.piece(token) for token in tokens], text.encode())
    if vocab.begin is None:
        return tokens, places
    return [vocab.begin, *tokens], [(0, 0), *places]


def _places(pieces: Sequence[bytes], text: bytes) -> list[tuple[int, int]]:
    """Return the place of each piece in `text`; together the places cover the text.

    Some tokenizers add a space at the beginning. Some have no token for a character: the piece of the unknown token is
    not in the text, so its place is what the next piece leaves out.
    """
    starts, at = [], 0
    for piece in pieces:
        bare = piece[1:] if not at and piece.startswith(b" ") and not text.startswith(b" ") else piece
        found = text.find(bare, at, at + len(bare) + _REACH)
        starts.append(at if found < 0 else found)
        at = at if found < 0 else found + len(bare)
    return list(pairwise([*starts, len(text)]))
