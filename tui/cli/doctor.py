"""`duochat doctor`: check versions, hardware, folders and download sources."""

import asyncio
import os
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.text import Text

from tui import __version__, paths
from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.options import json_option
from tui.cli.output import print_json
from tui.engine import footprint
from tui.engine.cpu import usable_cores
from tui.engine.installation import compile_command
from tui.engine.process.describe import describe
from tui.engine.process.safe_mode import Cause, SafeMode
from tui.engine.wire import EngineFacts
from tui.models.download.parent import SourceState, probe
from tui.models.local import hub_cache
from tui.models.memory import available
from tui.text import clean, clean_line

_PACKAGES = ("textual", "llama-cpp-python", "huggingface_hub", "rich", "platformdirs", "msgspec", "click")


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check versions, hardware, folders and download sources."""
    return run(_examine(wiring.console(), os.environ, wiring.buffers().memory, as_json=as_json))


async def _examine(out: Console, environ: Mapping[str, str], crashes: SafeMode, *, as_json: bool) -> int:
    """Examine the machine and print what was found; return 0 when llama.cpp starts, else 1."""
    engine, sources = await asyncio.gather(describe(environ), probe(environ))
    cores = usable_cores()
    running = footprint.programs()
    cause = crashes.recall()
    document = {
        "duochat": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "cores": cores.total,
        "efficiency_cores": cores.efficiency,
        "memory_available": available(),
        "running": [
            {"pid": each.pid, "memory": each.total, "screen": each.size, "workers": each.workers} for each in running
        ],
        "engine": msgspec.to_builtins(engine) if isinstance(engine, EngineFacts) else {"error": engine},
        "safe_mode": msgspec.to_builtins(cause),
        "paths": {
            "config": str(paths.config_dir()),
            "data": str(paths.data_dir()),
            "cache": str(paths.cache_dir()),
            "state": str(paths.state_dir()),
            "hub_cache": str(hub_cache(environ)),
        },
        "sources": [msgspec.to_builtins(source) for source in sources],
    }
    if as_json:
        print_json(out.file, document)
    else:
        for name, value in _lines(document, engine, cause, sources, running):
            out.print(Text.assemble((f"{name:<18}", "bold"), value), soft_wrap=True)
    return 0 if isinstance(engine, EngineFacts) else 1


def memory_of(program: footprint.Program) -> str:
    """Return the memory that a running duochat uses; each process counts its share of shared memory."""
    models = " and ".join(f"{size / 1e6:,.0f} MB" for size in program.workers)
    return (
        f"process {program.pid} uses {program.total / 1e6:,.0f} MB: {program.size / 1e6:,.0f} MB for itself, "
        f"and {models} for its models"
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _safe_mode(engine: EngineFacts, cause: Cause) -> str:
    """Return what the safe mode turns off, why, and how to end it."""
    command = compile_command()
    if "AMX_INT8 = 1" in engine.features:
        effect = "AMX is not used; GCC 12 loses most of the tile configuration that llama.cpp's code for it writes"
        remedy = f"To use AMX, compile llama.cpp with GCC 14 or newer (untested): CC=gcc-14 CXX=g++-14 {command}"
    else:
        effect = "weights are not repacked"
        remedy = f"To end the safe mode, compile llama.cpp on this machine: {command}"
    return f"{effect} (llama.cpp crashed: {cause}). {remedy}"


def _lines(
    document: Mapping[str, Any],
    engine: EngineFacts | str,
    cause: Cause | None,
    sources: tuple[SourceState, ...],
    running: tuple[footprint.Program, ...],
) -> Iterator[tuple[str, str]]:
    yield "duochat", f"{document['duochat']} on {document['python']}, {document['system']}"
    yield "packages", ", ".join(f"{name} {number or 'missing'}" for name, number in document["packages"].items())
    slow = document["efficiency_cores"]
    yield "cores", f"{document['cores']}{f', {slow} of them efficiency cores' if slow else ''}"
    yield "free memory", f"{document['memory_available'] / 1e9:.1f} GB"
    for program in running:
        yield "running", memory_of(program)
    if isinstance(engine, EngineFacts):
        yield "llama.cpp", clean_line(engine.engine)
        yield "  features", clean_line(engine.features)
        yield "  devices", clean_line(", ".join(engine.devices)) or "CPU"
        if cause is not None:
            yield "  safe mode", _safe_mode(engine, cause)
    else:
        yield "llama.cpp", clean(engine)
    for name, path in document["paths"].items():
        yield name.replace("_", " "), clean_line(path, 1000)
    for source in sources:
        reason = source.detail.removeprefix(f"{source.host} ")
        state = "answers" if source.answers else f"does not answer: {reason}"
        yield source.source, clean_line(f"{source.host} {state}".strip())
