"""Chat templates rendered in a child process, within a time limit."""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from tui.engine.worker.template_job import MAX_PROMPT, READY, Job, Rendered

SECONDS = 4.0
"""How long a template may take."""

_START_SECONDS = 20.0
"""How long its child may take to start, on a machine that has other things to do."""

_MAX_ANSWER = 8 * MAX_PROMPT
"""Bytes of the longest answer that is read."""


class TemplateError(Exception):
    """The template gave no prompt; the text completes "the chat template gives no prompt: ..."."""


class _Child:
    """One rendering process and the pipes to it; the process ends when they do."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-P", "-m", "tui.engine.worker.template_sandbox"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018
        self._input, self._output = self._process.stdin, self._process.stdout
        self._ready = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, line: bytes, seconds: float) -> bytes:
        """The answer to a line, b"" when the child died over it, or TimeoutError; its start has a clock of its own."""
        if not self._ready:
            self._ready = _within(_START_SECONDS, self._hear) == READY
        return _within(seconds, lambda: self._answer(line))

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()
        self._process.wait()

    def _answer(self, line: bytes) -> bytes:
        self._input.write(line)
        self._input.flush()
        return self._hear()

    def _hear(self) -> bytes:
        answer = self._output.readline(_MAX_ANSWER)
        return answer if answer.endswith(b"\n") else b""


def _within(seconds: float, work: Callable[[], bytes]) -> bytes:
    """What `work` returns, b"" for an OSError, or TimeoutError; pipes know no clock, so it runs in a thread."""
    results: SimpleQueue[bytes] = SimpleQueue()

    def run() -> None:
        try:
            results.put(work())
        except OSError:
            results.put(b"")

    threading.Thread(target=run, daemon=True).start()
    try:
        return results.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None


class Renderer:
    """Renders templates in a child process that it starts when needed and ends when it misbehaves."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._child: _Child | None = None

    def start(self) -> None:
        """Starts the child ahead of its first template, because its start takes a tenth of a second."""
        self._ready()

    def render(self, template: str, messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        """The prompt, or TemplateError; a child that took too long or died is ended, and the next one starts afresh."""
        job = Job(template, {"messages": messages, "tools": None, "add_generation_prompt": True, **variables})
        try:
            answer = self._ready().ask(msgspec.json.encode(job) + b"\n", self._seconds)
        except TimeoutError as error:
            self.close()
            raise TemplateError(f"it takes longer than {self._seconds:g} s") from error
        if not answer:
            self.close()
            raise TemplateError("it brought its renderer down")
        rendered = msgspec.json.decode(answer, type=Rendered)
        if rendered.prompt is None:
            raise TemplateError(rendered.error)
        return rendered.prompt

    def close(self) -> None:
        """Ends the child, if there is one."""
        if self._child is not None:
            self._child.end()
        self._child = None

    def _ready(self) -> _Child:
        if self._child is not None and not self._child.alive:
            self.close()
        if self._child is None:
            self._child = _Child()
        return self._child
