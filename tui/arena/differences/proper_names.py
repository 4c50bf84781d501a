"""Names in prose: capitalized ones, and Chinese ones in book marks and quotes."""

import re
from collections.abc import Iterator

from tui.arena.differences.facts import Fact, Kind

_CAPITAL = r"[A-ZÀ-ÖØ-Þ](?:[\w&]|[’'.-](?=\w))*"
_SMALL = r"(?:of|the|de|la|le|von|van|der|den|du|del|di|da|bin|al|y)"
_NAME = re.compile(rf"(?<![\w@#/.])(?:{_CAPITAL})(?:[ \u00a0](?:{_SMALL}[ \u00a0]){{0,2}}{_CAPITAL})*(?![\w/@])")
_QUOTED = re.compile(r"《(?P<book>[^《》\n]{1,40})》|[“「『](?P<quote>[^“”「」『』\n]{1,20})[”」』]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_OPENING = re.compile(r"(?:^|\n|[.!?:。！？：;；]|\A)[\s\"'“‘(\[*_#>•`-]*(?:\d+[.)])?[\s\"'“‘(\[*_-]*\Z")
_HEADING = re.compile(r"^[ \t]*#[^\n]*$", re.MULTILINE)

_SENTENCE_WORDS = (
    "A About After All Also Although An And Another Answer Any Are As At Because Before Both But By Can Could Did "
    "Do Does During Each Either Every Finally First For From Had Has Have He Her Here His How However I If In Is "
    "It Its Just Let Many May Maybe Might More Moreover Most Mr Mrs Ms Must My Neither Next No Nor Not Note Now "
    "Of On Once One Only Or Other Our Over Please Second She Should Since So Some Such Sure Than That The Their "
    "Them Then There Therefore These They Third This Those Though Thus To Today Two Under Unlike Until Up Was We "
    "Well Were What When Where Whether Which While Who Why Will With Within Without Would Yes Yet You Your OK "
    "Okay True False Hello Hi"
)

_PLAIN = frozenset(re.findall(r"\S+", _SENTENCE_WORDS))


def mentions(prose: str) -> Iterator[Fact]:
    """Names of one or more capitalized words, the first word of a sentence not among them, and quoted Chinese ones."""
    text = _HEADING.sub(lambda found: " " * len(found[0]), prose)
    for found in _NAME.finditer(text):
        yield from _named(text, found.start(), found.end())
    for found in _QUOTED.finditer(prose):
        part = "book" if found["book"] else "quote"
        if _HAN.search(found[part]):
            yield Fact(*found.span(part), Kind.NAME, found[part])


def _named(prose: str, start: int, end: int) -> Iterator[Fact]:
    """The name at `prose[start:end]` less the plain words before it; a lone word that opens a sentence is none."""
    opens = _OPENING.search(prose, max(0, start - 40), start) is not None
    words = list(re.finditer(r"\S+", prose[start:end]))
    while words and (words[0][0] in _PLAIN or words[0][0].startswith(("I'", "I’")) or words[0][0].islower()):
        words, opens = words[1:], False
    if not words or (opens and len(words) == 1):
        return
    begin = start + words[0].start()
    name = " ".join(prose[begin:end].split())
    if len(name) > 1:
        yield Fact(begin, end, Kind.NAME, name)
