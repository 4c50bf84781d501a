"""The archive: everything comes back as it was saved, for another run at the same time, too."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from tests.archive import sample
from tui.archive.store import Archive, ArchiveError
from tui.chat.conversation import Answer, Conversation, FinishReason, Question, Side
from tui.chat.judgment import Judgment, Verdict


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "archive.db"


@pytest.fixture
def archive(file: Path) -> Iterator[Archive]:
    opened = Archive.open(file)
    yield opened
    opened.close()


def keep(archive: Archive, conversation: Conversation) -> int:
    """Save `conversation` in `archive` step by step, as a session does; return its id."""
    begun = archive.begin(conversation)
    assert begun.id is not None
    for exchange in conversation.exchanges:
        attempts = {side: (*exchange.earlier.get(side, ()), answer) for side, answer in exchange.answers.items()}
        number = archive.ask(begun.id, exchange.question, {side: empty(each[0]) for side, each in attempts.items()})
        for side, (first, *others) in attempts.items():
            write(archive, number, side, first)
            for answer in others:
                archive.again(number, {side: empty(answer)})
                write(archive, number, side, answer)
        archive.judge(number, exchange.judgment)
    return begun.id


def empty(answer: Answer) -> Answer:
    """Return `answer` before its first token."""
    return Answer(model=answer.model, setup=answer.setup)


def write(archive: Archive, exchange_id: int, side: Side, answer: Answer) -> None:
    """Save an answer, finished or in progress."""
    if answer.finish_reason is None:
        archive.checkpoint(exchange_id, side, answer)
    else:
        archive.finish(exchange_id, side, answer)


def ask(archive: Archive, text: str, answer: str = "") -> int:
    """Save a conversation of one question with a left answer; return its id."""
    begun = archive.begin(sample.conversation())
    assert begun.id is not None
    number = archive.ask(begun.id, sample.question(text), sample.partial_answers())
    archive.finish(number, Side.LEFT, sample.answered(Side.LEFT, answer))
    return begun.id


def test_new_attempt_removes_the_judgment(archive: Archive) -> None:
    conversation = sample.rivers()
    number = keep(archive, conversation)
    exchange = archive.conversation(number).exchanges[0]
    assert exchange.id is not None
    said = Judgment(verdict=Verdict.LEFT, at=sample.WHEN, blind=True, masked=True, note="clear", tags=("facts",))
    archive.judge(exchange.id, replace(said, verdict=Verdict.TIE))
    archive.judge(exchange.id, said)
    assert archive.conversation(number).exchanges[0].judgment == said
    archive.again(exchange.id, {Side.RIGHT: sample.partial_answers()[Side.RIGHT]})
    archive.checkpoint(exchange.id, Side.RIGHT, replace(sample.partial_answers()[Side.RIGHT], text="Rhi"))
    after = archive.conversation(number).exchanges[0]
    assert after.judgment is None
    assert after.earlier == {Side.RIGHT: (conversation.exchanges[0].answers[Side.RIGHT],)}
    assert after.answers[Side.LEFT] == conversation.exchanges[0].answers[Side.LEFT]
    assert after.answers[Side.RIGHT].text == "Rhi"
    assert after == conversation.exchanges[0].again({Side.RIGHT: after.answers[Side.RIGHT]})


def test_judgment_can_be_removed(archive: Archive) -> None:
    number = keep(archive, sample.rivers())
    exchange = archive.conversation(number).exchanges[0]
    assert exchange.id is not None
    archive.judge(exchange.id, Judgment(verdict=Verdict.BOTH_BAD, at=sample.WHEN))
    archive.judge(exchange.id, None)
    assert archive.conversation(number) == replace(sample.rivers(), id=number)


@given(sample.CONVERSATIONS)
def test_conversation_comes_back_exactly(archive: Archive, conversation: Conversation) -> None:
    number = keep(archive, conversation)
    present = dict(conversation.models)
    for exchange in conversation.exchanges:
        present |= {side: answer.model for side, answer in exchange.answers.items()}
    assert archive.conversation(number) == replace(conversation, id=number, models=present)


def test_integers_come_back_as_integers(archive: Archive) -> None:
    answer = archive.conversation(keep(archive, sample.rivers())).exchanges[0].answers[Side.LEFT]
    choices = answer.setup.sampling.choices()
    assert [name for name, choice in choices.items() if isinstance(choice.value, int)] == ["seed", "top_k"]


@pytest.mark.parametrize(
    "text",
    [
        "中文，日本語",
        "\N{MAN}\N{ZERO WIDTH JOINER}\N{ROCKET} \N{REGIONAL INDICATOR SYMBOL LETTER C}",
        "e\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}",
        "\0\x1b[2J\x9b\r\n\x7f",
        "a\udc80b",
        "\ud83d\ude00",
    ],
    ids=["chinese", "emoji", "combining", "controls", "lone surrogate", "pair of surrogates"],
)
def test_every_kind_of_text_is_kept_to_the_character(archive: Archive, text: str) -> None:
    number = ask(archive, text, answer=text)
    [exchange] = archive.conversation(number).exchanges
    assert exchange.question.text == text
    assert exchange.answers[Side.LEFT].text == text


def test_conversation_is_kept_after_closing(archive: Archive, file: Path) -> None:
    number = keep(archive, sample.rivers())
    archive.close()
    again = Archive.open(file)
    assert again.conversation(number) == replace(sample.rivers(), id=number)
    assert again.notice is None
    again.close()


def test_another_run_sees_question_and_partial_answer_at_once(archive: Archive, file: Path) -> None:
    begun = archive.begin(sample.conversation())
    assert begun.id is not None
    number = archive.ask(begun.id, sample.question(), sample.partial_answers())
    other = Archive.open(file)
    assert other.conversation(begun.id).exchanges[0].question == sample.question()
    archive.checkpoint(number, Side.LEFT, replace(sample.partial_answers()[Side.LEFT], text="Ni"))
    left = other.conversation(begun.id).exchanges[0].answers[Side.LEFT]
    assert (left.text, left.finish_reason) == ("Ni", None)
    other.close()


def test_late_checkpoint_does_not_change_a_finished_answer(archive: Archive) -> None:
    begun = archive.begin(sample.conversation())
    assert begun.id is not None
    number = archive.ask(begun.id, sample.question(), sample.partial_answers())
    ended = sample.answered(Side.LEFT, "Nile")
    archive.finish(number, Side.LEFT, ended)
    archive.checkpoint(number, Side.LEFT, replace(sample.partial_answers()[Side.LEFT], text="Ni"))
    assert archive.conversation(begun.id).exchanges[0].answers[Side.LEFT] == ended


def test_closing_keeps_unfinished_answers_as_interrupted(archive: Archive, file: Path) -> None:
    begun = archive.begin(sample.conversation())
    assert begun.id is not None
    number = archive.ask(begun.id, sample.question(), sample.partial_answers())
    archive.checkpoint(number, Side.RIGHT, replace(sample.partial_answers()[Side.RIGHT], text="Rhi"))
    archive.close()
    again = Archive.open(file)
    answers = again.conversation(begun.id).exchanges[0].answers
    assert {answer.finish_reason for answer in answers.values()} == {FinishReason.INTERRUPTED}
    assert answers[Side.RIGHT].text == "Rhi"
    again.close()


def test_resumed_conversation_keeps_its_id_and_gets_the_new_models(archive: Archive) -> None:
    number = keep(archive, sample.rivers())
    model = replace(sample.RIGHT, model="gemma", name="Gemma")
    question = Question("And lakes?", sample.WHEN, (Side.RIGHT,))
    archive.ask(number, question, {Side.RIGHT: Answer(model=model, setup=sample.SETUP)})
    resumed = archive.conversation(number)
    assert [each.question.text for each in resumed.exchanges] == ["Name three rivers.", "And lakes?"]
    assert resumed.models == {Side.LEFT: sample.LEFT, Side.RIGHT: model}
    assert archive.latest_pair() == ("qwen-small", "gemma")


def test_empty_archive_has_no_latest_conversation(archive: Archive) -> None:
    archive.begin(sample.conversation())
    assert archive.conversations() == ()
    assert archive.latest_id() is None
    assert archive.latest_pair() is None


def test_list_starts_with_the_conversation_asked_last(archive: Archive) -> None:
    first, second = ask(archive, "  one\nmore"), ask(archive, "two")
    archive.ask(first, sample.question("three"), {})
    newest, older = archive.conversations()
    assert (newest.id, newest.title, newest.exchanges, newest.models) == (first, "one", 2, ("qwen-small", "smol"))
    assert (older.id, older.started_at) == (second, sample.WHEN)
    assert archive.conversations(1) == (newest,)
    assert archive.latest_id() == first


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("RIVER", {"river"}),
        ("huang 河", {"river"}),
        ("黄河", {"river"}),
        ("nile nothing", set()),
        ("100%", {"percent"}),
        ("%", {"percent"}),
        ("_", set()),
        ("\\", set()),
        ("'", set()),
        ("после", {"nul"}),
        ("cafe\u0301", {"nul"}),
        ("", set()),
        ("  ", set()),
    ],
)
def test_search_finds_parts_of_words_in_questions_and_answers(archive: Archive, words: str, found: set[str]) -> None:
    said = {
        "river": ask(archive, "Name a River", "Huang He, 黄河很长"),
        "percent": ask(archive, "What is 100% of 3?", "Three"),
        "nul": ask(archive, "x", "before\0ПОСЛЕ Café"),
    }
    assert {each.id for each in archive.search(words)} == {said[name] for name in found}


@pytest.mark.parametrize("number", [7, -1, 10**30])
def test_missing_conversation_is_one_sentence(archive: Archive, number: int) -> None:
    with pytest.raises(ArchiveError, match="no conversation"):
        archive.conversation(number)
    with pytest.raises(ArchiveError, match="no conversation"):
        archive.ask(number, sample.question(), sample.partial_answers())


def test_answer_to_a_missing_question_is_refused(archive: Archive) -> None:
    with pytest.raises(ArchiveError, match="no longer holds"):
        archive.finish(99, Side.LEFT, sample.answered(Side.LEFT, "Nile"))


def test_finished_answer_needs_a_finish_reason(archive: Archive) -> None:
    with pytest.raises(ValueError, match="reason"):
        archive.finish(1, Side.LEFT, sample.partial_answers()[Side.LEFT])


def test_threads_take_turns(archive: Archive) -> None:
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda text: ask(archive, f"question {text}", "yes"), range(40)))
    assert len(set(numbers)) == 40
    assert {each.exchanges for each in archive.conversations()} == {1}
    assert len(archive.search("yes")) == 40


def test_failed_question_leaves_nothing_behind(archive: Archive) -> None:
    number = keep(archive, sample.rivers())
    unwritable = replace(sample.partial_answers()[Side.LEFT], text=None)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        archive.ask(number, sample.question("lost"), {Side.LEFT: unwritable})
    assert len(archive.conversation(number).exchanges) == 1
    assert ask(archive, "next") == number + 1
