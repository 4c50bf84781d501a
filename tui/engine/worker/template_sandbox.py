"""Rendering of a model's own chat template: `python -m tui.engine.worker.template_sandbox`, a child process with limits.

A template is a program from an untrusted file, and Jinja's sandbox bounds neither its time nor its memory. So it runs
here, where the address space is limited and only text comes back. `template_renderer` bounds the time.
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

from tui.engine.worker.template_job import MAX_PROMPT, READY, Job, Rendered

if sys.platform != "win32":
    import resource

MEMORY = 512 << 20
"""Bytes of address space for the child, Python's own included."""

CPU_SECONDS = 10
"""The most that one template computes, for the case that nobody is left to end it."""

_MAX_ERROR = 300
"""Characters of the longest reason that is handed back."""


class _Generation(Extension):
    """`{% generation %}` marks what a model wrote, for training; here its body is just text."""

    tags = {"generation"}  # noqa: RUF012 - Jinja declares it as an instance's attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _RefusedError(Exception):
    """The template itself says that it cannot do this."""


def _refuse(message: object) -> NoReturn:
    raise _RefusedError(message)


def _now(pattern: str) -> str:
    return datetime.now().astimezone().strftime(pattern)


def _json(value: Any, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


class Compiler:
    """Templates in the dialect that Hugging Face's tokenizers speak; the last is kept, because most come again."""

    def __init__(self) -> None:
        self._source: str | None = None
        self._template: Template = Template("")

    def compiled(self, source: str) -> Template:
        """The template, ready to be rendered."""
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
    """The prompt as the template writes it."""
    try:
        return _bounded(compiler.compiled(job.template).generate(job.variables))
    except _RefusedError as refusal:
        return Rendered(error=str(refusal)[:_MAX_ERROR])
    except MemoryError:
        return Rendered(error="it needs too much memory")
    except RecursionError:
        return Rendered(error="it nests too deeply")
    except Exception as error:  # noqa: BLE001 - a stranger's program may raise anything
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


def _feed(source: IO[bytes], jobs: "SimpleQueue[bytes]") -> None:
    """Hands lines over; the end of the input means that the worker is gone, whatever the template is doing."""
    for line in source:
        jobs.put(line)
    os._exit(0)


def _limit_memory() -> None:
    """Limits the address space, or keeps a stricter limit; Windows has none, and macOS may refuse one."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        amount = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (amount, amount))


def _limit_time() -> None:
    """Lets this process compute `CPU_SECONDS` from now on; the limit counts what it has computed in its whole life."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        until = int(time.process_time()) + 1 + CPU_SECONDS
        until = until if hard == resource.RLIM_INFINITY else min(until, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def main() -> None:
    """Says that it is ready, then answers one line of JSON with one line of JSON until its input ends."""
    _limit_memory()
    jobs: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_feed, args=(sys.stdin.buffer, jobs), daemon=True).start()
    compiler = Compiler()
    # Not `sys.stdout.buffer`: under PYTHONUNBUFFERED that leaves out what the pipe did not take at once.
    out = os.fdopen(1, "wb", closefd=False)
    _say(READY, out)
    while True:
        job = msgspec.json.decode(jobs.get(), type=Job)
        _limit_time()
        _say(msgspec.json.encode(render(job, compiler)) + b"\n", out)


def _say(line: bytes, out: IO[bytes]) -> None:
    out.write(line)
    out.flush()


if __name__ == "__main__":
    main()
