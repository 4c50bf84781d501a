"""Which of several answers to one question count, and what is said of them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tui.arena.stats.agreement import Verdict
from tui.arena.stats.luck import Row, across, histogram, luck_of, rows
from tui.chat.conversation import Answer, Exchange, FinishReason, ModelInfo, Question, Setup, Side, Weights
from tui.chat.sampling import resolve


def answer(text: str, seed: int = 1, reason: FinishReason | None = FinishReason.STOP, **user: float) -> Answer:
    return Answer(
        model=ModelInfo(model="m", name="M", weights=Weights(None, "m.gguf", 1, "ab")),
        setup=Setup(sampling=resolve(seed=seed, user=user, catalogue={}, gguf={}), max_tokens=9),
        text=text,
        finish_reason=reason,
    )


def exchange(left: list[Answer], right: list[Answer]) -> Exchange:
    asked = {Side.LEFT: left, Side.RIGHT: right}
    return Exchange(
        Question("hi", datetime.now(UTC)),
        {side: answers[-1] for side, answers in asked.items() if answers},
        {side: tuple(answers[:-1]) for side, answers in asked.items() if answers[:-1]},
    )


def row(found: tuple[Row, ...], heading: str) -> tuple[str, str]:
    return next((each.left, each.right) for each in found if each.heading == heading)


def test_all_attempts_count_the_last_one_too() -> None:
    luck = luck_of(exchange([answer("43", seed) for seed in range(4)], [answer("42", seed) for seed in range(3, 7)]))
    assert [len(answers) for answers in luck.answers.values()] == [4, 4]
    assert luck.agreement.verdict is Verdict.MODEL
    assert luck.notes == ()
    found = rows(luck)
    assert row(found, "answers") == ("4", "4")
    assert row(found, "characters") == ("2 2 2 2", "2 2 2 2")
    assert row(found, "spread") == ("2 to 2, median 2", "2 to 2, median 2")
    assert row(found, "comes down to") == ("43 (4x)", "42 (4x)")
    assert row(found, "agree within") == ("100%", "100%")
    assert across(luck) == "agree across: 0%, p = 0.029 (all 70 ways to deal the answers to two sides)"


def test_one_answer_a_side_tells_nothing() -> None:
    luck = luck_of(exchange([answer("Yes.")], [answer("Sure")]))
    assert luck.agreement.sentence == "One answer a side can tell nothing about luck: ask at least 4 times."
    assert row(rows(luck), "agree within") == ("-", "-")
    assert row(rows(luck), "comes down to") == ("yes (1x)", "nothing (1x)")
    assert across(luck) == "agree across: 0%"


def test_a_side_that_was_not_asked_has_nothing_to_show() -> None:
    luck = luck_of(exchange([answer("Yes.")], []))
    assert luck.answers[Side.RIGHT] == ()
    assert [each.right for each in rows(luck)] == ["0", "-", "-", "", "-", "-"]
    assert across(luck) == "agree across: -"


@pytest.mark.parametrize("reason", [FinishReason.STOPPED, FinishReason.FAILED, FinishReason.INTERRUPTED, None])
def test_what_did_not_come_to_its_end_is_left_out_and_told(reason: FinishReason | None) -> None:
    luck = luck_of(exchange([answer("a"), answer("b", reason=reason)], [answer("c", reason=FinishReason.LENGTH)]))
    assert [each.text for each in luck.answers[Side.LEFT]] == ["a"]
    assert luck.notes == (
        "The left side: 1 of 2 answers without an end, left out.",
        "The right side: 1 of 1 answers cut at their limit.",
    )


def test_what_was_asked_otherwise_is_left_out_and_told() -> None:
    other = replace(answer("d"), model=ModelInfo(model="n", name="N", weights=Weights(None, "n.gguf", 1, "cd")))
    left = [answer("a", temperature=1.5), other, answer("b", seed=7), answer("c", seed=8)]
    luck = luck_of(exchange(left, [answer("e")]))
    assert [each.text for each in luck.answers[Side.LEFT]] == ["b", "c"]
    assert luck.notes == ("The left side: 2 of 4 answers asked for under other conditions, left out.",)


def test_seeds_that_both_sides_had_are_told() -> None:
    luck = luck_of(exchange([answer("a", seed) for seed in range(4)], [answer("b", seed) for seed in range(2, 6)]))
    assert luck.notes == ("Both sides had 2 seeds in common: models of one kin answer more alike then than by chance.",)


def test_greedy_answers_are_told() -> None:
    luck = luck_of(exchange([answer("a")], [answer("b", temperature=0)]))
    assert luck.notes == (
        "The right side takes the likeliest token each time (temperature 0): other seeds change nothing.",
    )


def test_what_a_model_says_cannot_act_on_a_terminal() -> None:
    luck = luck_of(exchange([answer("\\boxed{\x1b[2Jx\ty}")], [answer("b")]))
    told = row(rows(luck), "comes down to")[0]
    assert "\x1b" not in told
    assert "\t" not in told
    assert "(1x)" in told


@pytest.mark.parametrize(
    ("lengths", "longest", "expected"),
    [
        ([], 10, ""),
        ([0, 0], 0, ""),
        ([100], 100, f"|{' ' * 11}█| 100"),
        ([0, 1, 2, 3, 50, 1200], 1200, f"|█{' ' * 10}▂| 1,200"),
    ],
)
def test_lengths_as_a_picture(lengths: list[int], longest: int, expected: str) -> None:
    assert histogram(lengths, longest) == expected
