"""Dates and times in a text, in English and Chinese."""

import re
from collections.abc import Iterator

from tui.arena.differences.chinese_numerals import numeral
from tui.arena.differences.facts import Fact, Kind

_MONTHS: tuple[str, ...] = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
)
_MONTHS += ("november", "december")
_MONTH = "(?P<month>" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS).replace("sep(", "sept?(") + r")\b\.?"
_YEAR = r"(?P<year>[12]\d{3})(?!\d|,\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_ZH = r"(?:\d{1,4}|[〇零一二三四五六七八九十]{1,4})"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\w.-])(?P<year>[12]\d{3})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?![\d-]|\.\d)",
        r"(?<![\w./-])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>[12]\d{3})(?![\w/-])",
        rf"\b{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+{_YEAR})?",
        rf"\b{_MONTH}\s+{_DAY}(?!\d)(?:,?\s+{_YEAR})?",
        rf"\b{_MONTH},?\s+{_YEAR}",
        rf"(?P<year>{_ZH})\s?年\s?(?P<month>{_ZH})\s?月(?:\s?(?P<day>{_ZH})\s?[日号號])?",
        rf"(?P<month>{_ZH})\s?月\s?(?P<day>{_ZH})\s?[日号號]",
        r"(?<![\d:.])(?P<hour>[0-2]?\d):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])(?:\s?(?P<half>[ap])\.?m\b)?",
        r"\b(?P<hour>1[0-2]|[1-9])\s?(?P<half>[ap])\.?m\b",
    )
)
_YEAR_ALONE = re.compile(r"(?P<year>[12]\d{3}|[一二][〇零一二三四五六七八九]{3})\s?年")


def dates(text: str) -> Iterator[Fact]:
    """Dates and times; a year that stands alone is a number, as in "in 1998"."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            value = _value({name: part for name, part in found.groupdict().items() if part})
            if value is not None:
                yield Fact(found.start(), found.end(), Kind.DATE, value)
    for found in _YEAR_ALONE.finditer(text):
        yield Fact(found.start(), found.end(), Kind.NUMBER, numeral(found["year"]) or found["year"])


def _value(parts: dict[str, str]) -> str | None:
    if "hour" in parts:
        hour = int(parts["hour"])
        hour = hour % 12 + 12 * (parts["half"].lower() == "p") if "half" in parts else hour
        return f"{hour:02}:{parts.get('minute', '00')}" if hour < 24 else None
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second"])
        if first <= 12 and second <= 12 and first != second:
            return f"{first}/{second}/{parts['year']}"
        return _joined(parts["year"], min(first, second) if first != second else first, max(first, second))
    month, day = _number(parts["month"]), _number(parts["day"]) if "day" in parts else None
    return _joined(parts.get("year", ""), month, day)


def _joined(year: str, month: int, day: int | None) -> str | None:
    """Return what is known, the largest first; None for a day that no month has."""
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    whole = f"{_number(year):04}-" if year else ""
    return f"{whole}{month:02}" + (f"-{day:02}" if day is not None else "")


def _number(written: str) -> int:
    name = written.lower()[:3]
    for index, month in enumerate(_MONTHS, start=1):
        if month.startswith(name) and name.isalpha() and name.isascii():
            return index
    return int(written) if written.isdecimal() else int(numeral(written) or 0)
