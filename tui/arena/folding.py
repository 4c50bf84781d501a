"""Owns how a text is matched: letters that look alike fold to one, and reading ahead stops where the text does."""

import re
import unicodedata

_EMPHASIS = frozenset("*_`~")

_JOINT = re.compile(r"(?<=[^\W_])_(?=[^\W_])")

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕкмтвнԛԝɡοανικρτυχ’‘ʼ“”„‟",
    'aeopcyxijskmtbhqwgoavikptyx\'\'\'""""',
)
"""Cyrillic and Greek letters that pass for Latin ones, and curly quotes: small letters, since case goes first."""

_SEPARATORS = frozenset("-‐‑‒–—−.·・•")


class ShortError(Exception):
    """What has to be read has not arrived."""


class Lookahead:
    """Text that arrives: reading beyond it raises `ShortError` while more may come, and gives "" once it is whole."""

    def __init__(self, text: str, *, whole: bool) -> None:
        self._text = text
        self._whole = whole

    def __getitem__(self, index: int) -> str:
        if index < len(self._text):
            return self._text[index]
        if self._whole:
            return ""
        raise ShortError

    def has(self, index: int) -> bool:
        """Whether a character has arrived there."""
        return index < len(self._text)

    def cut(self, start: int, end: int) -> str:
        """The raw characters from `start` to `end`."""
        return self._text[start:end]


def emphasis(text: str) -> str:
    """The marks of Markdown's emphasis in `text`, so that those within a name still pair with those around it."""
    return "".join(char for char in _JOINT.sub("", text) if char in _EMPHASIS)


def folded(char: str) -> str:
    """What `char` is matched as: small, plain, Latin where it looks so; "" for what is invisible or mere emphasis."""
    if char.isascii():
        return "" if char in _EMPHASIS or char == "\r" else char.lower()
    plain = unicodedata.normalize("NFKD", char).casefold().translate(_LOOKALIKES)
    return "".join(part for part in plain if unicodedata.category(part) not in {"Cf", "Mn", "Me"})


def separates(fold: str) -> bool:
    """Whether a folded character may stand between the words of a name."""
    return fold.isspace() or fold in _SEPARATORS


def fold(text: str) -> str:
    """All of `text`, folded."""
    return "".join(map(folded, text))
