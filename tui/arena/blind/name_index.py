"""Names of models and their makers, found in a text together with the versions that follow them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tui.arena.blind.maker_names import NAMES, Name
from tui.arena.blind.normalization import Normalized

_START = re.compile(r"(?<![A-Za-z\d])[A-Za-z\d]|[^\x00-\x7f]", re.ASCII)
"""Where a name may begin: a Latin one not within a word, but for a break in the word."""

_SIZE = re.compile(r"[\s\-_/]+(?=v?\d)|[\s\-_/]*\(")
_COINED = re.compile(r"[a-z][A-Z]|\d$|\w\s+\w")
_ANY_MODEL = frozenset(
    {"assistant", "base", "chat", "instruct", "local", "model", "test", "tiny", "unknown", "weights"}
)

_KIND = (
    "air|base|chat|cloud|code|coder|distill|edge|exp|flash|gguf|haiku|instruct|it|large|lite|math|max|medium|mini|moe|nano|"
    "next|omni|opus|plus|preview|pro|reasoner|reasoning|small|sonnet|thinking|tiny|turbo|ultra|vision|vl"
)
_NUMBER = r"v?\d{1,2}(?:\.\d+)*[a-z]?|\d+(?:\.\d+)?[bm]|[a-z]\d{1,2}(?:\.\d+)?b?"
_END = r"(?!\.?\d|[A-Za-z])"
_VERSION = re.compile(
    rf"(?:(?:[A-Z\d]|-(?=[A-Za-z]*\d))[A-Za-z\d]*(?:\.\d[A-Za-z\d]*)*|-(?i:{_KIND}){_END}|"
    rf" (?:(?i:{_NUMBER})|(?=[A-Z])(?i:{_KIND})){_END}|\.(?i:gguf|i?q\d[a-z\d]*|b?f16|f32){_END})*",
    re.ASCII,
)
"""What belongs to a name before it, as in "Qwen 2.5-Coder-0.5B"."""


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a normalized text, from `start` to `end`; a version ends it where `versioned`."""

    name: Name
    start: int
    end: int
    versioned: bool


class NameIndex:
    """All known names, and those of the two models, `participants`, which need not be known."""

    def __init__(self, participants: Iterable[str]) -> None:
        self._names: dict[str, Name] = {}
        self._prefixes: set[str] = set()
        for name in NAMES:
            self._add(name)
        self.present = frozenset(maker for each in participants for maker in self._makers_in(each))
        """The makers of the two models."""

    def find(self, text: Normalized) -> Iterator[Found]:
        """Yield the names in `text` from left to right, the longest at each place. They may overlap."""
        for start in sorted(text.breaks.union(match.start() for match in _START.finditer(text.text))):
            found = self._at(text, start)
            if found is not None:
                yield found

    def _at(self, text: Normalized, start: int) -> Found | None:
        spelled = self._spelled(text, start)
        if spelled is None:
            return None
        name, end = spelled
        version = _VERSION.match(text.text, end) if name.is_model else None
        belongs = version[0] if version is not None else ""
        return Found(name, start, end + len(belongs), versioned=any(map(str.isdigit, belongs)))

    def _spelled(self, text: Normalized, start: int) -> tuple[Name, int] | None:
        """Return the longest name that begins at `start`, and its end. Single separators within it are passed over."""
        longest = None
        letters, gap = "", True
        for at in range(start, len(text.text)):
            char = text.text[at]
            if _separates(char):
                if gap:
                    break
                gap = True
                continue
            letters, gap = letters + char.lower(), False
            if letters not in self._prefixes:
                break
            name = self._names.get(letters)
            if name is not None and _ends(text, at + 1, unique=name.unique):
                longest = name, at + 1
        return longest

    def _add(self, name: Name) -> None:
        letters = "".join(char for char in name.spelling.lower() if not _separates(char))
        self._names.setdefault(letters, name)
        self._prefixes.update(letters[:end] for end in range(1, len(letters) + 1))

    def _makers_in(self, participant: str) -> set[str]:
        known = {found.name.maker for found in self.find(Normalized.of(participant))}
        return known or self._unknown(participant)

    def _unknown(self, participant: str) -> set[str]:
        """Add a name that is not known. A plain word such as "Spark" may mean more than the model."""
        word = re.sub(r"[^\w\s]|_", " ", _SIZE.split(participant.strip(), maxsplit=1)[0])
        spelling = word.strip(" 0123456789")
        if len(spelling) < 3 or spelling.lower() in _ANY_MODEL:
            return set()
        spelling = Normalized.of(spelling).text
        self._add(Name(spelling, spelling, is_model=True, unique=bool(_COINED.search(word.strip()))))
        return {spelling}


def _separates(char: str) -> bool:
    """Return whether `char` may stand between two letters of a name."""
    return char.isspace() or char in "-‐‑‒–—−.·・•"


def _ends(text: Normalized, end: int, *, unique: bool) -> bool:
    """Return whether a name may end there: within a Latin word only a unique one does, before a capital.

    So Qwen ends in QwenVL, and 混元 in 混元AI, but GPT not in GPTune.
    """
    last, after = text.text[end - 1], text.text[end : end + 1]
    within_word = last.isascii() and after.isascii() and after.isalpha() and end not in text.breaks
    return not within_word or (unique and after.isupper())
