"""Options, arguments and input texts that several commands share."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.errors import UserError

if TYPE_CHECKING:
    from tui.chat.conversation import Side
    from tui.chat.generation_settings import Overrides
    from tui.models.catalogue.catalogue import Catalogue
    from tui.session.memory_check import Selections

MAX_BYTES = 1 << 20
"""The most that is read of a text file: a small model takes an hour for this much."""

FILE = click.Path(path_type=Path, dir_okay=False)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")

ONE_SIDE = "Every option of the models has a form for one side as well: --system-left, --seed-right and so on."
"""The note below the help of a command with `side_options`."""

_SIDE_OPTIONS: Mapping[str, tuple[Any, str]] = {
    "system": (str, "System prompt."),
    "seed": (int, "Seed of the sampler."),
    "temperature": (float, "Sampling temperature; 0 always takes the likeliest token."),
    "top-p": (float, "Sample from the likeliest tokens that add up to this probability."),
    "top-k": (int, "Sample from this many of the likeliest tokens; 0 means all."),
    "min-p": (float, "Sample from tokens at least this likely, relative to the likeliest one."),
    "max-tokens": (click.IntRange(min=1), "Longest answer in tokens, thinking included."),
    "think-budget": (click.IntRange(min=0), "Longest thinking in tokens; then the answer is asked for."),
    "context": (click.IntRange(min=256), "Context size in tokens."),
}


class TextFileError(UserError):
    """A file that cannot be read as text."""

    status = 2


def side_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--NAME`, `--NAME-left` and `--NAME-right` for all generation settings."""
    for suffix in ("-right", "-left", ""):
        one_side = bool(suffix)
        switch = f"--think{suffix}/--no-think{suffix}"
        function = click.option(switch, default=None, hidden=one_side, help="Turn thinking on or off.")(function)
        for name, (kind, text) in reversed(tuple(_SIDE_OPTIONS.items())):
            function = click.option(f"--{name}{suffix}", type=kind, hidden=one_side, help=text)(function)
    return function


def selections(catalogue: "Catalogue", left: str, right: str, options: Mapping[str, Any]) -> "Selections":
    """Return both named models with their overrides from `options`. Raises CatalogueError and UsageError."""
    from tui.chat.conversation import Side
    from tui.session.memory_check import Selection

    names = {Side.LEFT: left, Side.RIGHT: right}
    return {
        side: Selection(spec=catalogue.find(name), overrides=_overrides(options, side)) for side, name in names.items()
    }


def _overrides(options: Mapping[str, Any], side: "Side") -> "Overrides":
    """Return the overrides of one side; its own form of an option wins. Raises UsageError."""
    from tui.chat.generation_settings import Overrides
    from tui.chat.sampling import NAMES, out_of_range

    def value(name: str) -> Any:
        own = options.get(f"{name}_{side}")
        return options.get(name) if own is None else own

    sampling = {name: value(name) for name in NAMES if value(name) is not None}
    complaint = next(filter(None, (out_of_range(name, number) for name, number in sampling.items())), None)
    if complaint is not None:
        raise click.UsageError(complaint)
    return Overrides(
        system=value("system"),
        think=value("think"),
        think_budget=value("think_budget"),
        max_tokens=value("max_tokens"),
        context=value("context"),
        sampling=sampling,
    )


def read_prompt(prompt: str) -> str:
    """Return `prompt`, or standard input where it is `-`. Raises UsageError for an empty prompt."""
    text = sys.stdin.buffer.read().decode("utf-8-sig", "replace") if prompt == "-" else prompt
    if not text.strip():
        raise click.UsageError("The prompt is empty: write your question")
    return text


def read_text(path: Path) -> str:
    """Return the text of a file without its last line feed, as llama-perplexity reads it. Raises TextFileError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TextFileError(f"{path} cannot be read ({error.strerror}): name a text file.") from error
    if len(data) > MAX_BYTES:
        raise TextFileError(f"{path} holds more than {MAX_BYTES:,} bytes: shorten it; a few thousand words are enough.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextFileError(f"{path} is not UTF-8 text: name another file.") from error
    if not text.strip():
        raise TextFileError(f"{path} is empty: name a file with some text.")
    return text.removesuffix("\n")


def read_lines(path: Path) -> tuple[str, ...]:
    """Return the lines of a file without the empty ones. Raises TextFileError."""
    return tuple(line.strip() for line in read_text(path).splitlines() if line.strip())
