"""Owns what the archive tells of judgments: each with the little that a rating needs, and no answer's text."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from tui.archive import rows
from tui.chat.judgment import Judgment


@dataclass(frozen=True, slots=True)
class Stand:
    """One side of a ballot: the model's id, and what its answer was; times are in milliseconds, as in `Usage`.

    `characters` counts the answer without its thinking. What is not known of an answer that broke off is 0 or None.
    """

    model: str
    characters: int
    tokens: int
    first_ms: float | None
    last_ms: float | None


@dataclass(frozen=True, slots=True)
class Ballot:
    """A judgment on the answers that count of one exchange, by the exchange's id, and its question, raw.

    `swapped` says that each side's answer was shown on the other side.
    """

    id: int
    question: str
    swapped: bool
    judgment: Judgment
    left: Stand
    right: Stand


_BALLOTS = """
    WITH stand AS (
        SELECT exchange_id, side, max(attempt), seat,
            CASE WHEN instr(text, char(0)) THEN characters(CAST(text AS BLOB)) ELSE length(text) END AS characters,
            coalesce(json_extract(usage, '$.completion_tokens'), 0) AS tokens,
            json_extract(usage, '$.first_ms') AS first, json_extract(usage, '$.last_ms') AS last
        FROM answer WHERE exchange_id IN (SELECT exchange_id FROM judgment) GROUP BY exchange_id, side
    )
    SELECT exchange.id, question, swapped, verdict, at, blind, masked, note, tags,
        a.seat, a.characters, a.tokens, a.first, a.last, b.seat, b.characters, b.tokens, b.first, b.last
    FROM judgment JOIN exchange ON exchange.id = judgment.exchange_id
        JOIN stand AS a ON a.exchange_id = exchange.id AND a.side = 'left'
        JOIN stand AS b ON b.exchange_id = exchange.id AND b.side = 'right'
    ORDER BY exchange.id
"""
"""Beside `max(attempt)`, the other columns are those of that very row: of the answer that counts.

The seat's model is not taken with `json_extract`: SQLite ends a text there at its first NUL.
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Teaches `connection` what `read` asks of it: SQLite's own `length` ends at a NUL."""
    connection.create_function("characters", 1, lambda raw: len(rows.text_out(raw)), deterministic=True)


def read(connection: sqlite3.Connection) -> tuple[Ballot, ...]:
    """Every judged exchange that has an answer on both sides, in their order."""
    id_of = cache(_id_of)  # a few models stand in thousands of rows
    return tuple(_ballot(*row, id_of=id_of) for row in connection.execute(_BALLOTS))


def _ballot(number: int, question: str, swapped: int, *columns: Any, id_of: Callable[[str], str]) -> Ballot:
    judgment, left, right = columns[:6], columns[6:11], columns[11:]
    stands = (Stand(id_of(model), *figures) for model, *figures in (left, right))
    return Ballot(number, question, bool(swapped), rows.judgment_out(judgment), *stands)


def _id_of(model: str) -> str:
    return msgspec.convert(rows.json_out(model)["model"], str)
