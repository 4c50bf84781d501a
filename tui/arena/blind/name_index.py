"""Names of models and their makers, found in a text together with the versions that follow them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tui.arena.blind.maker_names import MAKERS, Maker, Spellings
from tui.arena.blind.normalization import SEPARATOR, Normalized

_SIZE = re.compile(r"[\s\-_/]+(?=v?\d)|[\s\-_/]*\(")
_COINED = re.compile(r"[a-z][A-Z]|\d$|\w\s+\w")
_ANY_MODEL = frozenset(
    {"assistant", "base", "chat", "instruct", "local", "model", "test", "tiny", "unknown", "weights"}
)

_MOST_PARTS = 8
_PART = re.compile(r"(?P<gap>[-. ]?)(?P<part>[a-z0-9]+(?:\.(?=\d)[a-z0-9]+)*)")
_KIND = re.compile(
    "air|base|chat|cloud|code|coder|distill|edge|exp|flash|gguf|haiku|instruct|it|large|lite|math|max|medium|mini|moe|nano|"
    "next|omni|opus|plus|preview|pro|reasoner|reasoning|small|sonnet|thinking|tiny|turbo|ultra|vision|vl"
)
_NUMBER = re.compile(r"v?\d{1,2}(?:\.\d+)*[a-z]?|\d+(?:\.\d+)?[bm]|[a-z]\d{1,2}(?:\.\d+)?b?")
_FILE = re.compile(r"gguf|i?q\d\w*|b?f16|f32")
_LONGEST_PART = 24


@dataclass(frozen=True, slots=True)
class Name:
    """What a spelling means: the index of its maker, a model or the maker itself, and whether it means nothing else."""

    maker: int
    is_model: bool
    unique: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a normalized text, from `start` to `end`; a version ends it where `versioned`."""

    name: Name
    start: int
    end: int
    versioned: bool


class NameIndex:
    """All known names, and those of the two models, `participants`, whom no list has to know."""

    def __init__(self, participants: Iterable[str]) -> None:
        self._patterns: dict[str, list[tuple[re.Pattern[str], Name]]] = defaultdict(list)
        self._makers = 0
        for maker in MAKERS:
            self._add(maker)
        self.present = frozenset(index for each in participants for index in self._makers_in(each))
        """The makers of the two models."""

    def find(self, text: Normalized) -> Iterator[Found]:
        """Yield the names in `text` from left to right, the longest at each place."""
        at = 0
        while at < len(text.text):
            found = self._at(text, at) if _begins(text.text, at) else None
            if found is not None:
                yield found
            at = found.end if found is not None else at + 1

    def _at(self, text: Normalized, start: int) -> Found | None:
        for pattern, name in self._patterns.get(text.text[start], ()):
            match = pattern.match(text.text, start)
            if match is not None and _ends(text, match.end(), unique=name.unique):
                end = _past_version(text, match.end()) if name.is_model else match.end()
                versioned = any(char.isdigit() for char in text.text[match.end() : end])
                return Found(name, start, end, versioned)
        return None

    def _add(self, maker: Maker) -> None:
        for spellings, is_model in ((maker.models, True), (maker.names, False)):
            for words, unique in ((spellings.unique, True), (spellings.common, False)):
                for word in words:
                    letters = Normalized.of(word).text.replace(" ", "")
                    pattern = re.compile(f"{SEPARATOR}?".join(map(re.escape, letters)))
                    self._patterns[letters[0]].append((pattern, Name(self._makers, is_model, unique)))
        for patterns in self._patterns.values():
            patterns.sort(key=lambda each: -len(each[0].pattern))
        self._makers += 1

    def _makers_in(self, participant: str) -> set[int]:
        known = {found.name.maker for found in self.find(Normalized.of(participant))}
        return known or self._unknown(participant)

    def _unknown(self, participant: str) -> set[int]:
        """Add a name that no list knows. A plain word such as "Spark" may mean more than the model."""
        word = re.sub(r"[^\w\s]|_", " ", _SIZE.split(participant.strip(), maxsplit=1)[0])
        spelling = word.strip(" 0123456789")
        if len(spelling) < 3 or spelling.lower() in _ANY_MODEL:
            return set()
        unique = bool(_COINED.search(word.strip()))
        self._add(Maker(Spellings((spelling,), ()) if unique else Spellings((), (spelling,)), Spellings()))
        return {self._makers - 1}


def _begins(text: str, at: int) -> bool:
    """Return whether a name may begin at `at`: a Latin one not within a word."""
    return not (at and text[at].isascii() and text[at - 1].isascii() and text[at - 1].isalnum())


def _ends(text: Normalized, end: int, *, unique: bool) -> bool:
    """Return whether a name may end there: within a Latin word only a unique one does, before a capital.

    So Qwen ends in QwenVL, and 混元 in 混元AI, but GPT not in GPTune.
    """
    last, after = text.text[end - 1], text.text[end : end + 1]
    within = last.isascii() and after.isascii() and after.isalpha()
    return not within or (unique and text.is_upper(end))


def _past_version(text: Normalized, end: int) -> int:
    """Return where a name ends with all that belongs to it, as in "Qwen 2.5-Coder-0.5B"."""
    for _ in range(_MOST_PARTS):
        match = _PART.match(text.text, end)
        if match is None or not _belongs(match["gap"], match["part"], upper=text.is_upper(match.start("part"))):
            break
        end = match.end()
    return end


def _belongs(gap: str, part: str, *, upper: bool) -> bool:
    if len(part) > _LONGEST_PART:
        return False
    match gap:
        case "":
            return part[0].isdigit() or upper
        case "-":
            return bool(_KIND.fullmatch(part)) or any(char.isdigit() for char in part)
        case " ":
            return bool(_NUMBER.fullmatch(part) or (_KIND.fullmatch(part) and upper))
        case _:
            return _FILE.fullmatch(part) is not None
