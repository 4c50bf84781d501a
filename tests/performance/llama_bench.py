"""Owns llama-bench, where it is installed: how fast llama.cpp's own program writes with the same weights."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tui.bench.figures import BenchError, LeftOut


class _Test(msgspec.Struct, frozen=True):
    """What this needs of one of llama-bench's results."""

    build_commit: str
    build_number: int
    n_depth: int
    samples_ts: list[float]


@dataclass(frozen=True, slots=True)
class Result:
    """Tokens per second by the tokens of context before them, and the `build` of the program that found that."""

    rates: dict[int, float]
    build: str


def installed(program: str, environ: Mapping[str, str]) -> str:
    """Where one of llama.cpp's programs lies; LeftOut where it is not on the PATH."""
    found = shutil.which(program, path=environ.get("PATH", os.defpath))
    if found is None:
        raise LeftOut(f"It needs {program}: install llama.cpp, and put the folder with its programs on the PATH.")
    return found


async def rates(
    weights: Path, environ: Mapping[str, str], *, threads: int, depths: Sequence[int], tokens: int
) -> Result:
    """How fast `tokens` are written after `depths` of context; nothing is sampled. Raises LeftOut and BenchError."""
    program = installed("llama-bench", environ)
    depth = ",".join(map(str, depths))
    arguments = {"-t": threads, "-fa": 0, "-p": 0, "-n": tokens, "-d": depth, "-r": 1, "-o": "json"}
    process = await asyncio.create_subprocess_exec(
        program,
        *("-m", str(weights), *(str(word) for pair in arguments.items() for word in pair)),
        env=dict(environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _result(output)


def _result(output: bytes) -> Result:
    try:
        tests = msgspec.json.decode(output, type=list[_Test])
        found = {test.n_depth: test.samples_ts[0] for test in tests}
        return Result(found, f"build {tests[0].build_number}, {tests[0].build_commit}")
    except (msgspec.DecodeError, IndexError) as error:
        raise BenchError("llama-bench gave no figures: run it by hand and see why.") from error
