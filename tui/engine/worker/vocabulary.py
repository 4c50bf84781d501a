"""A model's vocabulary: the text and bytes of each token, and tokenization."""

from __future__ import annotations

import ctypes
from functools import cached_property

from tui.engine.worker.binding import lib

_CONTROLS = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_UNKNOWN
_SEAMS = _CONTROLS | lib.LLAMA_TOKEN_ATTR_USER_DEFINED


class Vocab:
    """The tokens of one model."""

    def __init__(self, pointer: lib.llama_vocab_p) -> None:
        self._pointer = pointer
        self._buffer = ctypes.create_string_buffer(256)
        self.size = lib.llama_vocab_n_tokens(pointer)

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Return the texts of tokens that only the template may write."""
        return tuple(text for attributes, text in self._special if attributes & _CONTROLS)

    @cached_property
    def seams(self) -> tuple[str, ...]:
        """Return the texts at which the tokenizer always splits, so that the text before can be tokenized alone."""
        return tuple(text for _, text in self._special)

    def prepare(self) -> None:
        """Find `controls` and `seams` before the first question: among 250,000 tokens it takes 0.2 s."""
        self._special  # noqa: B018 - the property is cached

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Return the tokens that end an answer."""
        return tuple(filter(self.is_end, range(self.size)))

    @property
    def begin(self) -> int | None:
        """Return the token that must begin every text, or None."""
        token = lib.llama_vocab_bos(self._pointer)
        return token if lib.llama_vocab_get_add_bos(self._pointer) and token >= 0 else None

    @property
    def begin_text(self) -> str:
        """Return the template's `bos_token`."""
        return self._text(lib.llama_vocab_bos(self._pointer))

    @property
    def end_text(self) -> str:
        """Return the template's `eos_token`."""
        return self._text(lib.llama_vocab_eos(self._pointer))

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the ids of `text`; control tokens in it are recognized only with `special`."""
        data = text.encode()
        room = len(data) + 16
        while True:
            tokens = (lib.llama_token * room)()
            count = lib.llama_tokenize(self._pointer, data, len(data), tokens, room, False, special)
            if count >= 0:
                return tokens[:count]
            room = -count

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token, which may end inside a character; a control token's text."""
        length = lib.llama_token_to_piece(self._pointer, token, self._buffer, len(self._buffer), 0, True)
        if length < 0:
            self._buffer = ctypes.create_string_buffer(-length)
            return self.piece(token)
        return self._buffer.raw[:length]

    def is_end(self, token: int) -> bool:
        """Return whether the token ends an answer."""
        return bool(lib.llama_vocab_is_eog(self._pointer, token))

    def equals(self, other: Vocab) -> bool:
        """Return whether both have the same tokens under the same ids."""
        if (self.size, self.begin) != (other.size, other.begin):
            return False
        return all(self._text(token) == other._text(token) for token in range(self.size))

    def _text(self, token: int) -> str:
        return text_of(lib.llama_vocab_get_text(self._pointer, token)) if token >= 0 else ""

    @cached_property
    def _special(self) -> tuple[tuple[int, str], ...]:
        """Return the attributes and the text of every token that the tokenizer never splits."""
        all_attributes = (lib.llama_vocab_get_attr(self._pointer, token) for token in range(self.size))
        found = ((each, self._text(token)) for token, each in enumerate(all_attributes) if each & _SEAMS)
        return tuple((attributes, text) for attributes, text in found if text)


def text_of(data: bytes | None) -> str:
    """Return a C string as text; "" for None."""
    return (data or b"").decode(errors="replace")
