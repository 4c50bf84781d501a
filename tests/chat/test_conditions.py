"""The conditions of two answers, as a person reads them, on the sides that they are shown on."""

from dataclasses import replace

from tests.archive import sample
from tui.chat.conditions import NO_TEMPLATE, Row, rows
from tui.chat.conversation import Exchange, Side
from tui.chat.pane_order import as_shown

PAIR = sample.rivers().exchanges[0]


def row(exchange: Exchange, heading: str) -> Row:
    return next(row for row in rows(exchange) if row.heading == heading)


def test_every_sampling_value_says_where_it_came_from() -> None:
    assert row(PAIR, "temperature") == Row("temperature", "0.2 (user)", "0.2 (user)")
    assert row(PAIR, "top k").left == "20 (gguf)"
    assert row(PAIR, "repeat penalty").left == "1 (default)"
    assert row(PAIR, "seed").same


def test_a_large_seed_is_shown_to_its_last_digit() -> None:
    answer = PAIR.answers[Side.LEFT]
    choices = replace(answer.setup.sampling, seed=replace(answer.setup.sampling.seed, value=4_294_967_294))
    large = PAIR.with_answer(Side.LEFT, replace(answer, setup=replace(answer.setup, sampling=choices)))
    assert row(large, "seed").left == "4294967294 (default)"


def test_what_is_known_of_one_side_only_is_shown_for_that_one() -> None:
    assert row(PAIR, "sha256") == Row("sha256", "1d961d961d96", "")
    assert row(PAIR, "template") == Row("template", "abababababab", "")
    loaded = PAIR.with_answer(
        Side.RIGHT, replace(PAIR.answers[Side.RIGHT], model=replace(sample.RIGHT, engine="scripted 1"))
    )
    assert row(loaded, "template").right == NO_TEMPLATE


def test_the_prompts_tokens_and_what_did_not_fit() -> None:
    assert row(PAIR, "prompt tokens").left == "30, 12 of them reused"
    dropped = replace(PAIR.answers[Side.LEFT], usage=replace(sample.USAGE, dropped_turns=2))
    assert row(PAIR.with_answer(Side.LEFT, dropped), "turns left out") == Row("turns left out", "the 2 oldest", "none")


def test_one_answer_alone_has_one_column() -> None:
    alone = Exchange(PAIR.question, {Side.RIGHT: PAIR.answers[Side.RIGHT]})
    assert row(alone, "model") == Row("model", "", "Smol")


def test_answers_stand_where_they_are_shown() -> None:
    assert as_shown(PAIR) is PAIR
    earlier = {Side.LEFT: (sample.answered(Side.LEFT, "Before"),)}
    question = replace(PAIR.question, swapped=True, sides=(Side.LEFT,))
    swapped = as_shown(replace(PAIR, question=question, earlier=earlier))
    assert swapped.answers == {Side.RIGHT: PAIR.answers[Side.LEFT], Side.LEFT: PAIR.answers[Side.RIGHT]}
    assert swapped.earlier == {Side.RIGHT: earlier[Side.LEFT]}
    assert (swapped.question.sides, swapped.question.swapped) == ((Side.RIGHT,), False)
