"""Why a process ended: the signal in its exit status, and the last error that it wrote."""

import re
import signal
import sys
from collections.abc import Mapping

_SOURCE_LINE = re.compile(r"^\S*/(\S+:\d+: )")
"""The source file and line at the beginning of a failed assertion."""

_ERROR = re.compile("error|assert|abort|fail|exception", re.IGNORECASE)

_WINDOWS_SIGNALS: Mapping[int, str] = {
    0xC000001D: "SIGILL",
    0xC0000005: "SIGSEGV",
    0xC0000409: "SIGABRT",
}
"""STATUS_ILLEGAL_INSTRUCTION, STATUS_ACCESS_VIOLATION and STATUS_STACK_BUFFER_OVERRUN (which abort() ends by)."""

CAUSES: Mapping[str, str] = {
    "SIGBUS": "its weights file was cut short or replaced while in use",
    "SIGILL": "this build of llama.cpp uses an instruction that this processor refuses",
    "SIGKILL": "perhaps the memory ran out",
}
"""The likely cause of a signal."""


def signal_in(status: int, platform: str = sys.platform) -> str:
    """Return the name of the signal in an exit status, as "SIGILL", or "" where there is none."""
    if platform == "win32":
        return _WINDOWS_SIGNALS.get(status, "")
    if status >= 0:
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def last_error(output: bytes) -> str:
    """Return the last line of `output` that mentions an error, else the last line."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)]
    return _SOURCE_LINE.sub("", next(reversed(errors or lines), ""))
