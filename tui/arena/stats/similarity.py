"""Similarity of two answers, from 0 to 1, in English, Chinese and code."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from tui.arena.differences.code import blanked, regions
from tui.arena.differences.extraction import facts_in
from tui.arena.differences.facts import Kind
from tui.arena.differences.final_answers import final_answer

SHORT = 12
"""Tokens up to which an answer is short: its final value then is all that it says."""

_PROSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+")
_CODE = re.compile(r"[\u3400-\u9fff]|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Profile:
    """What an answer is compared by: tokens, the facts that it states, and the value that it ends on."""

    tokens: tuple[str, ...]
    grams: Counter[tuple[str, ...]]
    facts: frozenset[tuple[Kind, str]]
    final: str | None


def profile(text: str) -> Profile:
    """What `text` is compared by; its tokens are small words, single Chinese characters, and in code signs too."""
    tokens = _tokens(text)
    grams = Counter([*((token,) for token in tokens), *pairwise(("", *tokens, ""))])
    facts = frozenset((fact.kind, fact.value) for fact in facts_in(text))
    return Profile(tokens, grams, facts, final_answer(text))


def similarity(one: Profile, other: Profile) -> float:
    """Return how alike two answers are: 1 for the same words, 0 for nothing in common; symmetric.

    Two short answers (at most SHORT tokens each) that both come down to a value are the same or not, by that value.
    Otherwise it is the mean of up to three shares: tokens and pairs of neighboring tokens in common (Dice's coefficient
    over both, counted as often as they occur: a pair is a two-character gram in Chinese), facts in common (Dice, where
    one of the two states any), and whether both end on the same value (where both have one).
    """
    if one == other:
        return 1.0
    valued = one.final is not None and other.final is not None
    same = float(one.final == other.final)
    if valued and max(len(one.tokens), len(other.tokens)) <= SHORT:
        return same
    shares = [_dice((one.grams & other.grams).total(), one.grams.total() + other.grams.total())]
    if one.facts or other.facts:
        shares.append(_dice(len(one.facts & other.facts), len(one.facts) + len(other.facts)))
    if valued:
        shares.append(same)
    return sum(shares) / len(shares)


def _dice(common: int, sizes: int) -> float:
    return 2 * common / sizes


def _tokens(text: str) -> tuple[str, ...]:
    code = regions(text)
    found = [(match.start(), match[0].casefold()) for match in _PROSE.finditer(blanked(text, code))]
    for region in code:
        found += [(match.start(), match[0]) for match in _CODE.finditer(text, region.start, region.end)]
    return tuple(unicodedata.normalize("NFKC", token) for _, token in sorted(found))
