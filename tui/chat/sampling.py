"""Sampling values, and the source of each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum


class Source(StrEnum):
    """Where a sampling value came from, strongest first."""

    USER = "user"
    CATALOGUE = "catalogue"
    GGUF = "gguf"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value and where it came from."""

    value: float
    source: Source


MAX_SEED = 2**32 - 2
"""The largest seed; llama.cpp keeps 2**32 - 1 for "draw one"."""

_RANGES: Mapping[str, tuple[float, float]] = {
    "seed": (0, MAX_SEED),
    "temperature": (0.0, 5.0),
    "top_k": (0, 1_000_000),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "repeat_penalty": (0.1, 3.0),
}

DEFAULTS: Mapping[str, float] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.95,
    "min_p": 0.05,
    "presence_penalty": 0.0,
    "repeat_penalty": 1.0,
}
"""llama.cpp's own defaults (`common_params_sampling`), for what nobody else says."""

WHOLE = frozenset({"seed", "top_k"})
"""The names whose values are whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Every value of one sampler chain; temperature 0 is greedy, top_k 0 and top_p 1 switch those filters off."""

    seed: Choice
    temperature: Choice
    top_k: Choice
    top_p: Choice
    min_p: Choice
    presence_penalty: Choice
    repeat_penalty: Choice

    def reseeded(self, attempt: int) -> "Sampling":
        """The sampling of a further attempt at an answer: a seed that the user named is moved on by `attempt`."""
        if self.seed.source is not Source.USER:
            return self
        return replace(self, seed=Choice((int(self.seed.value) + attempt) % (MAX_SEED + 1), Source.USER))

    def choices(self) -> dict[str, Choice]:
        """Return each value by its name, in the order in which they are shown."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


NAMES: tuple[str, ...] = tuple(each.name for each in fields(Sampling))


def out_of_range(name: str, value: float) -> str | None:
    """One sentence that says why `value` cannot be `name`'s, or None when it can."""
    low, high = _RANGES[name]
    if low <= value <= high and (name not in WHOLE or float(value).is_integer()):
        return None
    kind = "a whole number" if name in WHOLE else "a number"
    return f"{name} must be {kind} from {low:g} to {high:g}, not {value:g}"


def resolve(
    *,
    seed: int,
    user: Mapping[str, float],
    catalogue: Mapping[str, float],
    gguf: Mapping[str, float],
) -> Sampling:
    """Return the sampling in force: for each value the user's, else the catalogue's, else the file's, else the default.

    `seed` is the one drawn for this question, used unless the user named one.
    """
    layers = (
        (Source.USER, user),
        (Source.CATALOGUE, catalogue),
        (Source.GGUF, gguf),
        (Source.DEFAULT, {**DEFAULTS, "seed": seed}),
    )
    return Sampling(**{name: _first(name, layers) for name in NAMES})


def _first(name: str, layers: tuple[tuple[Source, Mapping[str, float]], ...]) -> Choice:
    source, layer = next((source, layer) for source, layer in layers if name in layer)
    value = layer[name]
    return Choice(int(value) if name in WHOLE else float(value), source)
