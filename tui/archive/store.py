"""Owns everything said: each question before its answers exist, each answer while it grows and as it ended.

An `Archive` may be opened in one thread and used in others, which take turns. All text is kept raw and exact.
"""

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
from tui.archive.database import connect, in_words, opening, transaction
from tui.archive.errors import ArchiveError
from tui.archive.listing import Summary
from tui.archive.run_lock import Owner, gone, left_behind
from tui.archive.votes import Ballot
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
_IN = "SELECT conversation_id FROM exchange WHERE id = ?"
_UNJUDGE = "DELETE FROM judgment WHERE exchange_id = ?"


class Archive:
    """An open archive; a method that cannot do its work raises ArchiveError: one sentence with the next step."""

    def __init__(self, file: Path, connection: sqlite3.Connection, owner: Owner, notice: str | None) -> None:
        self._file = file
        self._connection = connection
        self._owner = owner
        self._closed = False
        self._lock = Lock()
        self.notice = notice
        """What the user should know about the opening, in one sentence; None when all was well."""

    @classmethod
    def open(cls, file: Path, *, patience: float = 5.0) -> Self:
        """Opens or makes the archive in `file`; waits up to `patience` seconds for a lock that another program holds.

        Answers that were growing in a run that is gone become `interrupted`; those of a living one are left alone.
        A damaged file is renamed aside and reported in `notice`.
        """
        with opening(file, patience):
            connection, notice = connect(file, patience)
            try:
                listing.prepare(connection)
                votes.prepare(connection)
                archive = cls(file, connection, Owner(file), notice)
                archive._close_lost_answers()
            except BaseException:
                connection.close()
                raise
            return archive

    def close(self) -> None:
        """Gives the file back; an answer that still grows here becomes `interrupted`. May be called more than once."""
        if self._closed:
            return
        self._closed = True
        try:
            with self._turn():
                self._connection.execute(_INTERRUPT, (FinishReason.INTERRUPTED, self._owner.name))
        finally:
            self._connection.close()
            self._owner.leave()

    def begin(self, conversation: Conversation) -> Conversation:
        """Makes room for `conversation` and returns it with its id; its exchanges follow through `ask`.

        Called just before the first question; a conversation without any is in no list.
        """
        with self._turn():
            cursor = self._connection.execute(
                "INSERT INTO conversation (started_at, seats) VALUES (?, CAST(? AS TEXT))",
                (rows.time_in(conversation.started_at), rows.json_in(conversation.models)),
            )
        return replace(conversation, id=cursor.lastrowid)

    def ask(self, conversation_id: int, question: Question, partial_answers: Mapping[Side, Answer]) -> int:
        """Keeps `question` and the still empty answers to it, and returns the exchange's id; all is on disk by then.

        The seats of `growing` become the conversation's present ones.
        """
        with self._turn(), transaction(self._connection):
            self._update_models(conversation_id, partial_answers)
            exchange_id = self._connection.execute(
                "INSERT INTO exchange (conversation_id, question, asked_at, sides, swapped)"
                " VALUES (?, CAST(? AS TEXT), ?, CAST(? AS TEXT), ?) RETURNING id",
                (
                    conversation_id,
                    rows.text_in(question.text),
                    rows.time_in(question.asked_at),
                    rows.json_in(question.sides),
                    question.swapped,
                ),
            ).fetchone()[0]
            for side, answer in partial_answers.items():
                self._write(exchange_id, side, answer)
        return int(exchange_id)

    def again(self, exchange_id: int, partial_answers: Mapping[Side, Answer]) -> None:
        """Keeps the still empty answers that are asked for again; those before stay, what was judged does not.

        The seats of `growing` become the conversation's present ones.
        """
        with self._turn(), transaction(self._connection):
            self._connection.execute(_UNJUDGE, (exchange_id,))
            found = self._connection.execute(_IN, (exchange_id,)).fetchone()
            self._update_models(found[0] if found else 0, partial_answers)
            for side, answer in partial_answers.items():
                self._write(exchange_id, side, answer, further=True)

    def judge(self, exchange_id: int, judgment: Judgment | None) -> None:
        """Keeps what was said of an exchange in place of what was said before; None takes that back."""
        with self._turn():
            if judgment is None:
                self._connection.execute(_UNJUDGE, (exchange_id,))
            else:
                self._connection.execute(_JUDGE, {**rows.judgment_in(judgment), "exchange_id": exchange_id})

    def checkpoint(self, exchange_id: int, side: Side, answer: Answer) -> None:
        """Keeps an answer as far as it has grown; one that has ended already is left as it is."""
        with self._turn():
            self._write(exchange_id, side, replace(answer, finish_reason=None))

    def finish(self, exchange_id: int, side: Side, answer: Answer) -> None:
        """Keeps an answer as it ended; `answer` has its `finish_reason`."""
        if answer.finish_reason is None:
            raise ValueError("an answer ends for a reason")
        with self._turn():
            self._write(exchange_id, side, answer)

    def conversation(self, conversation_id: int) -> Conversation:
        """The whole conversation with this id."""
        with self._turn():
            models = self._seats(conversation_id)
            started_at = self._one("SELECT started_at FROM conversation WHERE id = ?", conversation_id)
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
        """The conversations asked most recently (all of them without a limit), the latest first."""
        with self._turn():
            return listing.latest(self._connection, limit)

    def search(self, words: str) -> tuple[Summary, ...]:
        """The conversations in whose questions and answers each of `words` occurs, the latest first.

        A word is what white space separates; it may be part of a longer one (as it is in Chinese), in either case.
        """
        with self._turn():
            return listing.search(self._connection, words)

    def ballots(self) -> tuple[Ballot, ...]:
        """Every judgment with what it was given on, in the order of the questions; see `Ballot`."""
        with self._turn():
            return votes.read(self._connection)

    def latest_id(self) -> int | None:
        """The id of the conversation asked most recently, or None when nothing was asked yet."""
        latest = self.conversations(1)
        return latest[0].id if latest else None

    def latest_pair(self) -> tuple[str, str] | None:
        """The model ids of the conversation asked most recently, left and right, or None when nothing was asked yet."""
        latest = self.conversations(1)
        return latest[0].models if latest else None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock, in_words(self._file):
            yield

    def _close_lost_answers(self) -> None:
        with transaction(self._connection):
            owners = self._connection.execute("SELECT DISTINCT owner FROM answer WHERE owner IS NOT NULL").fetchall()
            names = {name for (name,) in owners} | set(left_behind(self._file))
            for name in names - {self._owner.name}:
                if gone(self._file, name):
                    self._connection.execute(_INTERRUPT, (FinishReason.INTERRUPTED, name))

    def _write(self, exchange_id: int, side: Side, answer: Answer, *, further: bool = False) -> None:
        """Writes the last attempt at an answer, or where `further` the one after it."""
        owner = self._owner.name if answer.finish_reason is None else None
        columns = rows.answer_in(answer) | {"side": side, "owner": owner, "further": further}
        self._connection.execute(_WRITE, {**columns, "exchange_id": exchange_id})

    def _exchange(self, exchange_id: int, question: str, asked_at: str, sides: str, swapped: int) -> Exchange:
        asked_of = msgspec.convert(rows.json_out(sides), tuple[Side, ...])
        found = rows.answers_out(self._connection.execute(_READ_ANSWERS, (exchange_id,)).fetchall())
        judged = self._connection.execute(_READ_JUDGMENT, (exchange_id,)).fetchone()
        return Exchange(
            Question(question, datetime.fromisoformat(asked_at), asked_of, bool(swapped)),
            {side: attempts[-1] for side, attempts in found.items()},
            {side: attempts[:-1] for side, attempts in found.items() if len(attempts) > 1},
            None if judged is None else rows.judgment_out(judged),
            exchange_id,
        )

    def _seats(self, conversation_id: int) -> Mapping[Side, ModelInfo]:
        return rows.models_from(self._one("SELECT seats FROM conversation WHERE id = ?", conversation_id))

    def _update_models(self, conversation_id: int, partial_answers: Mapping[Side, Answer]) -> None:
        models = {**self._seats(conversation_id), **{side: answer.model for side, answer in partial_answers.items()}}
        self._connection.execute(
            "UPDATE conversation SET seats = CAST(? AS TEXT) WHERE id = ?", (rows.json_in(models), conversation_id)
        )

    def _one(self, query: str, conversation_id: int) -> str:
        row = None
        with suppress(OverflowError):
            row = self._connection.execute(query, (conversation_id,)).fetchone()
        if row is None:
            raise ArchiveError(f"There is no conversation {conversation_id}. See `duochat history list`.")
        text: str = row[0]
        return text
