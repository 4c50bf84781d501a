"""The CPU time of a start: of two commands, and until the menu is drawn. POSIX only."""

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.performance import menu_picture
from tui import paths
from tui.bench.figures import BenchError, Bound, Figure, Pair, in_turn, linux_only, median_of, ratio
from tui.bench.harness import Harness
from tui.bench.machine_load import cpu_seconds
from tui.bench.terminal import opened
from tui.engine.process.environment import worker_environ
from tui.models.catalogue import catalogue

_DUOCHAT = (sys.executable, "-P", "-m", "tui")
_PICTURE = (sys.executable, "-P", "-m", menu_picture.__name__)
_NEED = "Both together need"
_KEY = "Other side"
"""Text in the menu's last line, which is drawn last."""


async def measure(harness: Harness) -> Sequence[Figure]:
    """Measure the seconds of CPU of each command, warm."""
    with _home(harness) as environ:
        await _cpu_s(environ, "models", "--json")
        both = [
            (Pair(await _cpu_s(environ, "--version")), Pair(await _cpu_s(environ, "models", "--json")))
            for _ in harness.repeats("starting")
        ]
    version, models = zip(*both, strict=True)
    return (
        median_of("start-version", version, unit="s", compared="CPU of `duochat --version`", bound=_at_most(0.15)),
        median_of("start-models", models, unit="s", compared="CPU of `duochat models --json`", bound=_at_most(0.25)),
    )


async def menu(harness: Harness) -> Sequence[Figure]:
    """Measure the CPU until the menu is drawn, against that of the same widgets with nothing behind them."""
    linux_only()
    with _home(harness) as environ:
        home = Path(environ["DUOCHAT_HOME"])
        picture, file = _picture(home), home / "picture.json"
        file.write_bytes(msgspec.json.encode(picture))
        words = (_NEED, f"for {picture.chosen[0].default_context:,}", picture.models[0].maker, _KEY)
        ours = partial(_paint_s, _DUOCHAT, environ, words)
        theirs = partial(_paint_s, (*_PICTURE, str(file)), environ, words)
        await in_turn(0, ours, theirs)
        repeats = harness.repeats("the menu's first paint", 2 * harness.scale.repeats)
        pairs = [Pair(*await in_turn(number, ours, theirs)) for number in repeats]
    compared = "CPU of `duochat` until its menu is on the screen, against the same widgets and rows with nothing behind"
    return (ratio("start-menu", pairs, measure="s", compared=compared, bound=_at_most(1.3)),)


def _at_most(value: float) -> Bound:
    return Bound("at most", value)


@contextmanager
def _home(harness: Harness) -> Iterator[Mapping[str, str]]:
    """Yield an environment with the pair on disk and an own DUOCHAT_HOME.

    Byte code is written at the first start: later starts count.
    """
    environ = worker_environ(harness.make.environ)
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with TemporaryDirectory(prefix="duochat-home-") as home:
        weights = Path(home) / "data" / "weights"
        weights.mkdir(parents=True)
        for model in harness.pair.values():
            link = weights / f"{model.spec.sha256}.gguf"
            if model.spec.sha256 and not link.exists():
                link.symlink_to(model.path.absolute())
        yield {**environ, "DUOCHAT_HOME": home}


def _picture(home: Path) -> menu_picture.Picture:
    """Return what the menu shows in that home; the amounts of memory are made up."""
    known = catalogue.load(paths.shipped_models_file(), home / "config" / "models.toml")
    left, right = (known.find(name) for name in catalogue.STARTER_PAIR)
    here = {file.stem for file in (home / "data" / "weights").iterdir()}
    return menu_picture.Picture(
        models=known.models,
        chosen=(left, right),
        states={spec.id: "ready" if spec.sha256 in here else "absent" for spec in known.models},
        memory=10**9,
        sum=f"{_NEED} 1.0 GB of memory; 8.0 GB are free.",
    )


async def _paint_s(argv: Sequence[str], environ: Mapping[str, str], words: Sequence[str]) -> float:
    """Return the seconds of CPU until all of `words` are drawn."""
    async with opened(argv, environ) as terminal:
        await terminal.until(*words)
        return cpu_seconds(terminal.pid)


async def _cpu_s(environ: Mapping[str, str], *arguments: str) -> float:
    """Return the seconds of CPU of a command; no other child may end meanwhile."""
    before, command = _children_s(), [*_DUOCHAT, *arguments]
    ended = await asyncio.to_thread(subprocess.run, command, env=environ, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode:
        raise BenchError(f"`duochat {' '.join(arguments)}` ended with status {ended.returncode}: run it and see why.")
    return _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
