"""Environments of real processes in which llama.cpp cannot be used, each for another reason."""

import os
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

Break = Callable[[Path, Mapping[str, str]], dict[str, str]]
"""Returns an environment in which llama.cpp cannot be used; what that takes is written into a folder."""


def no_package(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Hide the package: to find_spec and to an import, it is not installed."""
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['llama_cpp'] = None\n")
    return _first_on_path(folder, environ)


def no_library(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Have the package look for its library in an empty folder."""
    return {**environ, "LLAMA_CPP_LIB_PATH": str(folder)}


def text_for_library(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Give the package a text file as its library."""
    (folder / "libllama.so").write_text("This is no library.\n" * 100)
    return {**environ, "LLAMA_CPP_LIB_PATH": str(folder)}


def another_library(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Give the package a library that loads and has none of its functions."""
    package = find_spec("llama_cpp")
    assert package is not None
    assert package.origin is not None
    shutil.copy(Path(package.origin).parent / "lib" / "libggml-base.so", folder / "libllama.so")
    return {**environ, "LLAMA_CPP_LIB_PATH": str(folder)}


def another_processor(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Replace the package with one whose import ends the process, as an unknown instruction does."""
    package = folder / "llama_cpp"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "llama_cpp.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    return {name: value for name, value in _first_on_path(folder, environ).items() if name != "LLAMA_CPP_LIB_PATH"}


def _first_on_path(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    return {**environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(folder), environ.get("PYTHONPATH")]))}
