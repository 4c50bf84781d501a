"""Owns `duochat doctor`: what this machine has, where things lie, and which sources of weights answer."""

import asyncio
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from tui import __version__, paths
from tui.engine import footprint
from tui.engine.installation import compile_command
from tui.engine.machine import usable_cores
from tui.engine.process.engine import describe
from tui.engine.process.safe_mode import Cause, SafeMode
from tui.engine.wire import EngineFacts
from tui.models.download.parent import SourceState, probe
from tui.models.local import hub_cache
from tui.models.memory import available
from tui.text import clean, clean_line

_PACKAGES = ("textual", "llama-cpp-python", "huggingface_hub", "rich", "platformdirs", "msgspec", "click")


async def examine(out: Console, environ: Mapping[str, str], memory: SafeMode, *, as_json: bool) -> int:
    """Look at everything at the same time and print it; 0 when llama.cpp starts, else 1.

    `memory` knows what made llama.cpp crash here.
    """
    engine, sources = await asyncio.gather(describe(environ), probe(environ))
    cores = usable_cores()
    running = footprint.programs()
    cause = memory.recall()
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
        out.file.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
    else:
        for name, value in _lines(document, engine, cause, sources, running):
            out.print(Text.assemble((f"{name:<18}", "bold"), value), soft_wrap=True)
    return 0 if isinstance(engine, EngineFacts) else 1


def said_of(program: footprint.Program) -> str:
    """What a duochat that runs now holds; what its processes share with others counts by its part."""
    models = " and ".join(f"{size / 1e6:,.0f} MB" for size in program.workers)
    return (
        f"process {program.pid} holds {program.total / 1e6:,.0f} MB: {program.size / 1e6:,.0f} MB by itself, "
        f"and {models} with its models"
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cure(engine: EngineFacts, cause: Cause) -> str:
    """What the safe mode gives up and why, and how to do without it."""
    command = compile_command()
    if "AMX_INT8 = 1" in engine.features:
        given_up = "AMX is not used; GCC 12 loses most of the tile configuration that llama.cpp's code for it writes"
        cure = f"To use AMX, compile llama.cpp with GCC 14 or newer (not tried by us): CC=gcc-14 CXX=g++-14 {command}"
    else:
        given_up = "no weights are repacked"
        cure = f"To end the safe mode, compile llama.cpp on this machine: {command}"
    return f"{given_up} (llama.cpp crashed: {cause}). {cure}"


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
    yield "cores", f"{document['cores']}{f', {slow} of them for efficiency' if slow else ''}"
    yield "free memory", f"{document['memory_available'] / 1e9:.1f} GB"
    for program in running:
        yield "running", said_of(program)
    if isinstance(engine, EngineFacts):
        yield "llama.cpp", clean_line(engine.engine)
        yield "  features", clean_line(engine.features)
        yield "  devices", clean_line(", ".join(engine.devices)) or "CPU"
        if cause is not None:
            yield "  safe mode", _cure(engine, cause)
    else:
        yield "llama.cpp", clean(engine)
    for name, path in document["paths"].items():
        yield name.replace("_", " "), clean_line(path, 1000)
    for source in sources:
        answer = "answers" if source.answers else f"does not answer: {source.detail}"
        yield source.source, clean_line(f"{source.host} {answer}".strip())
