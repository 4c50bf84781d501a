"""A pair is fair when nothing but the models sets the answers apart; else it is said what does."""

from dataclasses import replace

import pytest

from tests.archive import sample
from tui.chat.conversation import Answer, Exchange, FinishReason, Side
from tui.chat.fairness import unfair
from tui.chat.sampling import resolve


def pair(left: Answer, right: Answer) -> Exchange:
    return Exchange(sample.question(), {Side.LEFT: left, Side.RIGHT: right})


SAME = replace(sample.answered(Side.LEFT, "Nile"), usage=replace(sample.USAGE, dropped_turns=0))


def with_setup(**changes: object) -> Answer:
    return replace(SAME, setup=replace(SAME.setup, **changes))  # type: ignore[arg-type]


def sampling(user: dict[str, float], catalogue: dict[str, float]) -> Answer:
    return with_setup(sampling=resolve(seed=7, user=user, catalogue=catalogue, gguf={}))


def test_the_same_conditions_are_fair() -> None:
    assert unfair(pair(SAME, SAME)) == ()


def test_one_answer_alone_is_compared_with_nothing() -> None:
    assert unfair(Exchange(sample.question(), {Side.LEFT: with_setup(system="Be brief.")})) == ()


def test_what_both_makers_recommend_is_fair() -> None:
    assert unfair(pair(sampling({}, {"temperature": 0.6}), sampling({}, {"temperature": 0.2}))) == ()


@pytest.mark.parametrize(
    ("right", "sentence"),
    [
        (with_setup(system="Be brief."), "The system prompts are different."),
        (
            with_setup(think_budget=50),
            "The limit of thinking in tokens is the usual on the left and 50 on the right.",
        ),
        (
            sampling({"seed": 4_294_967_295, "temperature": 0.2}, {}),
            "The seed is 7 on the left and 4294967295 on the right.",
        ),
        (with_setup(think=False), "Thinking is left to the model on the left and off on the right."),
        (sampling({"temperature": 1.5}, {}), "The temperature is 0.2 on the left and 1.5 on the right."),
        (with_setup(max_tokens=50), "The limit of an answer in tokens is 1,024 on the left and 50 on the right."),
        (
            replace(SAME, model=replace(SAME.model, context=512)),
            "The context in tokens is 4,096 on the left and 512 on the right.",
        ),
        (
            replace(SAME, usage=replace(sample.USAGE, dropped_turns=2)),
            "Of the oldest turns, 0 on the left and 2 on the right did not fit.",
        ),
        (replace(SAME, finish_reason=FinishReason.LENGTH), "Only the right answer reached its limit."),
        (
            replace(SAME, usage=replace(sample.USAGE, think_ignored=True)),
            "Switching thinking does nothing to the right model.",
        ),
    ],
)
def test_what_is_different_is_said(right: Answer, sentence: str) -> None:
    assert unfair(pair(SAME, right)) == (sentence,)


def test_a_model_without_a_system_role_is_named_where_there_is_system_text() -> None:
    left = with_setup(system="Be brief.")
    right = replace(left, model=replace(left.model, takes_system=False))
    assert "The right model has no system role" in unfair(pair(left, right))[0]
    assert unfair(pair(right, right)) == ()
    assert unfair(pair(SAME, replace(SAME, model=right.model))) == ()
