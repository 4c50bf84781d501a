"""The C interface of llama-cpp-python, without its Python layer."""

import os
import re
import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path

from tui.engine.installation import UnusableEngineError, unusable

_package = find_spec("llama_cpp")
_bare = _package is not None and "llama_cpp" not in sys.modules
if _package is not None and _bare:
    # Run as it is, the package imports NumPy, Jinja and a cache on SQLite: memory and time that no worker has use for.
    sys.modules["llama_cpp"] = module_from_spec(_package)

try:
    import llama_cpp.llama_cpp as lib
except (ImportError, OSError, RuntimeError, AttributeError) as error:
    # No package, no library file, one that ctypes cannot load, one that lacks a function.
    raise UnusableEngineError(unusable(str(error), os.environ)) from error

if _bare:
    # Whoever imports the package itself later gets all of it.
    del sys.modules["llama_cpp"]

__all__ = ["lib", "version"]


def version() -> str:
    """The package's version, from where its own build takes it; to ask for its metadata would import 5 MB."""
    source = _package.origin if _package is not None else None
    found = re.search(r'^__version__ = "(.+)"', Path(source).read_text() if source else "", re.MULTILINE)
    return found[1] if found else "?"
