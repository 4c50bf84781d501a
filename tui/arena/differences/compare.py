"""The facts that only one of two answers states."""

import re
from dataclasses import dataclass

from tui.arena.differences.extraction import facts_in
from tui.arena.differences.facts import Fact, Kind
from tui.chat.conversation import Side

_SYMBOL = re.compile(r"[\w$]+")
_EMPHASIS = re.compile(r"[*_`\u200b]+")


@dataclass(frozen=True, slots=True)
class Parting:
    """A fact that `side` states, at each of `spans` of its text, and the other does not.

    A span is where the fact begins and ends, in characters of the raw answer. Two answers that open with yes and with
    no make two partings, one a side.
    """

    kind: Kind
    value: str
    side: Side
    spans: tuple[tuple[int, int], ...]


def partings(left: str, right: str) -> tuple[Parting, ...]:
    """Return what `left` states and `right` does not, and the other way round, by the place where each is first stated.

    The same fact in another spelling is the same: 1,000 and 一千, "50 %" and "50 percent", 3 km and 3 kilometers,
    3 May 1998 and 1998年5月3日. A number also stands where a date or an amount holds it; a name and a code symbol stand
    wherever the other text has the words. Units are not converted, and names are not translated.
    """
    facts = {Side.LEFT: facts_in(left), Side.RIGHT: facts_in(right)}
    texts = {Side.LEFT: left, Side.RIGHT: right}
    found = [parting for side in Side for parting in _alone(side, facts[side], facts[side.other], texts[side.other])]
    return tuple(sorted(found, key=lambda parting: (parting.spans[0][0], parting.side)))


def _alone(side: Side, own: tuple[Fact, ...], others: tuple[Fact, ...], other: str) -> list[Parting]:
    stated = frozenset().union(*(fact.covers for fact in others))
    prose, symbols = _plain(other), frozenset(_SYMBOL.findall(other))
    spans: dict[tuple[Kind, str], list[tuple[int, int]]] = {}
    for fact in own:
        match fact.kind:
            case Kind.NAME:
                said = _holds(prose, _plain(fact.value))
            case Kind.CODE:
                said = symbols.issuperset(_SYMBOL.findall(fact.value))
            case _:
                said = (fact.kind, fact.value) in stated
        if not said:
            spans.setdefault((fact.kind, fact.value), []).append((fact.start, fact.end))
    return [Parting(kind, value, side, tuple(places)) for (kind, value), places in spans.items()]


def _holds(prose: str, name: str) -> bool:
    return name in prose and re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", prose) is not None


def _plain(text: str) -> str:
    return " ".join(_EMPHASIS.sub("", text).casefold().split())
