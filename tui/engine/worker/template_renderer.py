"""Chat templates rendered in the template sandbox, within a time limit."""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from tui.engine.worker.template_wire import MAX_PROMPT, READY, Job, Rendered

SECONDS = 4.0
"""How long a template may take."""

_START_SECONDS = 20.0
"""How long the sandbox may take to start, on a busy machine."""

_MAX_ANSWER = 8 * MAX_PROMPT
"""Bytes of the longest answer that is read."""


class TemplateError(Exception):
    """The template gave no prompt; the message completes "the chat template gives no prompt: ..."."""


class _Sandbox:
    """One sandbox process and the pipes to it; the process ends when they are closed."""

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
        """Return the answer to a line, or b"" where the process died; raise TimeoutError, not counting its start."""
        if not self._ready:
            self._ready = _within(_START_SECONDS, self._read_line) == READY
        return _within(seconds, lambda: self._exchange(line))

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()
        self._process.wait()

    def _exchange(self, line: bytes) -> bytes:
        self._input.write(line)
        self._input.flush()
        return self._read_line()

    def _read_line(self) -> bytes:
        answer = self._output.readline(_MAX_ANSWER)
        return answer if answer.endswith(b"\n") else b""


def _within(seconds: float, work: Callable[[], bytes]) -> bytes:
    """Return the result of `work`, or b"" for an OSError; raise TimeoutError.

    It runs in a thread, because reading from a pipe has no timeout.
    """
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
    """Renders templates in a sandbox, which is started when needed and ended after a timeout or a crash."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._sandbox: _Sandbox | None = None

    def start(self) -> None:
        """Start the sandbox before its first template, because the start takes a tenth of a second."""
        self._running()

    def render(self, template: str, messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        """Return the prompt, or raise TemplateError."""
        job = Job(template, {"messages": messages, "tools": None, "add_generation_prompt": True, **variables})
        try:
            answer = self._running().ask(msgspec.json.encode(job) + b"\n", self._seconds)
        except TimeoutError as error:
            self.close()
            raise TemplateError(f"it takes longer than {self._seconds:g} s") from error
        if not answer:
            self.close()
            raise TemplateError("it crashed its renderer")
        rendered = msgspec.json.decode(answer, type=Rendered)
        if rendered.prompt is None:
            raise TemplateError(rendered.error)
        return rendered.prompt

    def close(self) -> None:
        """End the sandbox, if there is one."""
        if self._sandbox is not None:
            self._sandbox.end()
        self._sandbox = None

    def _running(self) -> _Sandbox:
        if self._sandbox is not None and not self._sandbox.alive:
            self.close()
        if self._sandbox is None:
            self._sandbox = _Sandbox()
        return self._sandbox
