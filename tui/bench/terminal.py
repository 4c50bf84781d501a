"""Owns a pseudo-terminal with a program on it: keys go in, bytes come out and are counted. POSIX only."""

import asyncio
import fcntl
import os
import pty
import struct
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

from tui.bench.figures import BenchError

COLUMNS, ROWS = 120, 40

_PATIENCE_S = 60.0
"""Seconds after which what was waited for does not come any more."""


class Terminal:
    """The terminal's end of the line to a program; made by `opened`."""

    def __init__(self, line: int, process: asyncio.subprocess.Process) -> None:
        self._line = line
        self._process = process
        self._heard = bytearray()
        self.parts: list[tuple[float, bytes]] = []
        """What was written since the last `forget`, part by part, and when."""
        self._news = asyncio.Event()
        self.count = 0
        """Bytes that the program has written so far."""
        asyncio.get_running_loop().add_reader(line, self._take)

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    def send(self, keys: str) -> None:
        """Types `keys`."""
        os.write(self._line, keys.encode())

    def forget(self) -> None:
        """What was written so far does not count any more."""
        self._heard.clear()
        self.parts.clear()

    async def until(self, *wanted: str) -> float:
        """Waits until each of `wanted` was written since the last `forget`; when that was. Raises BenchError."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not all(each.encode() in self._heard for each in wanted):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise BenchError("The screen did not show what it should: try again on a quieter machine.") from None
        return monotonic()

    def _take(self) -> None:
        try:
            data = os.read(self._line, 1 << 16)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._line)
        self.count += len(data)
        self._heard += data
        self.parts.append((monotonic(), data))
        self._news.set()

    async def ended(self) -> None:
        """Waits for the program's end, which its keys have asked for. Raises BenchError."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            raise BenchError("The screen did not end when it should: try again on a quieter machine.") from None

    async def close(self) -> None:
        """Ends the program, and waits for its end."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(5.0):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        finally:
            asyncio.get_running_loop().remove_reader(self._line)
            os.close(self._line)


@asynccontextmanager
async def opened(argv: Sequence[str], environ: Mapping[str, str]) -> AsyncIterator[Terminal]:
    """A terminal of 120 x 40 with the program `argv` on it, which ends with the block."""
    line, far_end = pty.openpty()
    fcntl.ioctl(far_end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=far_end,
            stdout=far_end,
            stderr=far_end,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
    except BaseException:
        os.close(line)
        raise
    finally:
        os.close(far_end)
    terminal = Terminal(line, process)
    try:
        yield terminal
    finally:
        await terminal.close()
