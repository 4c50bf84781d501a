"""`python -m tests.performance`: measures what only developers need, and prints it as `duochat bench` does."""

import asyncio
import os
import sys
from collections.abc import Mapping

import click
from rich.console import Console

from tests.performance import (
    llama_bench,
    rendering,
    second_turn,
    speed_in_screen,
    startup,
    stopping,
    thread_sharing,
    worker_memory,
)
from tui import paths
from tui.bench.figures import BenchError
from tui.bench.harness import Scale
from tui.bench.run import Measure, run
from tui.chat.conversation import Side
from tui.engine.cpu import cores_for
from tui.engine.process.extra_buffers import ExtraBuffers
from tui.engine.process.factory import LocalEngines
from tui.models.catalogue import catalogue
from tui.models.gguf import metadata

SUBJECTS: Mapping[str, Measure] = {
    "crowded": thread_sharing.crowded,
    "both-done": thread_sharing.both_done,
    "speed-in-screen": speed_in_screen.measure,
    "rendering": rendering.measure,
    "second-turn": second_turn.measure,
    "second-turn-server": second_turn.beside_server,
    "llama-bench": llama_bench.measure,
    "long-answer": llama_bench.long_answer,
    "stop": stopping.measure,
    "memory": worker_memory.measure,
    "startup": startup.measure,
    "menu": startup.menu,
}


@click.command()
@click.argument("left", default=catalogue.STARTER_PAIR[0])
@click.argument("right", default=catalogue.STARTER_PAIR[1])
@click.option("--only", multiple=True, type=click.Choice(list(SUBJECTS)), help="Measure only this; can be repeated.")
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Number of runs; the median is reported.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(left: str, right: str, *, only: tuple[str, ...], repeats: int, as_json: bool) -> None:
    """Measure what only developers need, with the models LEFT and RIGHT."""
    known = catalogue.load(paths.shipped_models_file(), paths.user_models_file())
    cores = cores_for(None, None)
    buffers = ExtraBuffers.here(os.environ, state=paths.state_dir(), headers=metadata.read)
    work = run(
        {Side.LEFT: known.find(left), Side.RIGHT: known.find(right)},
        Console(),
        Console(stderr=True),
        engines=LocalEngines(os.environ, buffers, threads=max(1, cores.total // 2)),
        cores=cores,
        scale=Scale(repeats=repeats),
        only=only,
        as_json=as_json,
        subjects=SUBJECTS,
    )
    try:
        sys.exit(asyncio.run(work))
    except BenchError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
