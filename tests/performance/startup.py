"""Owns what starting costs: the commands that should be there at once, and the first paint of the menu. POSIX only."""

import asyncio
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tui import paths
from tui.bench.bare import Picture
from tui.bench.figures import BenchError, Bound, Figure, LeftOut, Pair, median_of, ratio
from tui.bench.lab import Lab
from tui.bench.terminal import opened
from tui.bench.weather import cpu_s
from tui.engine.process.child import worker_environ
from tui.models.catalogue import catalogue

_DUOCHAT = (sys.executable, "-P", "-m", "tui")
_BARE = (sys.executable, "-P", "-m", "tui.bench.bare")
_NEED = "Both together need"
_KEY = "Other side"
"""A word of the menu's last line, which is drawn last."""


async def measure(lab: Lab) -> Sequence[Figure]:
    """Seconds of CPU of each."""
    lab.say("starting")
    with _home(lab) as environ:
        await _cpu_s(environ, "models", "--json")
        version = [Pair(await _cpu_s(environ, "--version")) for _ in range(lab.scale.repeats)]
        models = [Pair(await _cpu_s(environ, "models", "--json")) for _ in range(lab.scale.repeats)]
    return (
        median_of("start-version", version, unit="s", compared="CPU of `duochat --version`", bound=_at_most(0.15)),
        median_of("start-models", models, unit="s", compared="CPU of `duochat models --json`", bound=_at_most(0.25)),
    )


async def menu(lab: Lab) -> Sequence[Figure]:
    """CPU until the menu is on the screen, against that of its bare picture."""
    if sys.platform != "linux":
        raise LeftOut("The CPU of a program that goes on running is read from /proc, which only Linux has.")
    lab.say("the menu's first paint")
    with _home(lab) as environ:
        home = Path(environ["DUOCHAT_HOME"])
        picture, file = _picture(home), home / "picture.json"
        file.write_bytes(msgspec.json.encode(picture))
        bare = (*_BARE, str(file))
        words = (_NEED, f"for {picture.chosen[0].default_context:,}", picture.models[0].maker, _KEY)
        await _paint_s(_DUOCHAT, environ, words)
        await _paint_s(bare, environ, words)
        pairs = [
            Pair(await _paint_s(_DUOCHAT, environ, words), await _paint_s(bare, environ, words))
            for _ in range(2 * lab.scale.repeats)
        ]
    compared = "CPU of `duochat` until its menu is on the screen, against the same widgets and rows with nothing behind"
    return (ratio("start-menu", pairs, measure="s", compared=compared, bound=_at_most(1.3)),)


def _at_most(value: float) -> Bound:
    return Bound("at most", value)


@contextmanager
def _home(lab: Lab) -> Iterator[Mapping[str, str]]:
    """The environment of somebody who has the lab's pair on disk, and used duochat before.

    What is started for the first time writes its byte code, whether or not that is usual here: later starts count.
    """
    kept = {name: value for name, value in worker_environ(lab.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryDirectory(prefix="duochat-home-") as home:
        weights = Path(home) / "data" / "weights"
        weights.mkdir(parents=True)
        for chosen in lab.pair.values():
            link = weights / f"{chosen.spec.sha256}.gguf"
            if chosen.spec.sha256 and not link.exists():
                link.symlink_to(chosen.path.absolute())
        yield {**kept, "DUOCHAT_HOME": home}


def _picture(home: Path) -> Picture:
    """What the menu shows in that home; its sums are any, for they cost nothing to show."""
    known = catalogue.load(paths.shipped_models_file(), home / "config" / "models.toml")
    left, right = (known.find(name) for name in catalogue.STARTER_PAIR)
    here = {file.stem for file in (home / "data" / "weights").iterdir()}
    return Picture(
        models=known.models,
        chosen=(left, right),
        states={spec.id: "ready" if spec.sha256 in here else "absent" for spec in known.models},
        memory=10**9,
        sum=f"{_NEED} 1.0 GB of memory; 8.0 GB are free.",
    )


async def _paint_s(argv: Sequence[str], environ: Mapping[str, str], words: Sequence[str]) -> float:
    """Seconds of CPU until all of `words` are drawn."""
    async with opened(argv, environ) as terminal:
        await terminal.until(*words)
        return cpu_s(terminal.pid)


async def _cpu_s(environ: Mapping[str, str], *arguments: str) -> float:
    """Seconds of CPU of a command that ends by itself; nothing else may end meanwhile."""
    before = _children_s()
    process = await asyncio.create_subprocess_exec(
        *_DUOCHAT, *arguments, env=environ, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if status:
        raise BenchError(f"`duochat {' '.join(arguments)}` ended with status {status}: run it and see why.")
    return _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
