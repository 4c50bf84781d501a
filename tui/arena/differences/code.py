"""Code in an answer: its fences and spans, and the symbols in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.arena.differences.facts import Fact, Kind

_FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,})(?P<kind>[^\n`]*)\n(?P<body>.*?)(?:^[ \t]*(?P=mark)`*~*[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_SPAN = re.compile(r"(?<!`)`(?P<body>[^`\n]+)`(?!`)")
_CALL = re.compile(r"(?<![\w.`])[A-Za-z_][\w.]*(?=\(\))")
_QUIET = re.compile(
    r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|(?:#|//|-- ).*?$", re.MULTILINE | re.DOTALL
)
_SYMBOL = re.compile(r"(?<![\w$])[A-Za-z_$][\w$]+")
_CODELIKE = re.compile(r"\w\(|_|[a-z][A-Z]|\d")

_RESERVED = (
    "and as async await auto begin bool boolean break by case catch char class const continue def default del "
    "delete do double elif else end enum except export extends extern False false final finally float fn for from "
    "func function global goto go group if impl import in include inline insert int interface into is join lambda "
    "let local long loop match mod mut namespace new nil None nonlocal not null Null of on or order pass private "
    "protected pub public raise return self Self short signed sizeof static str string struct super switch "
    "template then this throw throws true True try type typedef typename union unsigned unless until update use "
    "using values var virtual void when where while with yield SELECT FROM WHERE AND OR NOT INSERT INTO UPDATE "
    "DELETE SET VALUES JOIN ON AS ORDER GROUP BY LIMIT CREATE TABLE NULL"
)

_KEYWORDS = frozenset(re.findall(r"\S+", _RESERVED))


@dataclass(frozen=True, slots=True)
class Region:
    """Code at `text[start:end]`; `named` says that its language is given, so that every word in it is a symbol."""

    start: int
    end: int
    named: bool


def regions(text: str) -> tuple[Region, ...]:
    """Return the insides of fences, an open one too, and of spans, in order."""
    fences = list(_FENCE.finditer(text))
    found = [Region(*fence.span("body"), _is_named(fence["kind"])) for fence in fences]
    prose = blanked(text, [Region(*fence.span(), named=False) for fence in fences])
    found.extend(Region(*span.span("body"), named=True) for span in _SPAN.finditer(prose))
    return tuple(sorted(found, key=lambda region: region.start))


def _is_named(kind: str) -> bool:
    return kind.strip().lower() not in {"", "text", "markdown"}


def blanked(text: str, blanks: Sequence[Region]) -> str:
    """`text` with those regions, which are in order, blank; every other character stays where it was."""
    pieces, at = [], 0
    for region in blanks:
        pieces += [text[at : region.start], " " * (region.end - region.start)]
        at = region.end
    return "".join((*pieces, text[at:]))


def symbols(text: str, code: tuple[Region, ...]) -> Iterator[Fact]:
    """The names in code, keywords, strings and comments left out, and the functions that prose names, as in run()."""
    for region in code:
        quiet = _QUIET.sub(lambda found: " " * len(found[0]), text[region.start : region.end])
        for found in _SYMBOL.finditer(quiet):
            around = quiet[found.start() : found.end() + 1]
            if found[0] not in _KEYWORDS and (region.named or _CODELIKE.search(around)):
                yield Fact(region.start + found.start(), region.start + found.end(), Kind.CODE, found[0])
    for found in _CALL.finditer(blanked(text, code)):
        yield Fact(found.start(), found.end(), Kind.CODE, found[0])
