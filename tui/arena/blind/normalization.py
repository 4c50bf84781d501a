"""Text normalized for matching names: lookalike letters become one, invisible characters and emphasis vanish."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

_EMPHASIS = frozenset("*_`~")
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
_WITHIN_WORD = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕкмтвнԛԝɡοανικρτυχАЕОРСУХІЈЅКМТВНԚԜΑΒΕΗΙΚΜΝΟΡΤΥΧ’‘ʼ“”„‟",
    'aeopcyxijskmtbhqwgoavikptyxAEOPCYXIJSKMTBHQWABEHIKMNOPTYX\'\'\'""""',
)
"""Cyrillic and Greek letters that look like Latin ones, and curly quotes."""


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text as it is matched; `places` are the indices of its characters in the raw text.

    `breaks` are the indices of characters before which something vanished.
    """

    text: str
    places: tuple[int, ...]
    breaks: frozenset[int]

    @classmethod
    def of(cls, raw: str) -> "Normalized":
        """Return `raw`, normalized. Case stays."""
        normalized = {char: _normalized(char) for char in set(raw)}
        pairs = [(part, place) for place, char in enumerate(raw) for part in normalized[char]]
        places = tuple(place for _, place in pairs)
        breaks = frozenset(index for index, (one, next_one) in enumerate(pairwise(places), 1) if next_one > one + 1)
        return cls("".join(part for part, _ in pairs), places, breaks)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters from `start` to `end` (not empty) stand in the raw text."""
        return self.places[start], self.places[end - 1] + 1


def emphasis(raw: str) -> str:
    """Return the marks of Markdown's emphasis in `raw`, so that those within a name still pair with those around it."""
    return "".join(char for char in _WITHIN_WORD.sub("", raw) if char in _EMPHASIS)


def _normalized(char: str) -> str:
    if char.isascii():
        return "" if char in _EMPHASIS or char == "\r" else char
    plain = unicodedata.normalize("NFKD", char).translate(_LOOKALIKES)
    return "".join(part for part in plain if unicodedata.category(part) not in _INVISIBLE)
