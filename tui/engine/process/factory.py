"""The factory of engines for weights on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tui.engine.process.engine import ProcessEngine
from tui.engine.process.extra_buffers import ExtraBuffers
from tui.engine.process.fallback import FallbackEngine
from tui.engine.process.safe_mode import SafeMode


@dataclass(frozen=True, slots=True)
class LocalEngines:
    """Makes engines whose workers get `environ` and warm up on `threads`."""

    environ: Mapping[str, str]
    buffers: ExtraBuffers
    threads: int = 1

    @property
    def memory(self) -> SafeMode:
        """Return the record of crashes on this machine."""
        return self.buffers.memory

    def __call__(self, path: Path, context: int, extra_buffers: bool | None = None) -> FallbackEngine:
        """Make an engine for the weights in `path` with `context` tokens.

        `extra_buffers` is whether llama.cpp may repack weights; with None, the measurements decide.
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
        """Return a factory whose workers get another environment."""
        return replace(self, environ=environ)
