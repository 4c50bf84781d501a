"""The check that llama.cpp is installed, and the next step where it cannot be used."""

import os
import re
import shlex
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from tui.errors import UserError

_PACKAGE = "llama-cpp-python"
_NEEDS = 'that needs a C++ compiler and CMake, or a prebuilt wheel (docs/installation.md, "Without a compiler")'


class UnusableEngineError(UserError):
    """llama.cpp is not installed or does not load; the message is one sentence with the next step."""


def check_installed() -> None:
    """Raise UnusableEngineError where llama-cpp-python is not installed; only a child process tries to load it."""
    if find_spec("llama_cpp") is None:
        raise UnusableEngineError(unusable("No module named 'llama_cpp'", os.environ))


def unusable(reason: str, environ: Mapping[str, str]) -> str:
    """Return one sentence on why llama.cpp cannot be used in the environment `environ`, with the next step."""
    return f"llama.cpp cannot be used here ({' '.join(reason.split())}): {_step(environ)}."


def compile_command() -> str:
    """Return the command that compiles llama.cpp for this machine, whatever is installed or cached."""
    return f"{_pip()} --force-reinstall --no-deps --no-cache-dir --no-binary {_PACKAGE} {_pinned()}"


def _pip() -> str:
    return f"{shlex.quote(sys.executable)} -m pip install"


def _step(environ: Mapping[str, str]) -> str:
    if find_spec("llama_cpp") is None:
        return f"install it with `{_pip()} {_pinned()}`; {_NEEDS}"
    folder = environ.get("LLAMA_CPP_LIB_PATH")
    if folder is not None:
        return f"LLAMA_CPP_LIB_PATH is set to {folder!r}; unset it, or put llama.cpp's libraries there"
    # Without these options, pip keeps the installed build or takes the same one from its cache.
    return f"install it again with `{_pip()} --force-reinstall --no-deps --no-cache-dir {_pinned()}`; {_NEEDS}"


def _pinned() -> str:
    """Return the requirement of llama-cpp-python, pinned to the oldest version that duochat supports."""
    from importlib.metadata import PackageNotFoundError, requires  # noqa: PLC0415 - 5 MB, needed only after a failure

    try:
        required = requires("duochat") or []
    except PackageNotFoundError:
        required = []
    found = re.search(rf"^{_PACKAGE}\S*?>=([\w.]+)", "\n".join(required), re.MULTILINE)
    return f"{_PACKAGE}=={found[1]}" if found else _PACKAGE
