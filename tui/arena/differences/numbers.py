"""Numbers in a text: digits, however they are grouped and scaled, and English words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal

_EXACT = Context(prec=100)
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`; `weak` says that it counts only with a unit, as "one" does."""

    value: str
    start: int
    end: int
    weak: bool = False


_CORE = re.compile(
    r"(?<![A-Za-z_\d])(?<!\d[.,/:])(?P<sign>(?<![\w)\]])[-−])?"
    r"(?:(?P<whole>\d+(?:\.\d+){2,}|[1-9]\d{0,3}/[1-9]\d{0,3}(?![\d/]))"
    r"|(?P<number>\d{1,3}(?:[,'\u00a0\u202f\u2009]\d{3})+(?![,'\d])(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\w)\.\d+))"
)
_GROUPING = re.compile(r"[,'\u00a0\u202f\u2009]")
_POWER = re.compile(
    r"[eE](?P<e>[-+]?\d{1,2})(?!\w)|\s*(?:×|x|\*|\\times|\\cdot)\s*10(?:\^\{?(?P<ten>[-−]?\d{1,2})\}?|(?P<small>[⁰¹²³⁴-⁹⁻]{1,3}))"
)
_SCALE = re.compile(
    r"[\s-](?P<word>hundred|thousand|million|billion|trillion)\b|(?P<letter>[kKMB])(?!\w)"
    r"|\s?(?P<han>[十百千万萬亿億]+)(?![米克瓦卡帕赫焦字升伏])"
)
_SMALL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
_ZEROS = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "K": 3, "M": 6, "B": 9}
_ZEROS |= {"十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8}

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(_UNITS + _TEENS)}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS, start=2)} | {"a": 1, "an": 1}

_UNDER_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS[1:])}))?|{'|'.join(_TEENS + _UNITS)})"
_UNDER_1000 = rf"(?:(?:an?|{'|'.join(_UNITS[1:])})\s+hundred(?:\s+(?:and\s+)?{_UNDER_100})?|{_UNDER_100})"
_GROUP = rf"(?:{_UNDER_1000}|an?)\s+(?:thousand|million|billion|trillion)"
_WORDS = re.compile(
    rf"\b(?:{_GROUP}(?:,?\s+{_GROUP})*(?:,?\s+(?:and\s+)?{_UNDER_1000})?|{_UNDER_1000})\b", re.IGNORECASE
)


def plain(value: Decimal) -> str:
    """`value` in plain digits without idle zeros; in powers of ten where that would be very long."""
    if value.is_zero():
        return "0"
    if abs(value.adjusted()) > _LONGEST:
        return str(value.normalize(_EXACT))
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def digits(text: str) -> Iterator[Number]:
    """Yield the numbers that are written in digits: grouped, scaled by a word or a letter, or with a power of ten."""
    for found in _CORE.finditer(text):
        sign = "-" if found["sign"] else ""
        if found["whole"] or len(found["number"]) > _LONGEST:
            yield Number(sign + found[0].lstrip("-−"), found.start(), found.end())
            continue
        value = Decimal(sign + _GROUPING.sub("", found["number"]))
        zeros, end = _scale(text, found.end())
        yield Number(plain(value.scaleb(zeros, _EXACT)), found.start(), end)


def _scale(text: str, at: int) -> tuple[int, int]:
    """Return how many zeros what follows at `at` adds, and where it ends."""
    if power := _POWER.match(text, at):
        return int((power["e"] or power["ten"] or power["small"]).translate(_SMALL)), power.end()
    if scale := _SCALE.match(text, at):
        if scale["han"]:
            return sum(_ZEROS[char] for char in scale["han"]), scale.end()
        return _ZEROS[scale["word"] or scale["letter"]], scale.end()
    return 0, at


def words(text: str) -> Iterator[Number]:
    """Yield the numbers that are written in English words; a bare "one" is weak."""
    for found in _WORDS.finditer(text):
        yield Number(str(_value(found[0].lower())), found.start(), found.end(), weak=found[0].lower() == "one")


def _value(phrase: str) -> int:
    total = group = 0
    for word in re.findall(r"[a-z]+", phrase):
        match word:
            case "and":
                pass
            case "hundred":
                group *= 100
            case "thousand" | "million" | "billion" | "trillion":
                total, group = total + group * int(10 ** _ZEROS[word]), 0
            case _:
                group += _VALUES[word]
    return total + group
