"""Numbers in Chinese numerals."""

import re
from collections.abc import Iterator

from tui.arena.differences.numbers import Number

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}

_LONGEST = 40
_RUN = re.compile("[零〇一二两兩三四五六七八九十百千万萬亿億]+(?:点[零〇一二三四五六七八九]+)?")
_COUNTED = re.compile("[个個只名位次年月日天条张張本岁歲颗家座辆台间倍项件块层级章页集]")


def numerals(text: str) -> Iterator[Number]:
    """Yield the Chinese numerals in `text`; a lone 一, or another lone one without a measure word, is weak."""
    for found in _RUN.finditer(text):
        run = found[0]
        value = numeral(run)
        if value is not None:
            weak = len(run) == 1 and (run == "一" or not _COUNTED.match(text, found.end()))
            yield Number(value, found.start(), found.end(), weak)


def numeral(run: str) -> str | None:
    """Return what a Chinese numeral means, in plain digits; None for what only looks like one, as 万一 does."""
    if len(run) > _LONGEST:
        return None
    whole, _, part = run.partition("点")
    value = _spelled(whole) if all(char in _DIGITS for char in whole) else _counted(whole)
    fraction = "".join(str(_DIGITS[char]) for char in part).rstrip("0")
    return value if value is None or not fraction else f"{value}.{fraction}"


def _spelled(run: str) -> str | None:
    """Digits one by one, as in a year; 三四 means "three or four"."""
    if 1 < len(run) < 4 and not {"零", "〇"} & set(run):
        return None
    return "".join(str(_DIGITS[char]) for char in run).lstrip("0") or "0"


def _counted(run: str) -> str | None:
    total = section = 0
    digit: int | None = None
    last = 0
    for char in run:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
            last = 0 if digit == 0 else last
        elif char in _SMALL:
            if not digit and char != "十":
                return None
            section += (digit or 1) * _SMALL[char]
            digit, last = None, _SMALL[char]
        else:
            section += digit or 0
            if not section and not total:
                return None
            total = (total + section) * _LARGE[char] if _LARGE[char] > 10**4 else total + section * _LARGE[char]
            section, digit, last = 0, None, _LARGE[char]
    return str(total + section + (digit or 0) * (last // 10 if last > 10 else 1))
