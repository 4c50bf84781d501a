"""Perplexity, bits per byte, and the most surprising words of a text, from log-probabilities."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest

from tui.chat.scores import TokenScore

_IDEOGRAPHS = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters and kana, which stand without spaces between them: each counts as a word."""

_WORD = re.compile(rf"(?!\s)[{_IDEOGRAPHS}]|(?:(?![{_IDEOGRAPHS}])\w)+(?:['’-](?:(?![{_IDEOGRAPHS}])\w)+)*|[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Surprise:
    """How surprising a text was: so many bits over so many tokens, which are so many bytes of UTF-8."""

    bits: float
    tokens: int
    bytes: int

    @property
    def bits_per_byte(self) -> float:
        """Return what tells models with different tokenizers apart; the less, the likelier the text."""
        return self.bits / self.bytes if self.bytes else 0.0

    @property
    def perplexity(self) -> float:
        """Two to the power of the bits per token, as llama-perplexity counts it; inf where that is beyond a float."""
        try:
            return 2.0 ** (self.bits / self.tokens) if self.tokens else 1.0
        except OverflowError:
            return math.inf


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, at a byte of it, and how surprising it was in bits."""

    text: str
    start: int
    bits: float


def surprise_of(scores: Iterable[TokenScore]) -> Surprise:
    """Return the surprise of all tokens together."""
    known = tuple(scores)
    bits = math.fsum(-each.log_prob for each in known) / math.log(2)
    return Surprise(bits, len(known), sum(each.end - each.start for each in known))


def together(parts: Iterable[Surprise]) -> Surprise:
    """Return the surprise of several texts, as if they were one."""
    known = tuple(parts)
    return Surprise(
        math.fsum(each.bits for each in known), sum(each.tokens for each in known), sum(each.bytes for each in known)
    )


def words(text: str, scores: Sequence[TokenScore]) -> tuple[Word, ...]:
    """Return the words of `text` that `scores`, in their order, say something of.

    A token that holds parts of several words gives each its share by bytes; what is nothing but white space belongs to
    no word.
    """
    first = 0
    spans = list(_spans(text))
    bits = [0.0] * len(spans)
    met = [False] * len(spans)
    for score in scores:
        while first < len(spans) and spans[first][2] <= score.start:
            first += 1
        for index, share in _shares(spans, first, score):
            bits[index] -= share * score.log_prob / math.log(2)
            met[index] = True
    return tuple(Word(word, start, bits[index]) for index, (word, start, _) in enumerate(spans) if met[index])


def most_surprising(found: Iterable[Word], count: int) -> tuple[Word, ...]:
    """Return the words that surprised most, the greatest surprise first."""
    return tuple(nlargest(count, found, key=lambda word: word.bits))


def _spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of `text` and the bytes at which they start and end."""
    at, seen = 0, 0
    for match in _WORD.finditer(text):
        start = at + _size(text[seen : match.start()])
        at, seen = start + _size(match[0]), match.end()
        yield match[0], start, at


def _size(text: str) -> int:
    # Half a surrogate pair has the size of the U+FFFD that an engine reads in its place.
    return len(text.encode("utf-8", "surrogatepass"))


def _shares(spans: Sequence[tuple[str, int, int]], first: int, score: TokenScore) -> list[tuple[int, float]]:
    """Return the words that a token holds parts of, and its share in each."""
    overlaps = []
    for index in range(first, len(spans)):
        _, start, end = spans[index]
        if start >= score.end:
            break
        overlaps.append((index, min(end, score.end) - max(start, score.start)))
    total = sum(size for _, size in overlaps)
    return [(index, size / total) for index, size in overlaps]
