"""The attempts at one question: which answers count, and what they show of both models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tui.arena.stats.agreement import Agreement, Spread, agreement
from tui.chat.conversation import Answer, Exchange, FinishReason, Side
from tui.text import clean_line

_COUNTED = frozenset({FinishReason.STOP, FinishReason.LENGTH})
_CELLS = 12
_BARS = " ▁▂▃▄▅▆▇█"
_LONGEST_FINAL = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """How alike the answers to one question are; `answers` are those that count, in the order they were asked for.

    `notes` are sentences on what else has to be known.
    """

    answers: Mapping[Side, tuple[Answer, ...]]
    agreement: Agreement
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of both sides under one heading, cleaned."""

    heading: str
    left: str
    right: str


def luck_of(exchange: Exchange) -> Luck:
    """Compare each side's answers: those that ended by themselves or at a limit, asked for as the last one was."""
    asked = {side: _attempts(exchange, side) for side in Side}
    answers = {side: tuple(each for each in asked[side] if _counts(each, asked[side][-1])) for side in Side}
    texts = {side: [answer.text for answer in answers[side]] for side in Side}
    notes = (*(note for side in Side for note in _notes(side, asked[side], answers[side])), *_kinship(answers))
    return Luck(answers=answers, agreement=agreement(texts[Side.LEFT], texts[Side.RIGHT]), notes=notes)


def rows(luck: Luck) -> tuple[Row, ...]:
    """Return what is told of each side by itself."""
    compared = luck.agreement
    spreads = {Side.LEFT: compared.left, Side.RIGHT: compared.right}
    longest = max((spread.longest for spread in spreads.values() if spread), default=0)
    return (
        Row("answers", *(str(len(luck.answers[side])) for side in Side)),
        Row("characters", *(_lengths(luck.answers[side]) for side in Side)),
        Row("spread", *(_range(spreads[side]) for side in Side)),
        Row("distribution", *(histogram([len(each.text) for each in luck.answers[side]], longest) for side in Side)),
        Row("comes down to", *(_finals(spreads[side]) for side in Side)),
        Row("agree within", share(compared.within_left), share(compared.within_right)),
    )


def across(luck: Luck) -> str:
    """Return what is told of both sides together, in one line."""
    compared = luck.agreement
    if compared.p is None:
        return f"agree across: {share(compared.between)}"
    ways = f"{'all' if compared.exact else 'of'} {compared.deals:,} ways to deal the answers to two sides"
    return f"agree across: {share(compared.between)}, p = {compared.p:.2g} ({ways})"


def share(value: float | None) -> str:
    """Return a share of 0 to 1 in words; of what has no pairs, that."""
    return "-" if value is None else f"{value:.0%}"


def histogram(lengths: Sequence[int], longest: int) -> str:
    """Return how many answers are how long, from no characters on the left to `longest` on the right."""
    if not lengths or not longest:
        return ""
    counts = [0] * _CELLS
    for length in lengths:
        counts[min(_CELLS - 1, length * _CELLS // longest)] += 1
    most = max(counts)
    return "|" + "".join(_BARS[-(-count * 8 // most)] for count in counts) + f"| {longest:,}"


def _attempts(exchange: Exchange, side: Side) -> tuple[Answer, ...]:
    answer = exchange.answers.get(side)
    return () if answer is None else (*exchange.earlier.get(side, ()), answer)


def _counts(answer: Answer, last: Answer) -> bool:
    return answer.finish_reason in _COUNTED and _alike(answer, last)


def _alike(answer: Answer, last: Answer) -> bool:
    """Return whether both were asked for under the same conditions, the seed left out."""
    seeded = replace(answer.setup, sampling=replace(answer.setup.sampling, seed=last.setup.sampling.seed))
    return seeded == last.setup and answer.model.weights == last.model.weights


def _notes(side: Side, asked: Sequence[Answer], counted: Sequence[Answer]) -> Iterator[str]:
    others = sum(not _alike(answer, asked[-1]) for answer in asked)
    unended = len(asked) - len(counted) - others
    cut = sum(answer.finish_reason is FinishReason.LENGTH for answer in counted)
    if others:
        yield f"The {side} side: {others} of {len(asked)} answers asked for under other conditions, left out."
    if unended:
        yield f"The {side} side: {unended} of {len(asked)} answers without an end, left out."
    if cut:
        yield f"The {side} side: {cut} of {len(counted)} answers cut at their limit."
    if counted and counted[-1].setup.sampling.temperature.value == 0:
        yield f"The {side} side takes the likeliest token each time (temperature 0): other seeds change nothing."


def _kinship(answers: Mapping[Side, tuple[Answer, ...]]) -> Iterator[str]:
    """The first attempts of both sides share their seed always, which weighs little; where more do, it is told."""
    left, right = ({answer.setup.sampling.seed.value for answer in answers[side]} for side in Side)
    shared = len(left & right)
    if shared > 1:
        yield f"Both sides had {shared} seeds in common: models of one kin answer more alike then than by chance."


def _lengths(answers: Sequence[Answer]) -> str:
    return " ".join(str(len(answer.text)) for answer in answers) or "-"


def _range(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    return f"{spread.shortest:,} to {spread.longest:,}, median {spread.median:,.0f}"


def _finals(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    said = [f"{clean_line(value, _LONGEST_FINAL)} ({count}x)" for value, count in spread.finals]
    return ", ".join([*said, *([f"nothing ({spread.without}x)"] if spread.without else [])])
