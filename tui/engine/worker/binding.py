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
    # The package's own __init__ imports NumPy, Jinja and a cache on SQLite, which no worker needs.
    sys.modules["llama_cpp"] = module_from_spec(_package)

try:
    import llama_cpp.llama_cpp as lib
except (ImportError, OSError, RuntimeError, AttributeError) as error:
    # The package or its library is missing, cannot be loaded, or lacks a function.
    raise UnusableEngineError(unusable(str(error), os.environ)) from error

if _bare:
    # A later import of the package loads all of it.
    del sys.modules["llama_cpp"]

__all__ = ["lib", "version"]


def version() -> str:
    """Return the package's version from its source; reading the metadata would import 5 MB of modules."""
    source = _package.origin if _package is not None else None
    found = re.search(r'^__version__ = "(.+)"', Path(source).read_text() if source else "", re.MULTILINE)
    return found[1] if found else "?"
