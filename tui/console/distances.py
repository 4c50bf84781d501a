"""Owns how the distance between two quants is shown: lines for people, or one JSON document."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from tui.arena.divergence import Partings, Spread
from tui.arena.surprise import Surprise
from tui.chat.conversation import Side
from tui.chat.scores import Divergence, Parted
from tui.models.spec import ModelSpec
from tui.text import clean_line

_PLACES = 8
"""How many of the places where both differ most are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of comparing two quants over `text`."""

    specs: Mapping[Side, ModelSpec]
    text: str
    divergences: tuple[Divergence, ...]
    spread: Spread
    answers: tuple[Parted, ...]
    partings: Partings
    max_tokens: int


def write(out: Console, compared: Compared) -> None:
    """One JSON document."""
    found = compared.spread
    sides = zip(Side, found.surprises, strict=True)
    document = {
        **{str(side): _side(compared, side, surprise) for side, surprise in sides},
        "bytes": len(compared.text.encode("utf-8", "replace")),
        "tokens": found.tokens,
        "kl": {"mean": found.mean, "median": found.median, "p99": found.high, "max": found.largest},
        "same_top": found.agreement,
        "largest": [
            {"text": _token(compared, each), "start": each.start, "kl": each.nats} for each in _largest(compared)
        ],
        "answers": {
            "prompts": compared.partings.answers,
            "parted": compared.partings.parted,
            "share": compared.partings.share,
            "first_token": _number(compared.partings.first),
            "max_tokens": compared.max_tokens,
            "each": [_answer(each) for each in compared.answers],
        },
    }
    out.file.write(json.dumps(document, indent=2) + "\n")


def show(out: Console, compared: Compared) -> None:
    """A line for each figure, and one for each prompt."""
    for name, value in _lines(compared):
        out.print(Text.assemble((set_cell_size(name, 28), "bold"), value), soft_wrap=True)


def _lines(compared: Compared) -> Iterator[tuple[str, str]]:
    found, parted = compared.spread, compared.partings
    yield "left, right", " and ".join(_name(compared, side) for side in Side)
    yield "tokens compared", f"{found.tokens:,}"
    spread = f"median {found.median:.5f}, 99 % {found.high:.5f}, largest {found.largest:.5f}"
    yield "KL divergence (nats)", f"mean {found.mean:.5f}, {spread}"
    yield "same likeliest token", f"{found.agreement:.1%}"
    yield "perplexity", " and ".join(f"{each.perplexity:.4f}" for each in found.surprises)
    yield "bits per byte", " and ".join(f"{each.bits_per_byte:.4f}" for each in found.surprises)
    places = [f"{clean_line(_token(compared, each), 24)!r} {each.nats:.2f}" for each in _largest(compared)]
    if places:
        yield "they differ most at", " · ".join(places)
    if compared.answers:
        first = "" if parted.first is None else f", the first at token {parted.first + 1}"
        yield "likeliest answers that part", f"{parted.parted} of {parted.answers} ({parted.share:.0%}){first}"
    for each in compared.answers:
        yield f"  {clean_line(each.prompt, 24)}", _outcome(each)


def _outcome(answer: Parted) -> str:
    if answer.tokens is None:
        return f"the same, {answer.same:,} tokens"
    left, right = (repr(clean_line(token, 24)) if token else "the end" for token in answer.tokens)
    return f"from token {answer.same + 1:,} on: {left} and {right}"


def _largest(compared: Compared) -> list[Divergence]:
    differing = (each for each in compared.divergences if each.nats > 0)
    return nlargest(_PLACES, differing, key=lambda each: each.nats)


def _token(compared: Compared, place: Divergence) -> str:
    return compared.text.encode("utf-8", "replace")[place.start : place.end].decode(errors="replace")


def _name(compared: Compared, side: Side) -> str:
    spec = compared.specs[side]
    return clean_line(f"{spec.name} ({spec.quant or spec.file})")


def _side(compared: Compared, side: Side, surprise: Surprise) -> dict[str, Any]:
    spec = compared.specs[side]
    return {
        "model": spec.id,
        "name": spec.name,
        "file": spec.file,
        "perplexity": surprise.perplexity if math.isfinite(surprise.perplexity) else None,
        "bits_per_byte": surprise.bits_per_byte,
    }


def _answer(answer: Parted) -> dict[str, Any]:
    left, right = answer.tokens or (None, None)
    return {
        "prompt": answer.prompt,
        "token": None if answer.tokens is None else _number(answer.same),
        "same": answer.text,
        "left": left,
        "right": right,
    }


def _number(tokens: int | None) -> int | None:
    """The number of the token after so many, counted from 1."""
    return None if tokens is None else tokens + 1
