"""Owns how the distance between two quants is shown: lines for people, or one JSON document."""

import json
import math
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from tui.arena.stats.perplexity import Surprise
from tui.arena.stats.quant_distance import Compared, Row, largest, name_of, rows, token
from tui.chat.conversation import Side
from tui.chat.scores import Parted


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
            {"text": token(compared, each), "start": each.start, "kl": each.nats} for each in largest(compared)
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
    names = Row("left, right", " and ".join(name_of(compared.specs[side]) for side in Side))
    for row in (names, *rows(compared)):
        out.print(Text.assemble((set_cell_size(row.name, 28), "bold"), row.value), soft_wrap=True)


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
