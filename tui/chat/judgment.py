"""Owns what the person says of two answers to one question."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """Which answer was the better one; left and right are the conversation's sides, wherever they were shown."""

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
