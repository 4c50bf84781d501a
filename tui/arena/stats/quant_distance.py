"""Names and values of how far two quants are apart, for each figure and each prompt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest

from tui.arena.stats.divergence import Partings, Spread, partings, spread
from tui.chat.conversation import Side
from tui.chat.scores import Divergence, Parted
from tui.models.catalogue.spec import ModelSpec
from tui.text import clean_line

_PLACES = 8
"""How many of the places where both differ most are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of comparing two quants over `text`; answers hold up to `max_tokens`."""

    specs: Mapping[Side, ModelSpec]
    text: str
    divergences: tuple[Divergence, ...]
    spread: Spread
    answers: tuple[Parted, ...]
    partings: Partings
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is told."""

    name: str
    value: str


def compared(
    specs: Mapping[Side, ModelSpec], text: str, divergences: Sequence[Divergence], max_tokens: int
) -> Compared:
    """Return what one or more divergences come to, before anything is answered."""
    return Compared(
        specs=specs,
        text=text,
        divergences=tuple(divergences),
        spread=spread(divergences),
        answers=(),
        partings=partings(()),
        max_tokens=max_tokens,
    )


def answered(told: Compared, answer: Parted) -> Compared:
    """Return the same with one more prompt that both have answered."""
    answers = (*told.answers, answer)
    return replace(told, answers=answers, partings=partings(answers))


def rows(told: Compared) -> Iterator[Row]:
    """Yield a row for each figure, then one for each prompt; who was compared is left to whoever shows them."""
    found, parted = told.spread, told.partings
    yield Row("tokens compared", f"{found.tokens:,}")
    nats = f"median {found.median:.5f}, 99 % {found.high:.5f}, largest {found.largest:.5f}"
    yield Row("KL divergence (nats)", f"mean {found.mean:.5f}, {nats}")
    yield Row("same likeliest token", f"{found.agreement:.1%}")
    yield Row("perplexity", " and ".join(f"{each.perplexity:.4f}" for each in found.surprises))
    yield Row("bits per byte", " and ".join(f"{each.bits_per_byte:.4f}" for each in found.surprises))
    places = [f"{clean_line(token(told, each), 24)!r} {each.nats:.2f}" for each in largest(told)]
    if places:
        yield Row("they differ most at", " · ".join(places))
    if told.answers:
        first = "" if parted.first is None else f", the first at token {parted.first + 1}"
        yield Row("likeliest answers that part", f"{parted.parted} of {parted.answers} ({parted.share:.0%}){first}")
    for answer in told.answers:
        yield Row(f"  {clean_line(answer.prompt, 24)}", _outcome(answer))


def name_of(spec: ModelSpec) -> str:
    """Return what a model is called where it is compared with another quant of it."""
    return clean_line(f"{spec.name} ({spec.quant or spec.file})")


def largest(told: Compared) -> list[Divergence]:
    """Return the places where both differ most, the most first."""
    return nlargest(_PLACES, (each for each in told.divergences if each.nats > 0), key=lambda each: each.nats)


def token(told: Compared, place: Divergence) -> str:
    """Return the text of one place."""
    return told.text.encode("utf-8", "replace")[place.start : place.end].decode(errors="replace")


def _outcome(answer: Parted) -> str:
    if answer.tokens is None:
        return f"the same, {answer.same:,} tokens"
    left, right = (repr(clean_line(each, 24)) if each else "the end" for each in answer.tokens)
    return f"from token {answer.same + 1:,} on: {left} and {right}"
