"""The judged exchanges of the archive, each with what a rating needs and without the answers' text."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from tui.archive import rows
from tui.chat.judgment import Judgment


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """One side of a vote: the model's id and the figures of its answer; times are in milliseconds, as in `Usage`.

    `characters` counts the answer without its thinking. What is not known of an unfinished answer is 0 or None.
    """

    model: str
    characters: int
    tokens: int
    first_ms: float | None
    last_ms: float | None


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """The judgment of one exchange, with its id and its question, raw, and the last answer of each side.

    `swapped` is whether each side's answer was shown on the other side.
    """

    id: int
    question: str
    swapped: bool
    judgment: Judgment
    left: JudgedAnswer
    right: JudgedAnswer


_VOTES = """
    WITH judged AS (
        SELECT exchange_id, side, max(attempt), seat,
            CASE WHEN instr(text, char(0)) THEN characters(CAST(text AS BLOB)) ELSE length(text) END AS characters,
            coalesce(json_extract(usage, '$.completion_tokens'), 0) AS tokens,
            json_extract(usage, '$.first_ms') AS first, json_extract(usage, '$.last_ms') AS last
        FROM answer WHERE exchange_id IN (SELECT exchange_id FROM judgment) GROUP BY exchange_id, side
    )
    SELECT exchange.id, question, swapped, verdict, at, blind, masked, note, tags,
        a.seat, a.characters, a.tokens, a.first, a.last, b.seat, b.characters, b.tokens, b.first, b.last
    FROM judgment JOIN exchange ON exchange.id = judgment.exchange_id
        JOIN judged AS a ON a.exchange_id = exchange.id AND a.side = 'left'
        JOIN judged AS b ON b.exchange_id = exchange.id AND b.side = 'right'
    ORDER BY exchange.id
"""
"""With `max(attempt)`, SQLite takes the other columns from that same row: from the last answer.

The model's id is not taken with `json_extract`: SQLite ends a text there at its first NUL.
"""


def add_functions(connection: sqlite3.Connection) -> None:
    """Define the SQL function that `read` uses: SQLite's own `length` ends at a NUL."""
    connection.create_function("characters", 1, lambda raw: len(rows.decode_text(raw)), deterministic=True)


def read(connection: sqlite3.Connection) -> tuple[VoteRecord, ...]:
    """Return every judged exchange that has an answer on both sides, in their order."""
    id_of = cache(_id_of)  # a few models stand in thousands of rows
    return tuple(_record(*row, id_of=id_of) for row in connection.execute(_VOTES))


def _record(number: int, question: str, swapped: int, *columns: Any, id_of: Callable[[str], str]) -> VoteRecord:
    judgment, left, right = columns[:6], columns[6:11], columns[11:]
    answers = (JudgedAnswer(id_of(model), *figures) for model, *figures in (left, right))
    return VoteRecord(number, question, bool(swapped), rows.decode_judgment(judgment), *answers)


def _id_of(model: str) -> str:
    return msgspec.convert(rows.decode_json(model)["model"], str)
