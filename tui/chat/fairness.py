"""Differences between the conditions of two answers, in sentences."""

from collections.abc import Callable, Iterator, Mapping

from tui.chat.conversation import Answer, Exchange, FinishReason, Side
from tui.chat.finish_words import PREDICATES
from tui.chat.sampling import Source


def unfair(exchange: Exchange) -> tuple[str, ...]:
    """Return what sets the two answers apart besides their models; empty for a fair pair, or while there is no pair.

    Where both makers recommend other sampling, each model has the conditions that it was made for: that is fair.
    """
    answers = exchange.answers
    if set(answers) != set(Side):
        return ()
    return (
        *_system(answers),
        *_thinking(answers),
        *_sampling(answers),
        *_limits(answers),
        *_cut(answers),
    )


def _system(answers: Mapping[Side, Answer]) -> Iterator[str]:
    texts = {side: answer.setup.system for side, answer in answers.items()}
    if len(set(texts.values())) > 1:
        yield "The system prompts are different."
    for side, answer in answers.items():
        if answer.setup.system and not answer.model.takes_system and answers[side.other].model.takes_system:
            yield f"The {side} model has no system role: it got the system prompt in front of the first question."


def _thinking(answers: Mapping[Side, Answer]) -> Iterator[str]:
    words = {None: "left to the model", True: "on", False: "off"}
    think = {side: words[answer.setup.think] for side, answer in answers.items()}
    if len(set(think.values())) > 1:
        yield f"Thinking is {_each(think)}."
    budgets = {side: answer.setup.think_budget for side, answer in answers.items()}
    if len(set(budgets.values())) > 1:
        limits = {side: "the usual" if budget is None else f"{budget:,}" for side, budget in budgets.items()}
        yield f"The limit of thinking in tokens is {_each(limits)}."
    for side, answer in answers.items():
        if answer.usage is not None and answer.usage.think_ignored:
            yield f"Switching thinking does nothing to the {side} model."


def _sampling(answers: Mapping[Side, Answer]) -> Iterator[str]:
    left, right = (answers[side].setup.sampling.choices() for side in Side)
    for name, mine in left.items():
        yours = right[name]
        if mine.value != yours.value and Source.USER in {mine.source, yours.source}:
            word = name.replace("_", " ")
            yield f"The {word} is {_each({Side.LEFT: _number(mine.value), Side.RIGHT: _number(yours.value)})}."


def _limits(answers: Mapping[Side, Answer]) -> Iterator[str]:
    kinds: Mapping[str, Callable[[Answer], int]] = {
        "The limit of an answer in tokens is {}.": lambda answer: answer.setup.max_tokens,
        "The context in tokens is {}.": lambda answer: answer.model.context,
    }
    for sentence, value in kinds.items():
        values = {side: f"{value(answer):,}" for side, answer in answers.items()}
        if len(set(values.values())) > 1:
            yield sentence.format(_each(values))


def _cut(answers: Mapping[Side, Answer]) -> Iterator[str]:
    """Only one side was shortened: its past, or its answer."""
    dropped = {side: answer.usage.dropped_turns if answer.usage else 0 for side, answer in answers.items()}
    if len(set(dropped.values())) > 1:
        yield f"Of the oldest turns, {_each({side: str(count) for side, count in dropped.items()})} did not fit."
    for reason, words in PREDICATES.items():
        sides = [side for side, answer in answers.items() if answer.finish_reason is reason]
        if len(sides) == 1 and reason is not FinishReason.STOP:
            yield f"Only the {sides[0]} answer {words}."


def _number(value: float) -> str:
    """Return a seed with all of its digits; anything else as it is usually written."""
    return str(int(value)) if float(value).is_integer() else f"{value:g}"


def _each(values: Mapping[Side, str]) -> str:
    return f"{values[Side.LEFT]} on the left and {values[Side.RIGHT]} on the right"
