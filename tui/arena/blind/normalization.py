"""Text normalized for matching names: lookalike letters become one, invisible characters and emphasis vanish."""

import re
import unicodedata
from dataclasses import dataclass

_EMPHASIS = frozenset("*_`~")
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
_WITHIN_WORD = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕкмтвнԛԝɡοανικρτυχ’‘ʼ“”„‟",
    'aeopcyxijskmtbhqwgoavikptyx\'\'\'""""',
)
"""Cyrillic and Greek letters that look like Latin ones, and curly quotes. Small letters, since case goes first."""

SEPARATOR = r"[\s\-‐‑‒–—−.·・•]"
"""What may stand between the letters of a name: a pattern for one character."""


@dataclass(frozen=True, slots=True)
class Normalized:
    """A `raw` text as it is matched; `places` are the indices of its characters in the raw text, and its length."""

    raw: str
    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, raw: str) -> "Normalized":
        """Return `raw`, normalized."""
        pairs = [(part, place) for place, char in enumerate(raw) for part in _normalized(char)]
        text = "".join(part for part, _ in pairs)
        return cls(raw, text, (*(place for _, place in pairs), len(raw)))

    def is_upper(self, index: int) -> bool:
        """Return whether the character at `index` was a capital."""
        return index < len(self.text) and self.raw[self.places[index]].isupper()

    def is_lower(self, index: int) -> bool:
        """Return whether the character at `index` was a small letter."""
        return index < len(self.text) and self.raw[self.places[index]].islower()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters from `start` to `end` (not empty) stand in the raw text."""
        return self.places[start], self.places[end - 1] + 1


def emphasis(raw: str) -> str:
    """Return the marks of Markdown's emphasis in `raw`, so that those within a name still pair with those around it."""
    return "".join(char for char in _WITHIN_WORD.sub("", raw) if char in _EMPHASIS)


def _normalized(char: str) -> str:
    if char.isascii():
        return "" if char in _EMPHASIS or char == "\r" else char.lower()
    plain = unicodedata.normalize("NFKD", char).casefold().translate(_LOOKALIKES)
    return "".join(part for part in plain if unicodedata.category(part) not in _INVISIBLE)
