"""Owns the clock over the child that renders chat templates: an answer within seconds, or a sentence why not."""

import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from tui.engine.template import MAX_PROMPT, Job, Rendered

SECONDS = 4.0
"""How long a template may take, the start of its child included."""


class TemplateError(Exception):
    """The template gave no prompt; the text completes "the chat template gives no prompt: ..."."""


class _Child:
    """One rendering process and the socket to it; the process ends when the socket does."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-P", "-m", "tui.engine.template"),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, line: bytes, seconds: float) -> bytes:
        """The answer to a line, b"" when the child died over it, or TimeoutError."""
        deadline = time.monotonic() + seconds
        answer = bytearray()
        with suppress(BrokenPipeError, ConnectionResetError):
            self._ours.settimeout(seconds)
            self._ours.sendall(line)
            while not answer.endswith(b"\n"):
                self._ours.settimeout(max(0.001, deadline - time.monotonic()))
                chunk = self._ours.recv(1 << 16)
                if not chunk or len(answer) > 8 * MAX_PROMPT:
                    break
                answer += chunk
        return bytes(answer) if answer.endswith(b"\n") else b""

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._ours.close()


class Renderer:
    """Renders templates in a child process that it starts when needed and ends when it misbehaves."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._child: _Child | None = None

    def start(self) -> None:
        """Starts the child ahead of its first template, because its start takes a tenth of a second."""
        self._ready()

    def render(self, template: str, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any]) -> str:
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
