"""A replacement for the Python program whose workers crash by a signal at a given call of llama.cpp."""

import signal
import sys
from pathlib import Path

_SCRIPT = """#!{python}
import os, resource, runpy, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
sys.argv = sys.argv[sys.argv.index("tui.engine.worker"):]
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
from tui.engine.worker.amx import refuse_amx
from tui.engine.worker.binding import lib
refuse_amx()
calls = 0

def crashing(name, call):
    real = getattr(lib, name)
    def crash(*arguments):
        global calls
        calls += 1
        if calls == call:
            sys.stderr.write({words!r})
            sys.stderr.flush()
            os.kill(os.getpid(), {number})
        return real(*arguments)
    setattr(lib, name, crash)

if {safe_too} or "--safe" not in sys.argv:
    crashing({name!r}, {call})
runpy.run_module("tui.engine.worker", run_name="__main__", alter_sys=True)
"""

LOAD = ("llama_model_load_from_file", 1)
WARM_UP = ("llama_decode", 1)
FIRST_PROMPT = ("llama_decode", 3)
"""After the two calls of the warm-up."""
LATER = ("llama_decode", 6)
"""During an answer."""
NEVER = ("llama_decode", -1)


class CrashingPython:
    """A program for an engine's `python`; its worker writes `words` and ends by signal `number` at `where`.

    In the safe mode it does so only with `safe_too`. AMX, at which this machine's own llama.cpp may crash, is refused
    in both modes.
    """

    def __init__(
        self,
        folder: Path,
        where: tuple[str, int],
        number: signal.Signals,
        *,
        safe_too: bool = False,
        words: str = "",
    ) -> None:
        self.path = folder / "python"
        self._log = folder / "starts.txt"
        name, call = where
        text = _SCRIPT.format(
            python=sys.executable,
            log=str(self._log),
            number=int(number),
            safe_too=safe_too,
            name=name,
            call=call,
            words=words,
        )
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(0o700)

    @property
    def starts(self) -> list[str]:
        """Return the mode of each worker that was started: "" or "--safe"."""
        return self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
