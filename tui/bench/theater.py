"""Owns a stage on a terminal: a screen, duochat's or a plain one, ready for a question. POSIX only."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from tui.bench import plain
from tui.bench.lab import GREEDY, Lab
from tui.bench.stage import Plan, Recital
from tui.bench.terminal import Terminal, opened
from tui.engine.process.child import worker_environ

_PROMPT = "Ask both:"
"""What the prompt says as soon as it can be written into."""


@asynccontextmanager
async def staged(lab: Lab, place: str, *, earlier: int = 0, recital: Recital | None = None) -> AsyncIterator[Terminal]:
    """The screen in its folder `place`, which ends with the block."""
    left, right = (chosen.spec.id for chosen in lab.pair.values())
    plan = Plan(
        models=(left, right),
        place=place,
        cores=lab.cores,
        context=lab.scale.context,
        sampling=GREEDY,
        earlier=earlier,
        recital=recital,
    )
    argv = (sys.executable, "-P", "-m", "tui.bench.stage", msgspec.json.encode(plan).decode())
    async with opened(argv, worker_environ(lab.environ)) as terminal:
        await terminal.until(_PROMPT)
        yield terminal


@asynccontextmanager
async def unadorned(lab: Lab, recital: Recital) -> AsyncIterator[Terminal]:
    """Textual's own widgets with the same words, which end with the block."""
    argv = (sys.executable, "-P", "-m", "tui.bench.plain", msgspec.json.encode(recital).decode())
    async with opened(argv, worker_environ(lab.environ)) as terminal:
        await terminal.until(plain.PROMPT)
        yield terminal
