"""A pseudo-terminal with a program in it: keys go in, what a person would see comes out."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from types import TracebackType
from typing import Any, Self

import pyte

from tests.patience import GUARD


class Terminal:
    """Runs `argv` on a terminal of `columns` x `rows`; ends it, and nothing else, when the block ends."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], *, columns: int = 120, rows: int = 40) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = bytearray()
        """Every byte that the program wrote."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.settings_before = termios.tcgetattr(slave)
        """What the kernel was told of the terminal before the program came: whether it echoes, and so on."""
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - it only calls the kernel
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(GUARD)
        os.close(self._master)

    @property
    def text(self) -> str:
        """The screen as a person reads it, one line a row."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def settings(self) -> list[Any]:
        """What the kernel is told of the terminal now."""
        return termios.tcgetattr(self._master)

    def wipe(self) -> None:
        """Empties the screen, as others do that have the terminal meanwhile."""
        self._screen.reset()

    def send(self, keys: str) -> None:
        """Types `keys`; control keys as their characters, such as "\\x11" for Ctrl+Q."""
        os.write(self._master, keys.encode())

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = GUARD) -> str:
        """The screen once it shows `wanted`; fails with the screen as it is when that takes longer than `seconds`."""
        until = monotonic() + seconds
        while monotonic() < until:
            shown = self.text
            if wanted in shown if isinstance(wanted, str) else wanted(shown):
                return shown
            if not self._read(0.1) and self.process.poll() is not None:
                break
        raise AssertionError(f"{wanted!r} did not come within {seconds} s; the screen shows:\n{self.text}")

    def wait_for_end(self) -> int:
        """The program's exit status, once it has ended."""
        until = monotonic() + GUARD
        while self.process.poll() is None and monotonic() < until:
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.process.wait(max(0.1, until - monotonic()))

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)
