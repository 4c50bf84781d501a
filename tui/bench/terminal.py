"""A pseudo-terminal with a program on it that counts what the program writes. POSIX only."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

from tui.bench.figures import BenchError

if sys.platform != "win32":
    import termios

COLUMNS, ROWS = 120, 40

_PATIENCE_S = 60.0


class Terminal:
    """The terminal's end of the line to a program; made by `opened`."""

    def __init__(self, line: int, pid: int) -> None:
        self._line = line
        self._written = bytearray()
        self._news = asyncio.Event()
        self.pid = pid
        """The program's process id."""
        self.parts: list[tuple[float, bytes]] = []
        """What was written since the last `forget`, part by part, and when."""
        self.count = 0
        """Bytes that the program has written so far."""

    def send(self, keys: str) -> None:
        """Type `keys`."""
        os.write(self._line, keys.encode())

    def forget(self) -> None:
        """Forget what was written so far."""
        self._written.clear()
        self.parts.clear()

    async def until(self, *wanted: str) -> float:
        """Wait until each of `wanted` was written since the last `forget`; return the time. Raises BenchError."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not all(each.encode() in self._written for each in wanted):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise BenchError("The screen did not show what it should: try again on a quieter machine.") from None
        return monotonic()

    def read(self) -> None:
        """Take in what the program has written."""
        try:
            data = os.read(self._line, 1 << 16)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._line)
        self.count += len(data)
        self._written += data
        self.parts.append((monotonic(), data))
        self._news.set()


@asynccontextmanager
async def opened(argv: Sequence[str], environ: Mapping[str, str]) -> AsyncIterator[Terminal]:
    """Run the program `argv` on a terminal of 120 x 40; it ends with the block."""
    line, far_end = os.openpty()
    loop = asyncio.get_running_loop()
    try:
        termios.tcsetwinsize(far_end, (ROWS, COLUMNS))
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=far_end,
            stdout=far_end,
            stderr=far_end,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(far_end)
        terminal = Terminal(line, process.pid)
        loop.add_reader(line, terminal.read)
        try:
            yield terminal
        finally:
            await _end(process)
    finally:
        loop.remove_reader(line)
        os.close(line)


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(5.0):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
