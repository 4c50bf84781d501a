"""Vote records: the judgments in the archive, with the figures of the last answers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from tests.archive import sample
from tests.archive.test_store import keep
from tui.archive.store import Archive
from tui.archive.votes import JudgedAnswer, VoteRecord
from tui.chat.conversation import Answer, Conversation, Side
from tui.chat.judgment import Judgment, Verdict

JUDGMENT = Judgment(verdict=Verdict.RIGHT, at=sample.WHEN, blind=True, masked=True, note="clear", tags=("facts",))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db")
    yield opened
    opened.close()


def judged_answer(answer: Answer) -> JudgedAnswer:
    """Return the figures of `answer` in a vote record."""
    usage = answer.usage
    if usage is None:
        return JudgedAnswer(answer.model.model, len(answer.text), 0, None, None)
    return JudgedAnswer(answer.model.model, len(answer.text), usage.completion_tokens, usage.first_ms, usage.last_ms)


@given(sample.CONVERSATIONS)
def test_vote_has_the_last_answers(tmp_path: Path, conversation: Conversation) -> None:
    (tmp_path / "archive.db").unlink(missing_ok=True)
    archive = Archive.open(tmp_path / "archive.db")
    number = keep(archive, conversation)
    kept = archive.conversation(number).exchanges
    judged = [each for each in kept if each.judgment is not None and len(each.answers) == len(Side)]
    assert archive.votes() == tuple(
        VoteRecord(
            exchange.id or 0,
            exchange.question.text,
            exchange.question.swapped,
            exchange.judgment or JUDGMENT,
            *(judged_answer(exchange.answers[side]) for side in Side),
        )
        for exchange in judged
    )
    archive.close()


def test_removed_judgment_is_not_a_vote(archive: Archive) -> None:
    first, second = (keep(archive, sample.rivers()) for _ in range(2))
    numbers = [archive.conversation(each).exchanges[0].id or 0 for each in (second, first)]
    for number in numbers:
        archive.judge(number, JUDGMENT)
    assert [each.id for each in archive.votes()] == sorted(numbers)
    archive.judge(numbers[0], None)
    [vote] = archive.votes()
    assert vote.judgment == JUDGMENT
    assert vote.question == "Name three rivers."


def test_text_after_a_nul_is_counted(archive: Archive) -> None:
    conversation = sample.rivers()
    answers = {side: sample.answered(side, "长江\0 and more", "hm") for side in Side}
    named = answers[Side.LEFT]
    answers[Side.LEFT] = replace(named, model=replace(named.model, model="qwen\0-small"))
    [exchange] = conversation.exchanges
    keep(archive, replace(conversation, exchanges=(replace(exchange, answers=answers, judgment=JUDGMENT),)))
    [vote] = archive.votes()
    assert vote.left == JudgedAnswer("qwen\0-small", 12, 120, 400.0, 2300.0)
    assert vote.right.characters == 12
