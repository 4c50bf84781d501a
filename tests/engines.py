"""Engines for tests: real workers, and what crashed llama.cpp on this machine is remembered for the whole run."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tui.engine.process.engine import ProcessEngine
from tui.engine.process.extra_buffers import ExtraBuffers
from tui.engine.process.factory import LocalEngines
from tui.engine.process.fallback import FallbackEngine
from tui.models.gguf import metadata

_STATE = TemporaryDirectory(prefix="duochat-tests-")


def engine(path: Path, context: int = 512, *, environ: Mapping[str, str] = os.environ, **how: Any) -> FallbackEngine:
    """Make an engine as duochat does; `how` are further arguments of `ProcessEngine`."""

    def make(safe_mode: bool) -> ProcessEngine:
        return ProcessEngine(path, context=context, environ=environ, safe_mode=safe_mode, **how)

    return FallbackEngine(make, engines(environ).memory)


def engines(environ: Mapping[str, str] = os.environ) -> LocalEngines:
    """Return what makes engines."""
    return LocalEngines(environ, ExtraBuffers.here(environ, state=Path(_STATE.name), headers=metadata.read))
