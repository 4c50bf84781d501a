"""Lists of conversations: the latest ones, and those that contain given words."""

import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from tui.archive import rows
from tui.chat.conversation import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A conversation in one line, raw; `models` are the ids on the left and the right, "" for a side without one."""

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
_CONTAINING = """
    SELECT conversation_id FROM exchange WHERE contains(CAST(question AS BLOB), :word)
    UNION SELECT conversation_id FROM answer JOIN exchange ON exchange.id = exchange_id
    WHERE contains(CAST(answer.text AS BLOB), :word)
"""


def add_functions(connection: sqlite3.Connection) -> None:
    """Define the SQL function that `search` uses."""
    connection.create_function("contains", 2, _contains, deterministic=True)


def latest(connection: sqlite3.Connection, limit: int | None) -> tuple[Summary, ...]:
    """Return the conversations asked most recently (all of them without a limit), the latest first."""
    most = -1 if limit is None else limit
    return tuple(_summary(*row) for row in connection.execute(f"{_SUMMARIES} LIMIT ?", (most,)))


def search(connection: sqlite3.Connection, words: str) -> tuple[Summary, ...]:
    """Return the conversations whose questions and answers contain each of `words`, the latest first."""
    found = [_containing(connection, word) for word in words.split()]
    every = set.intersection(*found) if found else set()
    return tuple(_summary(*row) for row in connection.execute(_SUMMARIES) if row[0] in every)


def _containing(connection: sqlite3.Connection, word: str) -> set[int]:
    folded = rows.encode_text(_folded(word))
    return {row[0] for row in connection.execute(_CONTAINING, {"word": folded})}


def _summary(conversation_id: int, started_at: str, models: str, question: str, exchanges: int) -> Summary:
    known = rows.decode_models(models)
    left, right = (known[side].model if side in known else "" for side in Side)
    return Summary(
        id=conversation_id,
        title=question.strip().partition("\n")[0],
        started_at=datetime.fromisoformat(started_at),
        models=(left, right),
        exchanges=exchanges,
    )


def _folded(text: str) -> str:
    """Return `text` as it is compared: without case, full-width or composed forms."""
    return unicodedata.normalize("NFKC", text.casefold())


def _contains(text: bytes, folded_word: bytes) -> bool:
    return rows.decode_text(folded_word) in _folded(rows.decode_text(text))
