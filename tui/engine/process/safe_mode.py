"""What made llama.cpp crash on this machine, remembered so that the next start avoids it.

A record belongs to one build of llama.cpp on one processor under one version of duochat: with any of them changed, the
normal mode is tried again.
"""

import hashlib
import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import msgspec

from tui import __version__
from tui.engine.processor import processor
from tui.files import write_private

AMX = frozenset({"amx_tile", "amx_int8", "amx_bf16"})
"""The processor's features that the safe mode gives up first, in Linux's words."""


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A crash: its `signal` ("SIGILL") and what the worker was `doing` ("loading")."""

    signal: str
    doing: str

    def __str__(self) -> str:
        return f"{self.signal} while {self.doing}"

    @property
    def note(self) -> str:
        """What a pane says of a model that runs in the safe mode."""
        return f"llama.cpp crashed here ({self}), so it runs in a safe mode; `duochat doctor` names the cure."


class SafeMode:
    """The record in `folder`; `environ` may name another build of llama.cpp (LLAMA_CPP_LIB_PATH)."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ

    def recall(self) -> Cause | None:
        """Return what crashed this build on this machine, or None where nothing is known to."""
        try:
            return msgspec.json.decode(self._file().read_bytes(), type=Cause)
        except (OSError, msgspec.DecodeError):
            return None

    def remember(self, cause: Cause) -> None:
        """Keep `cause` for the next start; a folder that cannot be written costs that start another crash."""
        with suppress(OSError):
            write_private(self._file(), msgspec.json.encode(cause))

    def _file(self) -> Path:
        known = "\n".join([__version__, platform.machine(), processor().identity, *_libraries(self._environ)])
        return self._folder / f"{hashlib.sha256(known.encode()).hexdigest()[:32]}.json"


def _libraries(environ: Mapping[str, str]) -> list[str]:
    """The shared libraries of llama.cpp with what changes when another build takes their place."""
    package = find_spec("llama_cpp")
    beside = Path(package.origin).parent / "lib" if package is not None and package.origin else Path()
    folder = Path(environ.get("LLAMA_CPP_LIB_PATH") or beside)
    found = [(file.name, file.stat()) for file in sorted(folder.glob("*")) if file.is_file()]
    return [f"{folder}", *(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in found)]
