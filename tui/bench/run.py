"""Owns `duochat bench`: which subjects are measured, one after the other, and what is said meanwhile."""

import sys
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from tui import __version__
from tui.archive.store import Archive
from tui.bench import alone, buffers, fair, finish, memory, peer, report, second, stopping, together, turns
from tui.bench.figures import BenchError, Figure, LeftOut
from tui.bench.lab import Chosen, Lab, Scale
from tui.bench.weather import Watch
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.engine.process.factory import LocalEngines
from tui.models import local
from tui.models.catalogue.spec import ModelSpec
from tui.text import clean, clean_line

if sys.platform != "win32":
    from tui.bench import drawn, screen, startup

Measure = Callable[[Lab], Awaitable[Sequence[Figure]]]


async def _elsewhere(_: Lab) -> Sequence[Figure]:
    raise LeftOut("It needs a pseudo-terminal, which this system does not have.")


SUBJECTS: Mapping[str, Measure] = {
    "together": together.quiet,
    "crowded": together.crowded,
    "drawn": _elsewhere if sys.platform == "win32" else drawn.measure,
    "alone": alone.measure,
    "finish": finish.measure,
    "turns": turns.measure,
    "second-turn": second.measure,
    "peer": peer.measure,
    "long": peer.long,
    "stop": stopping.measure,
    "memory": memory.measure,
    "screen": _elsewhere if sys.platform == "win32" else screen.measure,
    "start": _elsewhere if sys.platform == "win32" else startup.measure,
    "menu": _elsewhere if sys.platform == "win32" else startup.menu,
    "fair": fair.measure,
    "buffers": buffers.measure,
}
"""Everything that can be measured, in the order in which it is."""

NAMED_ONLY = frozenset({"fair", "buffers"})
"""What is measured only where it is asked for by name."""


def chosen(only: Collection[str]) -> Sequence[str]:
    """The subjects that are named, or the usual ones, in order."""
    return [name for name in SUBJECTS if (name in only if only else name not in NAMED_ONLY)]


async def run(
    specs: Mapping[Side, ModelSpec],
    out: Console,
    err: Console,
    *,
    engines: LocalEngines,
    cores: Cores,
    scale: Scale,
    only: Collection[str],
    as_json: bool,
) -> int:
    """Measures `only` these subjects, or all, and prints what came out; 1 when something failed. Raises BenchError."""
    pair = {side: _chosen(spec, engines.environ) for side, spec in specs.items()}
    with TemporaryDirectory(prefix="duochat-bench-") as place:
        archive = Archive.open(Path(place) / "archive.db")
        lab = Lab(pair=pair, archive=archive, engines=engines, cores=cores, scale=scale, say=_teller(err))
        try:
            result = await _measure(lab, chosen(only))
        finally:
            await lab.close()
            archive.close()
    if as_json:
        out.file.write(report.to_json(result) + "\n")
    else:
        report.show(out, result)
    for name, why in result.left_out.items():
        err.print(Text(f"{name} is left out: {clean(why)}", style="dim"), soft_wrap=True)
    for name, why in result.failed.items():
        err.print(Text(f"duochat: {name}: {clean(why)}"), soft_wrap=True)
    return int(bool(result.failed))


async def _measure(lab: Lab, names: Sequence[str]) -> report.Report:
    figures: list[Figure] = []
    left_out: dict[str, str] = {}
    failed: dict[str, str] = {}
    for name in names:
        watch = Watch()
        try:
            found = await SUBJECTS[name](lab)
        except LeftOut as reason:
            left_out[name] = str(reason)
            continue
        except BenchError as error:
            failed[name] = str(error)
            continue
        weather = watch.weather()
        figures += [replace(figure, weather=figure.weather or weather) for figure in found]
    return report.Report(
        duochat=__version__,
        cores=lab.cores.total,
        models={side.value: chosen.spec.id for side, chosen in lab.pair.items()},
        figures=tuple(figures),
        left_out=left_out,
        failed=failed,
    )


def _chosen(spec: ModelSpec, environ: Mapping[str, str]) -> Chosen:
    path = local.find(spec, environ)
    if path is None:
        raise BenchError(f"{spec.name} is not on this disk: fetch it with `duochat pull {spec.id}`.")
    return Chosen(spec, path)


def _teller(err: Console) -> Callable[[str], None]:
    def say(what: str) -> None:
        err.print(Text(clean_line(what), style="dim"))

    return say
