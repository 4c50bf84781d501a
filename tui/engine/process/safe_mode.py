"""The record of a crash of llama.cpp on this machine, so that the next start uses the safe mode at once.

A record is valid for one build of llama.cpp on one processor under one version of duochat. When one of them changes,
the normal mode is tried again.
"""

import hashlib
import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import msgspec

from tui import __version__
from tui.engine.cpu import processor
from tui.files import write_private

AMX = frozenset({"amx_tile", "amx_int8", "amx_bf16"})
"""The processor features that the safe mode avoids first, in Linux's words."""


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A crash by `signal` ("SIGILL") while the worker was `doing` something ("loading")."""

    signal: str
    doing: str

    def __str__(self) -> str:
        return f"{self.signal} while {self.doing}"

    @property
    def note(self) -> str:
        """Return the note for the pane of a model that runs in the safe mode."""
        return f"llama.cpp crashed here ({self}), so it runs in a safe mode; `duochat doctor` names the cure."


class SafeMode:
    """The record in `folder`; `environ` may name another build of llama.cpp (LLAMA_CPP_LIB_PATH)."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ

    def recall(self) -> Cause | None:
        """Return the recorded crash of this build on this machine, or None."""
        try:
            return msgspec.json.decode(self._file().read_bytes(), type=Cause)
        except (OSError, msgspec.DecodeError):
            return None

    def remember(self, cause: Cause) -> None:
        """Record `cause`; where the folder cannot be written, the next start crashes once more."""
        with suppress(OSError):
            write_private(self._file(), msgspec.json.encode(cause))

    def _file(self) -> Path:
        identity = "\n".join([__version__, platform.machine(), processor().identity, *_libraries(self._environ)])
        return self._folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.json"


def _libraries(environ: Mapping[str, str]) -> list[str]:
    """Return the names of llama.cpp's shared libraries, with sizes and times that another build would change."""
    package = find_spec("llama_cpp")
    bundled = Path(package.origin).parent / "lib" if package is not None and package.origin else Path()
    folder = Path(environ.get("LLAMA_CPP_LIB_PATH") or bundled)
    found = [(file.name, file.stat()) for file in sorted(folder.glob("*")) if file.is_file()]
    return [f"{folder}", *(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in found)]
