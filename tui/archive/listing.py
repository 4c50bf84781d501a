"""Owns the lists of conversations: the latest ones, and those that hold given words."""

import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from tui.archive import rows
from tui.chat.conversation import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A conversation in one line, raw: `models` are the ids on the left and the right, "" for an empty seat."""

    id: int
    title: str
    started_at: datetime
    models: tuple[str, str]
    exchanges: int


_SUMMARIES = """
    SELECT conversation.id, started_at, seats, (SELECT question FROM exchange WHERE id = first), exchanges
    FROM conversation JOIN (
        SELECT conversation_id, min(id) AS first, max(id) AS last, count(*) AS exchanges
        FROM exchange GROUP BY conversation_id
    ) ON conversation_id = conversation.id
    ORDER BY last DESC
"""
_HOLDING = """
    SELECT conversation_id FROM exchange WHERE holds(CAST(question AS BLOB), :word)
    UNION SELECT conversation_id FROM answer JOIN exchange ON exchange.id = exchange_id
    WHERE holds(CAST(answer.text AS BLOB), :word)
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Teaches `connection` what `search` asks of it."""
    connection.create_function("holds", 2, _holds, deterministic=True)


def latest(connection: sqlite3.Connection, limit: int | None) -> tuple[Summary, ...]:
    """The conversations asked most recently (all of them without a limit), the latest first."""
    wanted = -1 if limit is None else limit
    return tuple(_summary(*row) for row in connection.execute(f"{_SUMMARIES} LIMIT ?", (wanted,)))


def search(connection: sqlite3.Connection, words: str) -> tuple[Summary, ...]:
    """The conversations in whose questions and answers each of `words` occurs, the latest first."""
    found = [_holding(connection, word) for word in words.split()]
    every = set.intersection(*found) if found else set()
    return tuple(_summary(*row) for row in connection.execute(_SUMMARIES) if row[0] in every)


def _holding(connection: sqlite3.Connection, word: str) -> set[int]:
    folded = rows.text_in(_folded(word))
    return {row[0] for row in connection.execute(_HOLDING, {"word": folded})}


def _summary(conversation_id: int, started_at: str, models: str, question: str, exchanges: int) -> Summary:
    seated = rows.models_from(models)
    left, right = (seated[side].model if side in seated else "" for side in Side)
    return Summary(
        id=conversation_id,
        title=question.strip().partition("\n")[0],
        started_at=datetime.fromisoformat(started_at),
        models=(left, right),
        exchanges=exchanges,
    )


def _folded(text: str) -> str:
    """`text` as it is compared: without case, full-width or composed forms."""
    return unicodedata.normalize("NFKC", text.casefold())


def _holds(text: bytes, folded_word: bytes) -> bool:
    return rows.text_out(folded_word) in _folded(rows.text_out(text))
