"""A child process that renders chat templates within limits: `python -m tui.engine.worker.template_sandbox`.

A template is a program from an untrusted file, and Jinja's sandbox limits neither its time nor its memory. So it runs
in a process with a limited address space that returns only text. `template_renderer` limits the time.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from queue import SimpleQueue
from typing import IO, Any, NoReturn

import msgspec
from jinja2 import Template, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tui.engine.worker.template_wire import MAX_PROMPT, READY, Job, Rendered

if sys.platform != "win32":
    import resource

MEMORY = 512 << 20
"""Bytes of address space for this process, Python included."""

CPU_SECONDS = 10
"""The most CPU time of one template, in case the worker is gone."""

_MAX_ERROR = 300
"""Characters of the longest reason that is returned."""


class _Generation(Extension):
    """The block `{% generation %}`, which marks a model's text for training; its body is rendered as it is."""

    tags = {"generation"}  # noqa: RUF012 - Jinja declares an instance attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _RefusedError(Exception):
    """The template refuses the conversation."""


def _refuse(message: object) -> NoReturn:
    raise _RefusedError(message)


def _now(pattern: str) -> str:
    return datetime.now().astimezone().strftime(pattern)


def _json(value: Any, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


class Compiler:
    """Compiles templates in the dialect of Hugging Face's tokenizers, and keeps the last one."""

    def __init__(self) -> None:
        self._source: str | None = None
        self._template: Template = Template("")

    def compile(self, source: str) -> Template:
        """Return the template, ready to be rendered."""
        if source != self._source:
            environment = ImmutableSandboxedEnvironment(
                trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
            )
            environment.filters["tojson"] = _json
            environment.globals |= {"raise_exception": _refuse, "strftime_now": _now}
            self._template = environment.from_string(source)
            self._source = source
        return self._template


def render(job: Job, compiler: Compiler) -> Rendered:
    """Return the prompt, or the reason why the template gives none."""
    try:
        return _bounded(compiler.compile(job.template).generate(job.variables))
    except _RefusedError as refusal:
        return Rendered(error=str(refusal)[:_MAX_ERROR])
    except MemoryError:
        return Rendered(error="it needs too much memory")
    except RecursionError:
        return Rendered(error="it nests too deeply")
    except Exception as error:  # noqa: BLE001 - an untrusted program may raise anything
        reason = str(error)[:_MAX_ERROR]
        return Rendered(error=f"{type(error).__name__}: {reason}" if reason else type(error).__name__)


def _bounded(pieces: Iterable[str]) -> Rendered:
    kept: list[str] = []
    length = 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length > MAX_PROMPT:
            return Rendered(error="it writes without end")
    return Rendered(prompt="".join(kept))


def _queue_lines(source: IO[bytes], jobs: "SimpleQueue[bytes]") -> None:
    """Queue lines, and end this process at the end of the input, even while a template runs."""
    for line in source:
        jobs.put(line)
    os._exit(0)


def _limit_memory() -> None:
    """Limit the address space, or keep a stricter limit; Windows has none, and macOS may refuse one."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        amount = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (amount, amount))


def _limit_time() -> None:
    """Allow `CPU_SECONDS` more of CPU time; the system's limit counts from the start of the process."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        until = int(time.process_time()) + 1 + CPU_SECONDS
        until = until if hard == resource.RLIM_INFINITY else min(until, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def main() -> None:
    """Write `READY`, then answer each line of JSON with a line of JSON until the input ends."""
    _limit_memory()
    jobs: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_queue_lines, args=(sys.stdin.buffer, jobs), daemon=True).start()
    compiler = Compiler()
    # Not `sys.stdout.buffer`: with PYTHONUNBUFFERED it drops the part that the pipe did not take at once.
    out = os.fdopen(1, "wb", closefd=False)
    _write(READY, out)
    while True:
        job = msgspec.json.decode(jobs.get(), type=Job)
        _limit_time()
        _write(msgspec.json.encode(render(job, compiler)) + b"\n", out)


def _write(line: bytes, out: IO[bytes]) -> None:
    out.write(line)
    out.flush()


if __name__ == "__main__":
    main()
