"""The way from what was judged to a leaderboard."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.archive import sample
from tests.archive.test_store import keep
from tui.archive.store import Archive
from tui.archive.votes import JudgedAnswer, VoteRecord
from tui.arena.ratings.votes import Contender, Vote
from tui.chat.conversation import Exchange, Question, Side
from tui.chat.judgment import Judgment, Verdict
from tui.session.ranking import leaderboard, vote

TIE = Judgment(verdict=Verdict.TIE, at=sample.WHEN)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


def judge(archive: Archive, verdict: Verdict, *, blind: bool = True, swapped: bool = False) -> None:
    """Keeps one judged exchange of two answers, the left one longer."""
    answers = {Side.LEFT: sample.answered(Side.LEFT, "long " * 9), Side.RIGHT: sample.answered(Side.RIGHT, "short")}
    question = Question("Name three rivers.", sample.WHEN, swapped=swapped)
    judgment = Judgment(verdict=verdict, at=sample.WHEN, blind=blind)
    keep(archive, sample.conversation(Exchange(question, answers, judgment=judgment)))


def test_vote_has_lengths_speeds_language_and_sides() -> None:
    left, right = JudgedAnswer("ant", 3, 101, 500.0, 2500.0), JudgedAnswer("bee", 5, 0, None, None)
    record = VoteRecord(7, "亚洲有哪三条大河?", True, TIE, left, right)
    assert vote(record) == Vote(
        judgment=TIE, left=Contender("ant", 3, 50.0), right=Contender("bee", 5, 0.0), language="zh", swapped=True, id=7
    )
    assert vote(replace(record, right=JudgedAnswer("bee", 1, 1, 5.0, 5.0))).right.tokens_per_second == 0


def test_the_archive_s_votes_make_a_leaderboard(archive: Archive) -> None:
    for verdict in (Verdict.LEFT, Verdict.LEFT, Verdict.TIE):
        judge(archive, verdict)
    board = leaderboard(archive)
    assert [(row.model, row.tally.wins, row.tally.ties) for row in board.overall.rows] == [
        ("qwen-small", 2, 1),
        ("smol", 0, 1),
    ]


def test_an_answer_that_was_shown_on_the_other_side_counts_for_that_side(archive: Archive) -> None:
    judge(archive, Verdict.LEFT, swapped=True)
    judge(archive, Verdict.LEFT, swapped=True)
    judge(archive, Verdict.LEFT)
    habits = {habit.trait: (habit.won, habit.of) for habit in leaderboard(archive).habits}
    assert habits["left"] == (1, 3)
    assert habits["longer"] == (3, 3)


def test_blind_votes_can_be_counted_alone(archive: Archive) -> None:
    judge(archive, Verdict.LEFT)
    judge(archive, Verdict.RIGHT, blind=False)
    assert leaderboard(archive).overall.votes == 2
    assert leaderboard(archive, blind=True).overall.votes == 1


def test_nothing_judged_is_a_leaderboard_without_rows(archive: Archive) -> None:
    keep(archive, sample.rivers())
    assert leaderboard(archive).overall.rows == ()
