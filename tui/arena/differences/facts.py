"""The kinds of facts that two answers may both state."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing an answer states."""

    VERDICT = "verdict"
    DATE = "date"
    QUANTITY = "quantity"
    NUMBER = "number"
    NAME = "name"
    CODE = "code"


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One statement at `text[start:end]`; equal facts have equal values, however they are spelled.

    A number's value is its plain decimal digits ("1000", "0.5", "1/3"), a quantity's the number and its unit ("3 km",
    "50 %"), a date's as much of year-month-day as is said ("1998-05-03", "1998-05", "05-03") or the time ("15:30"), a
    verdict's "yes" or "no", a name's its own words, a code symbol's itself.
    """

    start: int
    end: int
    kind: Kind
    value: str

    @property
    def covers(self) -> frozenset[tuple[Kind, str]]:
        """Return the facts that are stated along with this one: a date's year and day, a quantity's number."""
        also = {(self.kind, self.value)}
        match self.kind, self.value.split("-" if self.kind is Kind.DATE else " "):
            case Kind.DATE, [year, month, day]:
                also |= {(Kind.NUMBER, year), (Kind.DATE, f"{year}-{month}"), (Kind.DATE, f"{month}-{day}")}
            case Kind.DATE, [year, _] if len(year) == 4:
                also.add((Kind.NUMBER, year))
            case Kind.QUANTITY, [number, *_]:
                also.add((Kind.NUMBER, number))
            case _:
                pass
        return frozenset(also)
