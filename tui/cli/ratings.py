"""Owns the JSON of a leaderboard."""

import json
from collections.abc import Mapping
from math import isinf
from typing import Any

import msgspec

from tui.arena.ratings.leaderboard import Leaderboard
from tui.models.catalogue.spec import ModelSpec


def to_json(board: Leaderboard, specs: Mapping[str, ModelSpec], *, blind: bool) -> str:
    """One document with everything; an open end of an interval is null."""
    document = msgspec.to_builtins(board) | {
        "blind_only": blind,
        "habits": [msgspec.to_builtins(habit) | {"words": habit.words} for habit in board.habits],
        "models": {row.model: _known(row.model, specs) for row in board.overall.rows},
    }
    return json.dumps(_finite(document), ensure_ascii=False, indent=2)


def _finite(value: Any) -> Any:
    """`value` with None for what is infinite, which JSON has no number for."""
    match value:
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float() if isinf(value):
            return None
        case _:
            return value


def _known(model: str, specs: Mapping[str, ModelSpec]) -> dict[str, Any]:
    spec = specs.get(model)
    if spec is None:
        return {"name": None, "maker": None, "country": None, "in_catalogue": False}
    return {"name": spec.name, "maker": spec.maker, "country": spec.country, "in_catalogue": True}
