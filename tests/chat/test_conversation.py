"""Each side hears itself alone, and a full context loses its oldest turns first."""

from datetime import UTC, datetime

from tui.chat.context_window import reserve, without_oldest
from tui.chat.conversation import (
    Answer,
    Conversation,
    Exchange,
    FinishReason,
    Message,
    ModelInfo,
    Question,
    Role,
    Setup,
    Side,
    Usage,
    Weights,
    history_for,
)
from tui.chat.events import Delta, Failed, Finished, Recast
from tui.chat.partial_answer import updated
from tui.chat.sampling import resolve

MODEL = ModelInfo(model="m", name="M", weights=Weights(None, "m.gguf", 1, ""))
SETUP = Setup(sampling=resolve(seed=1, user={}, catalogue={}, gguf={}), max_tokens=9)
USAGE = Usage(prompt_tokens=4, reused_tokens=0, completion_tokens=3, started_ms=0, ended_ms=9, threads=1)


def answer(text: str, thinking: str | None = None) -> Answer:
    return Answer(model=MODEL, setup=SETUP, text=text, thinking=thinking, finish_reason=FinishReason.STOP)


def exchange(text: str, **answers: Answer) -> Exchange:
    return Exchange(Question(text, datetime.now(UTC)), {Side(name): each for name, each in answers.items()})


def conversation(*exchanges: Exchange) -> Conversation:
    return Conversation(models={Side.LEFT: MODEL}, started_at=datetime.now(UTC), exchanges=exchanges)


def test_a_side_hears_only_its_own_answers_their_thinking_apart() -> None:
    talk = conversation(exchange("hi", left=answer("L", "hm"), right=answer("R")))
    assert history_for(Side.LEFT, talk) == (Message(Role.USER, "hi"), Message(Role.ASSISTANT, "L", "hm"))
    assert history_for(Side.RIGHT, talk) == (Message(Role.USER, "hi"), Message(Role.ASSISTANT, "R"))


def test_a_question_without_an_answer_text_is_left_out_with_it() -> None:
    talk = conversation(exchange("one", left=answer("")), exchange("two"), exchange("three", left=answer("3")))
    assert [message.text for message in history_for(Side.LEFT, talk)] == ["three", "3"]


def test_the_title_is_the_first_line_asked() -> None:
    assert conversation().title == ""
    assert conversation(exchange("\nfirst line\nsecond", left=answer("a"))).title == "first line"


def test_an_answer_grows_by_its_events() -> None:
    partial_answers = Answer(model=MODEL, setup=SETUP)
    for event in (Delta("hm", thinking=True, tokens=1), Delta("so", thinking=False, tokens=2)):
        partial_answers = updated(partial_answers, event)
    assert (partial_answers.thinking, partial_answers.text, partial_answers.finish_reason) == ("hm", "so", None)
    turned = updated(partial_answers, Recast())
    assert (turned.thinking, turned.text) == ("hmso", "")
    ended = updated(partial_answers, Finished(FinishReason.LENGTH, USAGE))
    assert (ended.finish_reason, ended.usage) == (FinishReason.LENGTH, USAGE)
    failed = updated(partial_answers, Failed("gone"))
    assert (failed.text, failed.finish_reason, failed.error) == ("so", FinishReason.FAILED, "gone")


def test_the_rate_counts_the_steps_between_tokens() -> None:
    assert USAGE.tokens_per_second == 0
    timed = Usage(
        prompt_tokens=1,
        reused_tokens=0,
        completion_tokens=11,
        started_ms=0,
        ended_ms=2500,
        threads=1,
        first_ms=500,
        last_ms=1500,
    )
    assert timed.tokens_per_second == 10


def messages(*texts: str) -> tuple[Message, ...]:
    roles = (Role.USER, Role.ASSISTANT)
    return tuple(Message(roles[index % 2], text) for index, text in enumerate(texts))


def test_the_oldest_turn_goes_first_and_the_system_text_stays() -> None:
    system = Message(Role.SYSTEM, "be brief")
    shorter = without_oldest((system, *messages("1", "a", "2", "b", "3")))
    assert shorter == (system, *messages("2", "b", "3"))
    assert without_oldest((system, *messages("3"))) is None


def test_room_is_kept_for_an_answer() -> None:
    assert reserve(4096, 100) == 100
    assert reserve(4096, 4096) == 1024
