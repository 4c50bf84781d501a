"""The comparison of two quants of one model, in one worker that holds both."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from tui.arena.stats import default_text
from tui.arena.stats.quant_distance import Compared, answered, compared, name_of
from tui.chat.conversation import Side
from tui.chat.events import Checking, Failed, Loading
from tui.chat.generation_settings import Overrides
from tui.chat.scores import STRANGERS, Contrast, ContrastEvent, Diverged, Divergence, Done, Parted, Passage
from tui.engine.cores import Cores, shares
from tui.engine.protocol import Engine
from tui.errors import UserError
from tui.models.catalogue.spec import ModelSpec
from tui.session.memory_check import MemoryCheck, Selection, Selections

CONTEXT = 2048
"""Tokens of context; a prompt and the beginning of its answer need no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The subject of a comparison: a text, and the likeliest answers to prompts, up to `max_tokens` each."""

    text: str = default_text.TEXT
    prompts: tuple[str, ...] = default_text.PROMPTS
    max_tokens: int = default_text.ANSWER_TOKENS


OWN = Over()
"""What they are compared over unless the user names something."""


@dataclass(frozen=True, slots=True)
class Step:
    """The present state of a comparison, and what was found so far, as soon as the text is read."""

    doing: str
    found: Compared | None = None


def selections_of(specs: Mapping[Side, ModelSpec]) -> Selections:
    """Return the selections that memory is checked for."""
    return {side: Selection(spec=spec, overrides=Overrides(context=CONTEXT)) for side, spec in specs.items()}


def paths_of(specs: Mapping[Side, ModelSpec], memory_check: MemoryCheck) -> Mapping[Side, Path]:
    """Return where both lie on this disk. Raises UserError, also where they are no quants of one model."""
    paths: dict[Side, Path] = {}
    for side, spec in specs.items():
        path = memory_check.on_disk(spec)
        if path is None:
            raise UserError(f"The weights of {name_of(spec)} are not on this disk any more: fetch them again.")
        paths[side] = path
    if len({memory_check.header(path).vocabulary for path in paths.values()}) > 1:
        raise UserError(STRANGERS)
    return paths


async def compare(
    engine: Engine, other: Path, specs: Mapping[Side, ModelSpec], over: Over, cores: Cores
) -> AsyncGenerator[Step, None]:
    """Compare the left quant, in `engine`, with the right one in `other`; the last step holds all that was found.

    The engine, not loaded yet, gets all cores and is closed in the end. Closing it sooner is the fastest way to stop.
    Raises UserError then, and for any other failure.
    """
    setup = replace(specs[Side.LEFT].settings(Overrides(), {}).setup(seed=0), max_tokens=over.max_tokens)
    wanted = Contrast(Passage(over.text), over.prompts, setup)
    threads = shares(cores, {Side.LEFT: 1.0})[Side.LEFT]
    try:
        async with aclosing(engine.load()) as loading:
            async for event in loading:
                if isinstance(event, Failed):
                    raise UserError(event.message)
                if isinstance(event, Checking):
                    yield Step(f"The left model: {event.state}.")
                elif isinstance(event, Loading):
                    yield _loading(Side.LEFT, event)
        events = engine.contrast(other, wanted, threads)
        async with aclosing(events), aclosing(_steps(events, specs, over)) as steps:
            async for step in steps:
                yield step
    finally:
        await engine.close()


async def _steps(
    events: AsyncGenerator[ContrastEvent, None], specs: Mapping[Side, ModelSpec], over: Over
) -> AsyncGenerator[Step, None]:
    divergences: list[Divergence] = []
    found: Compared | None = None
    async for event in events:
        match event:
            case Loading():
                yield _loading(Side.RIGHT, event)
            case Diverged(tokens=tokens, done=done, total=total):
                divergences += tokens
                if done == total:
                    found = compared(specs, over.text, divergences, over.max_tokens)
                yield Step(f"Both read: {done:,} of {total:,} tokens.", found)
            case Parted() if found is not None:
                found = answered(found, event)
                yield Step(f"Both answer: {len(found.answers)} of {len(over.prompts)} prompts.", found)
            case Parted() | Done():
                return
            case Failed(message=message):
                raise UserError(message)
            case _:
                assert_never(event)


def _loading(side: Side, event: Loading) -> Step:
    return Step(f"Loading the {side} model{'' if event.fraction is None else f': {event.fraction:.0%}'}.")
