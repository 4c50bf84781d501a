"""Extraction of the facts that a text states, and where it states them."""

import re
from collections.abc import Iterator
from decimal import Decimal

from tui.arena.differences.chinese_numerals import numeral, numerals
from tui.arena.differences.code import Region, blanked, regions, symbols
from tui.arena.differences.dates import dates
from tui.arena.differences.facts import Fact, Kind
from tui.arena.differences.numbers import Number, digits, plain, words
from tui.arena.differences.proper_names import mentions
from tui.arena.differences.units import currency_before, unit_after
from tui.arena.differences.yes_no import verdict

_WIDE = str.maketrans("０１２３４５６７８９％．－／：", "0123456789%.-/:")
_MARKER = re.compile(
    r"^[ \t]*(?:[#>*•-]+[ \t]*)*(?:(?:Step|步骤)[ \t]*)?\(?(?P<number>\d{1,3})(?:[.):](?=[\s*])|、)",
    re.MULTILINE | re.IGNORECASE,
)
_SHARES = re.compile(
    r"百分之(?P<percent>[\d.]+|[零〇一二两三四五六七八九十百点]{1,12})"
    r"|(?P<parts>[一二两三四五六七八九十百千]{1,8})分之(?P<part>[一二两三四五六七八九十百千]{1,8})"
)
_GLUED = re.compile(r"(?!(?:st|nd|rd|th)\b)[A-Za-z_]")
_LITERAL = re.compile(r"(?<![\w.])-?(?:\d{1,80}(?:\.\d{1,80})?|\.\d{1,80})(?!\w|\.\d)")
_LOOSE = frozenset({"day", "year", "month", "week", "°"})
"""Units that 一 and "one" mean nothing exact with: one day, 一度."""


def facts_in(text: str) -> tuple[Fact, ...]:
    """Return every fact that `text` states, by place; where two would overlap, the one that says more stands."""
    code = regions(text)
    flat = text.translate(_WIDE)
    prose = blanked(flat, code)
    read = (
        _opening(prose),
        dates(prose),
        _shares(prose),
        symbols(text, code),
        _amounts(_without_markers(prose)),
        *(_plain_numbers(flat, region) for region in code),
        mentions(prose),
    )
    kept: list[Fact] = []
    taken = bytearray(len(text))
    for fact in (fact for facts in read for fact in facts):
        if not any(taken[fact.start : fact.end]):
            taken[fact.start : fact.end] = b"\x01" * (fact.end - fact.start)
            kept.append(fact)
    return tuple(sorted(kept))


def _opening(prose: str) -> Iterator[Fact]:
    found = verdict(prose)
    if found:
        yield found


def _without_markers(prose: str) -> str:
    """`prose` with the numbers of its lists blank: a 1, and each number that follows on one before it."""
    seen, blanks = {0}, []
    for marker in _MARKER.finditer(prose):
        number = int(marker["number"])
        if number - 1 in seen:
            seen.add(number)
            blanks.append(Region(*marker.span("number"), named=False))
    return blanked(prose, blanks)


def _shares(prose: str) -> Iterator[Fact]:
    """百分之五十 and 三分之一."""
    for found in _SHARES.finditer(prose):
        if found["percent"]:
            value = numeral(found["percent"]) or next((each.value for each in digits(found["percent"])), None)
            kind, value = Kind.QUANTITY, value and f"{value} %"
        else:
            part, parts = numeral(found["part"]), numeral(found["parts"])
            kind, value = Kind.NUMBER, part and parts and f"{part}/{parts}"
        if value:
            yield Fact(found.start(), found.end(), kind, value)


def _amounts(prose: str) -> Iterator[Fact]:
    for numbers in (digits, words, numerals):
        for number in numbers(prose):
            fact = _amount(prose, number)
            if fact:
                yield fact


def _amount(prose: str, number: Number) -> Fact | None:
    """The number with its unit or currency; None for a weak one without, and for what is part of a word ("3D")."""
    after = unit_after(prose, number.end)
    if after and not (number.weak and after[0] in _LOOSE):
        return Fact(number.start, after[1], Kind.QUANTITY, f"{number.value} {after[0]}")
    before = currency_before(prose, number.start, number.end)
    if before:
        return Fact(before[1], number.end, Kind.QUANTITY, f"{number.value} {before[0]}")
    if number.weak or _GLUED.match(prose, number.end):
        return None
    return Fact(number.start, number.end, Kind.NUMBER, number.value)


def _plain_numbers(text: str, region: Region) -> Iterator[Fact]:
    """Yield the numbers in code, where a comma groups nothing."""
    for found in _LITERAL.finditer(text, region.start, region.end):
        yield Fact(found.start(), found.end(), Kind.NUMBER, plain(Decimal(found[0])))
