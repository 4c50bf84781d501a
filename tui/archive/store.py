"""The archive of conversations: a question before its answers exist, an answer in progress and when it ended."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Self

import msgspec

from tui.archive import listing, rows, votes
from tui.archive.database import connect, opening_lock, translated_errors
from tui.archive.errors import ArchiveError
from tui.archive.listing import Summary
from tui.archive.run_lock import RunLock, has_ended, runs_with_lock_files
from tui.archive.transactions import transaction
from tui.archive.votes import VoteRecord
from tui.chat.conversation import Answer, Conversation, Exchange, FinishReason, ModelInfo, Question, Side
from tui.chat.judgment import Judgment

__all__ = ["Archive", "ArchiveError", "Summary"]

_WRITE = """
    INSERT INTO answer
        (exchange_id, side, attempt, owner, finish_reason, seat, setup, text, thinking, error, usage, tokens)
    VALUES (:exchange_id, :side,
            (SELECT coalesce(max(attempt), 0) FROM answer WHERE exchange_id = :exchange_id AND side = :side) + :further,
            :owner, :finish_reason, CAST(:seat AS TEXT), CAST(:setup AS TEXT), CAST(:text AS TEXT),
            CAST(:thinking AS TEXT), CAST(:error AS TEXT), CAST(:usage AS TEXT), CAST(:tokens AS TEXT))
    ON CONFLICT (exchange_id, side, attempt) DO UPDATE SET
        owner = excluded.owner, finish_reason = excluded.finish_reason, seat = excluded.seat, setup = excluded.setup,
        text = excluded.text, thinking = excluded.thinking, error = excluded.error, usage = excluded.usage,
        tokens = excluded.tokens
    WHERE excluded.finish_reason IS NOT NULL OR answer.finish_reason IS NULL
"""
_READ_ANSWERS = (
    "SELECT side, seat, setup, text, thinking, finish_reason, error, usage, tokens FROM answer"
    " WHERE exchange_id = ? ORDER BY side, attempt"
)
_INTERRUPT = "UPDATE answer SET finish_reason = ?, owner = NULL WHERE finish_reason IS NULL AND owner IS ?"
_READ_JUDGMENT = "SELECT verdict, at, blind, masked, note, tags FROM judgment WHERE exchange_id = ?"
_JUDGE = (
    "INSERT OR REPLACE INTO judgment (exchange_id, verdict, at, blind, masked, note, tags)"
    " VALUES (:exchange_id, :verdict, :at, :blind, :masked, CAST(:note AS TEXT), CAST(:tags AS TEXT))"
)
_CONVERSATION_OF = "SELECT conversation_id FROM exchange WHERE id = ?"
_UNJUDGE = "DELETE FROM judgment WHERE exchange_id = ?"


class Archive:
    """An open archive; every method raises ArchiveError if it cannot do its work. All text is kept raw and exact.

    It may be opened in one thread and used in others, which take turns.
    """

    def __init__(self, file: Path, connection: sqlite3.Connection, run_lock: RunLock, notice: str | None) -> None:
        self._file = file
        self._connection = connection
        self._run_lock = run_lock
        self._closed = False
        self._thread_lock = Lock()
        self.notice = notice
        """One sentence for the user about a damaged archive that was replaced; None if all was well."""

    @classmethod
    def open(cls, file: Path, *, patience: float = 5.0) -> Self:
        """Open or create the archive in `file`; wait up to `patience` seconds for a lock that another program holds.

        Unfinished answers of a run that has ended become `interrupted`; those of another run are left alone.
        A damaged file is renamed aside and reported in `notice`.
        """
        with opening_lock(file, patience):
            connection, notice = connect(file, patience)
            try:
                listing.add_functions(connection)
                votes.add_functions(connection)
                archive = cls(file, connection, RunLock(file), notice)
                archive._interrupt_lost_answers()
            except BaseException:
                connection.close()
                raise
            return archive

    def close(self) -> None:
        """Close the file; unfinished answers of this run become `interrupted`. May be called more than once."""
        if self._closed:
            return
        self._closed = True
        try:
            with self._exclusive():
                self._connection.execute(_INTERRUPT, (FinishReason.INTERRUPTED, self._run_lock.name))
        finally:
            self._connection.close()
            self._run_lock.release()

    def begin(self, conversation: Conversation) -> Conversation:
        """Add `conversation` without its exchanges, which follow through `ask`; return it with its id.

        Call it just before the first question; a conversation without any is in no list.
        """
        with self._exclusive():
            cursor = self._connection.execute(
                "INSERT INTO conversation (started_at, seats) VALUES (?, CAST(? AS TEXT))",
                (rows.encode_time(conversation.started_at), rows.encode_json(conversation.models)),
            )
        return replace(conversation, id=cursor.lastrowid)

    def ask(self, conversation_id: int, question: Question, partial_answers: Mapping[Side, Answer]) -> int:
        """Add `question` and the still empty answers to it; return the exchange's id once all is on the disk.

        The models of `partial_answers` become the conversation's present ones.
        """
        with self._exclusive(), transaction(self._connection):
            self._update_models(conversation_id, partial_answers)
            exchange_id = self._connection.execute(
                "INSERT INTO exchange (conversation_id, question, asked_at, sides, swapped)"
                " VALUES (?, CAST(? AS TEXT), ?, CAST(? AS TEXT), ?) RETURNING id",
                (
                    conversation_id,
                    rows.encode_text(question.text),
                    rows.encode_time(question.asked_at),
                    rows.encode_json(question.sides),
                    question.swapped,
                ),
            ).fetchone()[0]
            for side, answer in partial_answers.items():
                self._write(exchange_id, side, answer)
        return int(exchange_id)

    def again(self, exchange_id: int, partial_answers: Mapping[Side, Answer]) -> None:
        """Add still empty answers as the next attempts; earlier attempts stay, the judgment is removed.

        The models of `partial_answers` become the conversation's present ones.
        """
        with self._exclusive(), transaction(self._connection):
            self._connection.execute(_UNJUDGE, (exchange_id,))
            found = self._connection.execute(_CONVERSATION_OF, (exchange_id,)).fetchone()
            self._update_models(found[0] if found else 0, partial_answers)
            for side, answer in partial_answers.items():
                self._write(exchange_id, side, answer, further=True)

    def judge(self, exchange_id: int, judgment: Judgment | None) -> None:
        """Set the judgment of an exchange, or remove it with None."""
        with self._exclusive():
            if judgment is None:
                self._connection.execute(_UNJUDGE, (exchange_id,))
            else:
                self._connection.execute(_JUDGE, {**rows.judgment_columns(judgment), "exchange_id": exchange_id})

    def checkpoint(self, exchange_id: int, side: Side, answer: Answer) -> None:
        """Save an answer in progress; one that has ended already is left as it is."""
        with self._exclusive():
            self._write(exchange_id, side, replace(answer, finish_reason=None))

    def finish(self, exchange_id: int, side: Side, answer: Answer) -> None:
        """Save an answer that has ended; `answer` has a `finish_reason`."""
        if answer.finish_reason is None:
            raise ValueError("an answer that ended has a finish reason")
        with self._exclusive():
            self._write(exchange_id, side, answer)

    def conversation(self, conversation_id: int) -> Conversation:
        """Return the whole conversation with this id."""
        with self._exclusive():
            models = self._models(conversation_id)
            started_at = self._value("SELECT started_at FROM conversation WHERE id = ?", conversation_id)
            exchanges = self._connection.execute(
                "SELECT id, question, asked_at, sides, swapped FROM exchange WHERE conversation_id = ? ORDER BY id",
                (conversation_id,),
            ).fetchall()
            return Conversation(
                id=conversation_id,
                models=models,
                started_at=datetime.fromisoformat(started_at),
                exchanges=tuple(self._exchange(*row) for row in exchanges),
            )

    def conversations(self, limit: int | None = None) -> tuple[Summary, ...]:
        """Return the conversations asked most recently (all of them without a limit), the latest first."""
        with self._exclusive():
            return listing.latest(self._connection, limit)

    def search(self, words: str) -> tuple[Summary, ...]:
        """Return the conversations whose questions and answers contain each of `words`, the latest first.

        Words are separated by white space. A word may be part of a longer one (as in Chinese); case does not matter.
        """
        with self._exclusive():
            return listing.search(self._connection, words)

    def votes(self) -> tuple[VoteRecord, ...]:
        """Return every judgment of two answers with their figures, in the order of the questions."""
        with self._exclusive():
            return votes.read(self._connection)

    def latest_id(self) -> int | None:
        """Return the id of the conversation asked most recently, or None if nothing was asked yet."""
        latest = self.conversations(1)
        return latest[0].id if latest else None

    def latest_pair(self) -> tuple[str, str] | None:
        """Return the model ids of the conversation asked most recently, left and right, or None if there is none."""
        latest = self.conversations(1)
        return latest[0].models if latest else None

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._thread_lock, translated_errors(self._file):
            yield

    def _interrupt_lost_answers(self) -> None:
        with transaction(self._connection):
            runs = self._connection.execute("SELECT DISTINCT owner FROM answer WHERE owner IS NOT NULL").fetchall()
            names = {name for (name,) in runs} | set(runs_with_lock_files(self._file))
            for name in names - {self._run_lock.name}:
                if has_ended(self._file, name):
                    self._connection.execute(_INTERRUPT, (FinishReason.INTERRUPTED, name))

    def _write(self, exchange_id: int, side: Side, answer: Answer, *, further: bool = False) -> None:
        """Write the last attempt at an answer, or with `further` the one after it."""
        owner = self._run_lock.name if answer.finish_reason is None else None
        columns = rows.answer_columns(answer) | {"side": side, "owner": owner, "further": further}
        self._connection.execute(_WRITE, {**columns, "exchange_id": exchange_id})

    def _exchange(self, exchange_id: int, question: str, asked_at: str, sides: str, swapped: int) -> Exchange:
        asked_of = msgspec.convert(rows.decode_json(sides), tuple[Side, ...])
        found = rows.decode_answers(self._connection.execute(_READ_ANSWERS, (exchange_id,)).fetchall())
        judged = self._connection.execute(_READ_JUDGMENT, (exchange_id,)).fetchone()
        return Exchange(
            Question(question, datetime.fromisoformat(asked_at), asked_of, bool(swapped)),
            {side: attempts[-1] for side, attempts in found.items()},
            {side: attempts[:-1] for side, attempts in found.items() if len(attempts) > 1},
            None if judged is None else rows.decode_judgment(judged),
            exchange_id,
        )

    def _models(self, conversation_id: int) -> Mapping[Side, ModelInfo]:
        return rows.decode_models(self._value("SELECT seats FROM conversation WHERE id = ?", conversation_id))

    def _update_models(self, conversation_id: int, partial_answers: Mapping[Side, Answer]) -> None:
        models = {**self._models(conversation_id), **{side: answer.model for side, answer in partial_answers.items()}}
        self._connection.execute(
            "UPDATE conversation SET seats = CAST(? AS TEXT) WHERE id = ?", (rows.encode_json(models), conversation_id)
        )

    def _value(self, query: str, conversation_id: int) -> str:
        row = None
        with suppress(OverflowError):
            row = self._connection.execute(query, (conversation_id,)).fetchone()
        if row is None:
            raise ArchiveError(f"There is no conversation {conversation_id}. See `duochat history list`.")
        text: str = row[0]
        return text
