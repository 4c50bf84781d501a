"""Copying to the system's clipboard, and what is known of its success."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TIMEOUT_S = 2.0
"""How long a clipboard program may take."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that puts its standard input on the clipboard of the machine it runs on."""

    command: Sequence[str]
    encoding: str = "utf-8"


_WAYLAND = Program(("wl-copy", "--type", "text/plain;charset=utf-8"))
_X11 = (Program(("xclip", "-selection", "clipboard")), Program(("xsel", "--clipboard", "--input")))
_LOCAL = (Program(("pbcopy",)), Program(("clip.exe",), "utf-16-le"))


def program(environ: Mapping[str, str]) -> Program | None:
    """Return the clipboard program to use, or None where only the terminal can help.

    Over SSH the programs of this machine would fill the wrong clipboard, unless they speak to a forwarded display.
    """
    near = "SSH_CONNECTION" not in environ
    candidates = (
        *((_WAYLAND,) if environ.get("WAYLAND_DISPLAY") and near else ()),
        *(_X11 if environ.get("DISPLAY") else ()),
        *(_LOCAL if near else ()),
    )
    path = environ.get("PATH")
    return next((each for each in candidates if shutil.which(each.command[0], path=path)), None)


def put(text: str, chosen: Program, environ: Mapping[str, str]) -> bool:
    """Hand `text` to `chosen`; whether it took it."""
    try:
        done = subprocess.run(
            chosen.command,
            input=text.encode(chosen.encoding, "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            env=environ,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
