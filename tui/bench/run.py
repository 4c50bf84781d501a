"""A run of several subjects, one after the other, with progress and a report."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console
from rich.text import Text

from tui import __version__
from tui.archive.store import Archive
from tui.bench import buffers, fair, report, screen, single_model, together
from tui.bench.figures import BenchError, Figure, LeftOut
from tui.bench.harness import Harness, LocalModel, Scale
from tui.bench.machine_load import LoadWatch
from tui.chat.conversation import Side
from tui.engine.cores import Cores
from tui.engine.process.factory import LocalEngines
from tui.models import local
from tui.models.catalogue.spec import ModelSpec
from tui.text import clean, clean_line

Measure = Callable[[Harness], Awaitable[Sequence[Figure]]]

SUBJECTS: Mapping[str, Measure] = {
    "together": together.measure,
    "alone": single_model.measure,
    "screen": screen.measure,
    "fair": fair.measure,
    "buffers": buffers.measure,
}
"""What `duochat bench` measures, in order."""

ON_REQUEST = frozenset({"fair", "buffers"})
"""What is measured only when it is named."""


def chosen(only: Collection[str], subjects: Collection[str] = SUBJECTS) -> Sequence[str]:
    """Return the named subjects, or all but those on request, in order."""
    return [name for name in subjects if (name in only if only else name not in ON_REQUEST)]


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
    subjects: Mapping[str, Measure] = SUBJECTS,
) -> int:
    """Measure `only` these subjects, or all, and print the figures; return 1 if one failed. Raises BenchError."""
    pair = {side: _local_model(spec, engines.environ) for side, spec in specs.items()}

    def say(what: str) -> None:
        err.print(Text(clean_line(what), style="dim"))

    with TemporaryDirectory(prefix="duochat-bench-") as folder, closing(Archive.open(Path(folder, "a.db"))) as archive:
        harness = Harness(pair=pair, archive=archive, make=engines, cores=cores, scale=scale, say=say)
        try:
            result = await _measure(harness, {name: subjects[name] for name in chosen(only, subjects)})
        finally:
            await harness.close()
    if as_json:
        out.file.write(report.to_json(result) + "\n")
    else:
        report.show(out, result)
    for name, why in result.left_out.items():
        err.print(Text(f"{name} is left out: {clean(why)}", style="dim"), soft_wrap=True)
    for name, why in result.failed.items():
        err.print(Text(f"duochat: {name}: {clean(why)}"), soft_wrap=True)
    return int(bool(result.failed))


async def _measure(harness: Harness, subjects: Mapping[str, Measure]) -> report.Report:
    figures: list[Figure] = []
    left_out: dict[str, str] = {}
    failed: dict[str, str] = {}
    for name, measure in subjects.items():
        watch = LoadWatch()
        try:
            found = await measure(harness)
        except LeftOut as reason:
            left_out[name] = str(reason)
            continue
        except BenchError as error:
            failed[name] = str(error)
            continue
        load = watch.load()
        figures += [msgspec.structs.replace(each, machine_load=each.machine_load or load) for each in found]
    return report.Report(
        duochat=__version__,
        cores=harness.cores.total,
        models={side.value: model.spec.id for side, model in harness.pair.items()},
        figures=tuple(figures),
        left_out=left_out,
        failed=failed,
    )


def _local_model(spec: ModelSpec, environ: Mapping[str, str]) -> LocalModel:
    path = local.find(spec, environ)
    if path is None:
        raise BenchError(f"{spec.name} is not on this disk: fetch it with `duochat pull {spec.id}`.")
    return LocalModel(spec, path)
