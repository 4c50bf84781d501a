"""Owns `duochat quants`: how far two quants of one model are apart, over a text and in their answers."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from rich.console import Console

from tui.arena.divergence import partings, spread
from tui.chat.conversation import Side
from tui.chat.events import Failed, Loading
from tui.chat.scores import Contrast, ContrastEvent, Diverged, Done, Parted, Passage
from tui.chat.terms import Wishes
from tui.console.ask import fetch_both
from tui.console.distances import Compared, show, write
from tui.console.views import QuietView
from tui.engine.cores import Cores, shares
from tui.engine.process import ProcessEngine
from tui.models.spec import ModelSpec
from tui.seating import Seating
from tui.trouble import Trouble
from tui.weighing import Place

CONTEXT = 2048
"""Tokens of context; a prompt and the beginning of its answer need no more."""


async def quants(
    seating: Seating,
    specs: Mapping[Side, ModelSpec],
    engine: Callable[[Path, int], ProcessEngine],
    cores: Cores,
    *,
    out: Console,
    err: Console,
    text: str,
    prompts: Sequence[str],
    max_tokens: int,
    as_json: bool,
) -> int:
    """Compares both and shows what came of it; 0. Raises Trouble."""
    compared = await compare(seating, specs, engine, cores, err=err, text=text, prompts=prompts, max_tokens=max_tokens)
    if as_json:
        write(out, compared)
    else:
        show(out, compared)
    return 0


async def compare(
    seating: Seating,
    specs: Mapping[Side, ModelSpec],
    engine: Callable[[Path, int], ProcessEngine],
    cores: Cores,
    *,
    err: Console,
    text: str,
    prompts: Sequence[str],
    max_tokens: int,
) -> Compared:
    """Fetches both and compares them in one worker that has all cores. Raises Trouble."""
    places = {side: Place(spec=spec, wishes=Wishes(context=CONTEXT)) for side, spec in specs.items()}
    shown = QuietView(err, err)
    try:
        ready = await fetch_both(seating, places, shown)
    finally:
        shown.close()
    setup = replace(specs[Side.LEFT].terms(Wishes(), {}).setup(seed=0), max_tokens=max_tokens)
    wanted = Contrast(Passage(text), tuple(prompts), setup)
    worker = engine(ready[Side.LEFT].path, CONTEXT)
    try:
        await _load(worker)
        threads = shares(cores, {Side.LEFT: 1.0})[Side.LEFT]
        said = await _heard(worker.contrast(ready[Side.RIGHT].path, wanted, threads), err)
    finally:
        await worker.close()
    divergences = tuple(token for event in said if isinstance(event, Diverged) for token in event.tokens)
    answers = tuple(event for event in said if isinstance(event, Parted))
    return Compared(
        specs=specs,
        text=text,
        divergences=divergences,
        spread=spread(divergences),
        answers=answers,
        partings=partings(answers),
        max_tokens=max_tokens,
    )


async def _load(worker: ProcessEngine) -> None:
    async with aclosing(worker.load()) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise Trouble(event.message)


async def _heard(events: AsyncGenerator[ContrastEvent, None], err: Console) -> Sequence[Diverged | Parted]:
    """What the comparison says, with a word on how far it is where somebody looks. Raises Trouble."""
    said: list[Diverged | Parted] = []
    with err.status("Loading both models.") as status:
        async with aclosing(events):
            async for event in events:
                match event:
                    case Loading():
                        pass
                    case Diverged(done=done, total=total):
                        status.update(f"Both read: {done:,} of {total:,} tokens.")
                        said.append(event)
                    case Parted():
                        status.update("Both answer.")
                        said.append(event)
                    case Done():
                        return said
                    case Failed(message=message):
                        raise Trouble(message)
                    case _:
                        assert_never(event)
    raise Trouble("The comparison ended without a word: try again.")
