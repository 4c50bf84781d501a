"""Owns the options that a side's answers take on the command line, each for both sides and for one alone."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tui.chat.conversation import Side
    from tui.chat.generation_settings import Overrides

_KINDS: Mapping[str, tuple[Any, str]] = {
    "system": (str, "System prompt."),
    "seed": (int, "Seed of the sampler."),
    "temperature": (float, "Sampling temperature; 0 takes the likeliest token."),
    "top-p": (float, "Keep the likeliest tokens that add up to this share."),
    "top-k": (int, "Keep this many of the likeliest tokens; 0 keeps all."),
    "min-p": (float, "Keep tokens at least this likely, measured against the likeliest."),
    "max-tokens": (click.IntRange(min=1), "Where an answer ends, thinking included."),
    "think-budget": (click.IntRange(min=0), "Tokens of thinking after which an answer is asked for."),
    "context": (click.IntRange(min=256), "Tokens of context."),
}


def side_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--NAME`, `--NAME-left` and `--NAME-right` for everything that a side's answers depend on."""
    for suffix in ("-right", "-left", ""):
        one_side = bool(suffix)
        switch = f"--think{suffix}/--no-think{suffix}"
        function = click.option(switch, default=None, hidden=one_side, help="Let the model think, or not.")(function)
        for name, (kind, text) in reversed(tuple(_KINDS.items())):
            function = click.option(f"--{name}{suffix}", type=kind, hidden=one_side, help=text)(function)
    return function


def overrides(options: Mapping[str, Any], side: "Side") -> "Overrides":
    """What `options` wish of `side`: its own form of an option first, then the common one. Raises UsageError."""
    from tui.chat.generation_settings import Overrides
    from tui.chat.sampling import NAMES, out_of_range

    def value(name: str) -> Any:
        own = options[f"{name}_{side}"]
        return options[name] if own is None else own

    given = {name: value(name) for name in NAMES if name in options and value(name) is not None}
    complaint = next(filter(None, (out_of_range(name, number) for name, number in given.items())), None)
    if complaint is not None:
        raise click.UsageError(complaint)
    return Overrides(
        system=value("system"),
        think=value("think"),
        think_budget=value("think_budget"),
        max_tokens=value("max_tokens"),
        context=value("context"),
        sampling=given,
    )
