"""Engines for weights on this machine: a worker each, extra buffers where they pay, and the safe mode behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tui.engine.process.engine import ProcessEngine
from tui.engine.process.extra_buffers import Buffers
from tui.engine.process.fallback import FallbackEngine
from tui.engine.process.safe_mode import SafeMode


@dataclass(frozen=True, slots=True)
class LocalEngines:
    """Makes engines whose workers get `environ` and warm up on `threads`."""

    environ: Mapping[str, str]
    buffers: Buffers
    threads: int = 1

    @property
    def memory(self) -> SafeMode:
        """What knows of crashes on this machine."""
        return self.buffers.memory

    def __call__(self, path: Path, context: int, extra_buffers: bool | None = None) -> FallbackEngine:
        """Make an engine for the weights in `path` with so many tokens of context.

        `extra_buffers` says whether llama.cpp may repack weights; with None, that goes by what was measured.
        """

        def make(safe_mode: bool) -> ProcessEngine:
            measured = partial(self.buffers.pay, safe_mode=safe_mode)
            return ProcessEngine(
                path,
                context=context,
                environ=self.environ,
                threads=self.threads,
                extra_buffers=measured if extra_buffers is None else lambda _: extra_buffers,
                safe_mode=safe_mode,
            )

        return FallbackEngine(make, self.memory)

    def with_environ(self, environ: Mapping[str, str]) -> "LocalEngines":
        """Return the same with another environment for the workers."""
        return replace(self, environ=environ)
