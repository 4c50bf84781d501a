"""The user's verdict on two answers to one question."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """Which answer is better. In a judgment, left and right are sides, wherever their answers were shown."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_BAD = "both bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """A verdict: `blind` if it was given before anything told the sides apart, raw `note` and `tags` if there were any.

    `masked` says that an answer named a model or its maker, and the name was hidden.
    """

    verdict: Verdict
    at: datetime
    blind: bool = False
    masked: bool = False
    note: str = ""
    tags: tuple[str, ...] = ()


def across(verdict: Verdict, *, swapped: bool) -> Verdict:
    """Return a verdict by pane as one by side, or the other way round."""
    other = {Verdict.LEFT: Verdict.RIGHT, Verdict.RIGHT: Verdict.LEFT}
    return other.get(verdict, verdict) if swapped else verdict
