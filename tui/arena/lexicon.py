"""Owns which names can tell who speaks: those of every house, and of the players at the table."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from tui.arena.folding import Lookahead, fold, folded, separates
from tui.arena.houses import HOUSES, House, Words

_SIZE = re.compile(r"[\s\-_/]+(?=v?\d)|[\s\-_/]*\(")
_COINED = re.compile(r"[a-z][A-Z]|\d$|\w\s+\w")
_NUMBERED = " 0123456789"
_ANY_MODEL = frozenset(
    {"assistant", "base", "chat", "instruct", "local", "model", "test", "tiny", "unknown", "weights"}
)


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling's meaning: whose it is, whether a product or a maker, and whether it means nothing else."""

    house: int
    product: bool
    sure: bool


@dataclass(slots=True)
class Node:
    """A place in the tree of spellings; `name` is what has been spelled on the way here."""

    next: dict[str, "Node"] = field(default_factory=dict)
    name: Name | None = None

    def add(self, spelling: str, name: Name | None) -> None:
        """Makes `spelling` lead to `name`; a spelling that is there already keeps its first meaning."""
        node = self
        for char in spelling:
            node = node.next.setdefault(char, Node())
        node.name = node.name or name


@dataclass(frozen=True, slots=True)
class Hit:
    """A name that ends before `end`."""

    name: Name
    end: int


def longest(root: Node, ahead: Lookahead, start: int) -> Hit | None:
    """The longest name that begins at `start` and may end there, emphasis and the invisible within it passed over."""
    node, at, hit = root, start, None
    while node.next:
        step: Node | None = node
        for char in folded(ahead[at]):
            step = step and step.next.get(" " if separates(char) else char)
        if step is None or not ahead.has(at):
            break
        at, node = at + 1, step
        hit = Hit(node.name, at) if node.name and ends(node.name, ahead[at - 1], ahead[at]) else hit
    return hit


def _variants(spelling: str) -> Iterator[str]:
    """How a name is written: its words apart or together, or every letter apart."""
    words = fold(spelling).split()
    for gaps in product(("", " "), repeat=len(words) - 1):
        yield "".join(word + gap for word, gap in zip(words, (*gaps, ""), strict=True))
    letters = "".join(words)
    if len(letters) > 2:
        yield " ".join(letters)


class Lexicon:
    """Every name, which of them are at the table, and which the user said first."""

    def __init__(self, participants: Iterable[str], question: str) -> None:
        self.root = Node()
        self._houses = list(HOUSES)
        for index, house in enumerate(HOUSES):
            self._add(index, house)
        self._table: set[int] = set()
        for participant in participants:
            self._table |= {name.house for name in self._names_in(participant)} or self._unknown(participant)
        self._said = {(name.house, name.product) for name in self._names_in(question)}

    def telling(self, name: Name) -> bool:
        """Whether `name` is a player's or its maker's, and not the user's own word."""
        return self.models(name.house) and not self.said(name.house, product=name.product)

    def models(self, house: int) -> bool:
        """Whether a player is of `house`."""
        return house in self._table

    def said(self, house: int, *, product: bool) -> bool:
        """Whether the user named a product of `house`, or else a maker of it."""
        return (house, product) in self._said

    def _add(self, index: int, house: House) -> None:
        for words, is_product in ((house.products, True), (house.makers, False)):
            for spellings, sure in ((words.sure, True), (words.common, False)):
                for variant in (variant for spelling in spellings for variant in _variants(spelling)):
                    self.root.add(variant, Name(index, is_product, sure))

    def _unknown(self, participant: str) -> set[int]:
        """A house for a player whom the list does not know; a plain word such as "Spark" may mean more than it."""
        word = re.sub(r"[^\w\s]|_", " ", _SIZE.split(participant.strip(), maxsplit=1)[0])
        spelling = word.strip(_NUMBERED)
        if len(spelling) < 3 or spelling.lower() in _ANY_MODEL:
            return set()
        sure = bool(_COINED.search(word.strip()))
        self._houses.append(House(Words((spelling,), ()) if sure else Words((), (spelling,)), Words()))
        self._add(len(self._houses) - 1, self._houses[-1])
        return {len(self._houses) - 1}

    def _names_in(self, text: str) -> Iterator[Name]:
        ahead = Lookahead(text, whole=True)
        at = 0
        while at < len(text):
            hit = longest(self.root, ahead, at) if begins(text[at - 1] if at else "", text[at]) else None
            if hit:
                yield hit.name
            at = max(at + 1, hit.end if hit else 0)


def begins(before: str, char: str) -> bool:
    """Whether a name may begin with `char` after `before`: a Latin one not within a word."""
    first, last = folded(char)[:1], folded(before)[-1:]
    return bool(first) and not (first.isascii() and last.isascii() and last.isalnum())


def ends(name: Name, last: str, char: str) -> bool:
    """Whether a name may end with `last` before `char`: within a Latin word only a sure one does, before a capital.

    So Qwen ends in QwenVL, and 混元 in 混元AI, but GPT not in GPTune.
    """
    end, after = folded(last)[-1:], folded(char)[:1]
    within = end.isascii() and after.isascii() and after.isalpha()
    return bool(end) and (not within or (name.sure and char.isupper()))
